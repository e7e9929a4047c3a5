"""Pages of a dry run, without scripts: who can start, see and apply one."""

from __future__ import annotations

import html
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from harborguard.access.models import Role
from harborguard.clock import Now
from inventory.reconcile import Key
from registries.errors import WorkerLost
from registries.models import Registry
from sync.dry_runs import lifecycle
from sync.dry_runs.attempt import TagChange
from sync.models import DryRun, DryRunChange, State, SyncRun
from sync.services import connecting
from tests.factories import SOMEBODY, make_dry_run, make_finished_run, make_registry
from tests.pages import digest_of, signed_in

pytestmark = pytest.mark.django_db
Kind = DryRunChange.Kind


@pytest.fixture
def registry() -> Registry:
    return make_registry(tag_exclude=["*-rc*"])


def differences(many: int) -> list[TagChange]:
    return [
        TagChange(Kind.ADDED, Key("team/app", f"v{number:04}"), new=digest_of(number))
        for number in range(many)
    ]


def shown(role: Role, found: DryRun, **query: str) -> str:
    answer = signed_in(role).get(f"/dry-runs/{found.pk}", query)
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def start(registry: Registry, role: Role, **sent: str) -> Any:
    return signed_in(role).post(f"/registries/{registry.pk}/dry-run", sent)


def test_a_developer_starts_a_dry_run_and_is_redirected_to_it(registry: Registry) -> None:
    answer = start(registry, Role.DEVELOPER)
    queued = DryRun.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/dry-runs/{queued.pk}")
    assert (queued.proposed, queued.state) == ({}, State.QUEUED)


def test_submitted_settings_are_tried_and_others_are_kept(
    registry: Registry,
) -> None:
    start(registry, Role.ADMIN, tag_include="v1.*\r\n v2.* \r\n", schedule="weekly")
    assert DryRun.objects.get().proposed == {"tag_include": ["v1.*", "v2.*"], "schedule": "weekly"}


def test_an_empty_field_clears_a_filter(registry: Registry) -> None:
    start(registry, Role.ADMIN, tag_exclude="")
    assert DryRun.objects.get().proposed == {"tag_exclude": []}


def test_a_developer_cannot_try_other_settings(registry: Registry) -> None:
    assert start(registry, Role.DEVELOPER, tag_exclude="").status_code == 403
    assert start(registry, Role.DEVELOPER, tag_exclude="*-rc*").status_code == 302
    assert DryRun.objects.get().proposed == {}


def test_an_invalid_proposal_is_rejected_at_its_field(registry: Registry) -> None:
    answer = start(registry, Role.ADMIN, known_repositories="Not A Name")
    assert answer.status_code == 200
    body = html.unescape(answer.content.decode())
    assert "'Not A Name' is not a valid repository name." in body
    assert "The registry was not called" in body
    assert not DryRun.objects.exists()


def test_starting_another_one_redirects_to_the_live_one(registry: Registry) -> None:
    queued = lifecycle.request(registry.pk, {})
    answer = start(registry, Role.DEVELOPER)
    assert answer["Location"] == f"/dry-runs/{queued.pk}"


def test_a_developer_is_told_of_an_admins_live_dry_run(registry: Registry) -> None:
    lifecycle.request(registry.pk, {"schedule": "weekly"})
    answer = start(registry, Role.DEVELOPER)
    assert answer["Location"] == f"/registries/{registry.pk}"


def test_a_dry_run_with_other_settings_is_only_visible_to_admins(registry: Registry) -> None:
    found = make_dry_run(registry, schedule="weekly")
    for role in (Role.VIEWER, Role.DEVELOPER):
        assert signed_in(role).get(f"/dry-runs/{found.pk}").status_code == 404
        body = signed_in(Role.DEVELOPER).post(f"/dry-runs/{found.pk}/delete")
        assert body.status_code == 404
    assert "weekly" in shown(Role.ADMIN, found)


def test_a_viewer_sees_the_changes_without_buttons(registry: Registry) -> None:
    body = shown(Role.VIEWER, make_dry_run(registry, *differences(2)))
    assert "2 changes" in body
    assert "team/app:v0001" in body
    assert not any(word in body for word in ("Run again", "Apply settings", ">Delete<"))


def test_a_dry_run_without_changes_says_so(registry: Registry) -> None:
    assert "No changes" in shown(Role.VIEWER, make_dry_run(registry))


def test_the_changes_are_filtered_searched_and_paged(registry: Registry) -> None:
    gone = TagChange(Kind.REMOVED, Key("old/one", "v1"), digest_of(1), reason="gone")
    found = make_dry_run(registry, *differences(120), gone)
    first, second = shown(Role.VIEWER, found), shown(Role.VIEWER, found, page="2")
    assert ("v0099" in first, "v0100" in first) == (True, False)
    assert ("v0100" in second, "old/one:v1" in second) == (True, True)
    removed = shown(Role.VIEWER, found, kind="removed")
    assert ("old/one:v1" in removed, "v0000" in removed) == (True, False)
    searched = shown(Role.VIEWER, found, q="V0042")
    assert ("v0042" in searched, "v0043" in searched) == (True, False)
    assert "No matching changes" in shown(Role.VIEWER, found, q="nobody")
    assert "v0099" in shown(Role.VIEWER, found, kind="no such kind")


def test_a_truncated_list_of_changes_says_so(registry: Registry) -> None:
    found = make_dry_run(registry, *differences(3))
    DryRun.objects.filter(pk=found.pk).update(added=12_345)
    assert "Showing 3 of 12,345 changes" in shown(Role.VIEWER, found)


def test_the_number_of_queries_does_not_grow(registry: Registry) -> None:
    few, many = (make_dry_run(registry, *differences(count)) for count in (1, 100))
    client = signed_in(Role.DEVELOPER)
    counted = []
    for found in (few, few, many):
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/dry-runs/{found.pk}")
        counted.append(len(queries))
    assert counted[1] == counted[2] <= 6


def test_the_fragment_polls_until_the_dry_run_finishes(registry: Registry) -> None:
    queued = lifecycle.request(registry.pk, {})
    client = signed_in(Role.VIEWER)
    headers = {"HX-Request": "true", "HX-Target": "dry-run"}
    live = client.get(f"/dry-runs/{queued.pk}", headers=headers)
    assert (live.status_code, b"hx-trigger" in live.content) == (200, True)
    assert b"<html" not in live.content
    DryRun.objects.update(state=State.SUCCEEDED, finished_at=Now())
    over = client.get(f"/dry-runs/{queued.pk}", headers=headers)
    assert (over.status_code, b"every 2s" in over.content) == (286, False)


def test_only_an_admin_can_apply_the_proposed_settings(registry: Registry) -> None:
    found = make_dry_run(registry, tag_exclude=["nightly-*"])
    for role in (Role.VIEWER, Role.DEVELOPER):
        assert signed_in(role).post(f"/dry-runs/{found.pk}/apply").status_code == 403
    answer = signed_in(Role.ADMIN).post(f"/dry-runs/{found.pk}/apply")
    assert answer["Location"] == f"/registries/{registry.pk}"
    assert Registry.objects.get(pk=registry.pk).tag_exclude == ["nightly-*"]


def test_a_connection_that_changed_since_is_not_overwritten(registry: Registry) -> None:
    found = make_dry_run(registry, tag_exclude=["nightly-*"])
    connecting.change(registry.pk, by=SOMEBODY, tag_exclude=[])
    answer = signed_in(Role.ADMIN).post(f"/dry-runs/{found.pk}/apply", follow=True)
    assert "the connection has changed since this dry run" in answer.content.decode()
    assert Registry.objects.get(pk=registry.pk).tag_exclude == []
    page = answer.content.decode()
    assert (
        "<strong>These settings cannot be applied:</strong> the connection has changed since"
        in page
    )
    assert "Apply settings" not in page
    assert '<button class="btn btn-primary" type="submit">Run again</button>' in page


def test_settings_that_are_already_applied_say_so(registry: Registry) -> None:
    found = make_dry_run(registry, tag_exclude=["nightly-*"])
    assert "Apply settings" in shown(Role.ADMIN, found)
    client = signed_in(Role.ADMIN)
    client.post(f"/dry-runs/{found.pk}/apply")
    again = client.post(f"/dry-runs/{found.pk}/apply", follow=True).content.decode()
    assert "Nothing was changed: the connection already has these settings." in again
    assert "Apply settings" not in again


def test_a_failed_dry_run_says_why_it_cannot_be_applied(registry: Registry) -> None:
    page = shown(Role.ADMIN, make_dry_run(registry, error=WorkerLost("Lost"), schedule="weekly"))
    assert "this dry run did not succeed" in page
    assert "Apply settings" not in page


def test_a_dry_run_that_lost_its_worker_shows_no_empty_list(registry: Registry) -> None:
    found = make_dry_run(registry, error=WorkerLost("Lost"))
    DryRun.objects.update(added=5)
    page = shown(Role.VIEWER, found)
    assert "because the worker stopped before saving them" in page
    assert "No matching changes" not in page
    assert "changes, removals first" not in page


def test_a_later_sync_that_changed_the_inventory_is_named(registry: Registry) -> None:
    make_finished_run(registry, held=1)
    found = make_dry_run(registry, *differences(2))
    idle = make_finished_run(registry)
    assert "has changed since this dry run" not in shown(Role.VIEWER, found)
    SyncRun.objects.filter(pk=idle.pk).update(added=1)
    assert f'(<a href="/runs/{idle.pk}">run {idle.pk}</a>' in shown(Role.VIEWER, found)


def test_an_earlier_proposal_prefills_the_form(registry: Registry) -> None:
    found = make_dry_run(registry, tag_exclude=["a-*", "b-*"], schedule="weekly")
    client = signed_in(Role.ADMIN)
    link = f"/registries/{registry.pk}/dry-run?like={found.pk}"
    assert f'href="{link}">Try other settings' in shown(Role.ADMIN, found)
    form = client.get(link).context["form"]
    assert form["tag_exclude"].value() == "a-*\nb-*"
    sent = {bound.html_name: bound.value() for bound in form} | {"tag_exclude": "a-*"}
    client.post(f"/registries/{registry.pk}/dry-run", sent)
    tried = DryRun.objects.latest("pk")
    assert tried.proposed == {"tag_exclude": ["a-*"], "schedule": "weekly"}


@pytest.mark.parametrize("like", ["0", "nonsense", "9" * 30])
def test_an_unknown_earlier_dry_run_prefills_the_stored_settings(
    registry: Registry, like: str
) -> None:
    answer = signed_in(Role.ADMIN).get(f"/registries/{registry.pk}/dry-run", {"like": like})
    assert answer.context["form"]["tag_exclude"].value() == "*-rc*"


def test_a_concurrent_change_is_not_proposed_to_be_undone(
    registry: Registry,
) -> None:
    client = signed_in(Role.ADMIN)
    form = client.get(f"/registries/{registry.pk}/dry-run").context["form"]
    sent = {bound.html_name: bound.value() for bound in form} | {"schedule": "weekly"}
    connecting.change(registry.pk, by=SOMEBODY, tag_exclude=["*-dev"])
    client.post(f"/registries/{registry.pk}/dry-run", sent)
    assert DryRun.objects.get().proposed == {"schedule": "weekly"}


def test_stopping_a_finished_dry_run_keeps_its_changes(registry: Registry) -> None:
    client = signed_in(Role.DEVELOPER)
    found = make_dry_run(registry)
    answer = client.post(f"/dry-runs/{found.pk}/delete", {"stop": "yes"})
    assert answer["Location"] == f"/dry-runs/{found.pk}"
    assert DryRun.objects.filter(pk=found.pk).exists()
    live = lifecycle.request(registry.pk, {})
    assert 'name="stop" value="yes">Stop' in shown(Role.DEVELOPER, live)
    client.post(f"/dry-runs/{live.pk}/delete", {"stop": "yes"})
    assert not DryRun.objects.filter(pk=live.pk).exists()


def test_running_it_again_tries_the_same_settings(registry: Registry) -> None:
    found = make_dry_run(registry, tag_exclude=["a-*", "b-*"], schedule="manual")
    page = shown(Role.ADMIN, found)
    assert '<textarea name="tag_exclude" hidden>a-*\nb-*</textarea>' in page
    start(registry, Role.ADMIN, tag_exclude="a-*\nb-*", schedule="manual")
    assert DryRun.objects.latest("pk").proposed == found.proposed


def test_names_from_a_registry_are_escaped(registry: Registry) -> None:
    evil = TagChange(Kind.ADDED, Key("a/b", "<script>"), new=digest_of(1))
    answer = signed_in(Role.VIEWER).get(f"/dry-runs/{make_dry_run(registry, evil).pk}")
    assert b"a/b:&lt;script&gt;" in answer.content


@pytest.mark.parametrize("act", ["delete", "apply"])
def test_opening_a_buttons_url_as_a_link_redirects_back(registry: Registry, act: str) -> None:
    found = make_dry_run(registry)
    client: Client = signed_in(Role.ADMIN)
    assert client.get(f"/dry-runs/{found.pk}/{act}")["Location"] == f"/dry-runs/{found.pk}"


def test_the_registrys_page_has_the_button_for_developers(registry: Registry) -> None:
    address = f"/registries/{registry.pk}/dry-run"
    for role, is_there in ((Role.VIEWER, False), (Role.DEVELOPER, True)):
        page = signed_in(role).get(f"/registries/{registry.pk}").content.decode()
        assert (f'action="{address}"' in page) == is_there
