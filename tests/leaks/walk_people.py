"""Passwords and API keys."""

from __future__ import annotations

from tests.leaks.site import Site
from tests.leaks.visitor import Visitor


def passwords(site: Site) -> Visitor:
    """A viewer who is new, changes the password, and is signed in at the end."""
    first = site.evidence.secret("a new user's password")
    body = {"username": "ada", "role": "viewer", "password": first}
    created = site.script.post("/api/users", json=body)
    assert created.status_code == 201, created.text
    user = created.headers["Location"]
    ada = site.visitor()
    for wrong in (site.evidence.secret("a wrong password"), f"{first}x"):
        assert "Sign out" not in ada.sign_in("ada", wrong).text
    assert "Sign out" in ada.sign_in("ada", first).text
    second = _changed(site, ada, first)

    third = site.evidence.secret("a password that the API sets")
    for refused in (f"{third}\0", [third], {"password": third}, third[:5]):
        answer = site.script.patch(user, json={"password": refused})
        assert answer.status_code == 400, answer.text
    assert site.script.patch(user, json={"password": third}).status_code == 200
    assert "Sign out" not in ada.sign_in("ada", second).text

    fourth = _set_in_the_admin(site, user.rpartition("/")[2])
    assert "Sign out" in ada.sign_in("ada", fourth).text
    return ada


def keys(site: Site, viewer: Visitor) -> None:
    """Each is shown in one answer, used, and revoked."""
    site.script.await_key()
    made = site.script.post("/api/keys", json={"name": "by API", "role": "viewer"})
    site.watch_for_key("the key that the API made", site.script.shown_key)
    by_api = site.visitor()
    by_api.headers["Authorization"] = f"Bearer {site.script.shown_key}"
    for path, status in (("/api/me", 200), ("/metrics", 200), ("/api/users", 403)):
        assert by_api.get(path).status_code == status
    assert site.script.delete(made.headers["Location"]).status_code == 204
    assert by_api.get("/api/me").status_code == 401

    viewer.get("/keys")
    viewer.await_key()
    viewer.send_form("/keys", name="by page", role="20", lifetime="30")
    site.watch_for_key("the key that a page made", viewer.shown_key)
    viewer.get("/keys")
    refused = viewer.send_form("/keys", name="by page", role="20", lifetime="30")
    assert "already has a key with this name" in refused.text


def _changed(site: Site, person: Visitor, old: str) -> str:
    new = site.evidence.secret("a password that its owner changes")
    person.get("/password")
    change = {"old_password": old, "new_password1": new, "new_password2": f"{new}x"}
    assert "password was changed" not in person.send_form("/password", **change).text
    change["new_password2"] = new
    assert "password was changed" in person.send_form("/password", **change).text
    return new


def _set_in_the_admin(site: Site, user_id: str) -> str:
    new = site.evidence.secret("a password that the admin pages set")
    path = f"/admin/access/user/{user_id}/password/"
    form = {"password1": new, "password2": f"{new}x", "usable_password": "true"}
    assert "match" in site.admin.send_form(path, **form).text
    form["password2"] = new
    assert "changed successfully" in site.admin.send_form(path, **form).text

    another = site.evidence.secret("a password of a user added in the admin pages")
    form = {"password1": another, "password2": another, "usable_password": "true"}
    added = site.admin.send_form("/admin/access/user/add/", username="bob", role="60", **form)
    assert "was added successfully" in added.text
    return new
