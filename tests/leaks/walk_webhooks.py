"""Calls of webhooks: the address is a secret, and so is what proves them."""

from __future__ import annotations

from tests.leaks.site import Site

_ANY = {"Content-Type": "what/ever"}


def calls(site: Site, registry_path: str) -> None:
    for number, ending in enumerate(("", "/", "/more", "%20")):
        path = f"/api/webhooks/distribution/{site.evidence.secret(f'token {number}', around='')}"
        for method in ("POST", "GET"):
            answer = site.script.request(method, path + ending, data=b"{}", headers=_ANY)
            assert answer.status_code in {404, 405}, answer.text
        site.script.get("/healthz", headers={"Referer": f"http://localhost{path}"})
    url = site.script.get(f"{registry_path}/webhook").json()["url"]
    here = f"/api/webhooks/{url.partition('/api/webhooks/')[2]}"
    secret = site.evidence.secret("the proof of a delivery", around="")
    for authorization in (f"Bearer {secret}", secret):
        headers = {**_ANY, "Authorization": authorization}
        assert site.script.post(here, data=b"{}", headers=headers).status_code == 401
    assert site.script.post(f"{registry_path}/webhook/rotate").status_code == 200
