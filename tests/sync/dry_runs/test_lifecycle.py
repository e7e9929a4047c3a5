"""A dry run reports what a sync would change, a sync then does exactly that, and nothing else is
written."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.serializers import serialize

from harborguard.access.actor import Actor
from harborguard.access.models import AuditEntry, Role
from harborguard.clock import Now
from inventory.models import Image, ImageEvent, Repository
from registries.models import Registry, Status
from registries.transport.endpoint import Credential as Login
from sync import sweep
from sync.dry_runs import lifecycle as dry_run
from sync.dry_runs import pipeline, proposal
from sync.dry_runs.lifecycle import DryRunInProgress
from sync.models import DryRun, DryRunChange, Phase, State, SyncRun, Trigger
from sync.runs import lifecycle
from sync.services import applying, connecting, deleting
from sync.services.applying import NotApplied
from sync.services.starting import start_dry_run
from tests.factories import SOMEBODY, make_dry_run, make_registry, make_user
from tests.fakes import replies
from tests.fakes.http_server import FakeServer, fake_server
from tests.fakes.registry import serve_repositories
from tests.fakes.vendors.docker_hub import DockerHub
from tests.services.registry_fixtures import DockerRegistryFactory
from tests.sync_run import connect, inventory_of, sync

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
NAMES = [f"app-{number}" for number in range(10)]
TAGS = [f"v{number}" for number in range(6)]
UNKNOWN = replies.oci_error(404, "MANIFEST_UNKNOWN")
Change = Callable[[FakeServer], None]


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with fake_server() as server:
        serve_repositories(server, NAMES, TAGS)
        yield server


@pytest.fixture
def registry(server: FakeServer) -> Registry:
    registry = make_registry(url=server.url, insecure=True)
    sync(registry)
    return registry


def rehearse(registry: Registry, **proposed: Any) -> DryRun:
    queued = dry_run.request(registry.pk, proposed)
    pipeline.carry_out(queued.pk)
    queued.refresh_from_db()
    return queued


def list_catalog(server: FakeServer, names: list[str]) -> None:
    server.routes["/v2/_catalog"] = replies.answer_json({"repositories": names})


def list_tags(server: FakeServer, name: str, tags: list[str]) -> None:
    server.routes[f"/v2/{name}/tags/list"] = replies.answer_json({"name": name, "tags": tags})


def lose(server: FakeServer, names: list[str]) -> None:
    for path in list(server.routes):
        if path.startswith(tuple(f"/v2/{name}/" for name in names)):
            server.routes[path] = UNKNOWN
    list_catalog(server, [name for name in NAMES if name not in names])


def lose_few(server: FakeServer) -> None:
    lose(server, NAMES[:2])


def lose_many(server: FakeServer) -> None:
    lose(server, NAMES[:4])


def lose_everything(server: FakeServer) -> None:
    lose(server, NAMES)


def unlist_one_that_answers(server: FakeServer) -> None:
    list_catalog(server, NAMES[1:])


def move_some(server: FakeServer) -> None:
    for tag in TAGS[:3]:
        server.routes[f"/v2/{NAMES[0]}/manifests/{tag}"] = server.routes[
            f"/v2/{NAMES[1]}/manifests/{tag}"
        ]


def move_one_that_is_not_listed(server: FakeServer) -> None:
    move_some(server)
    list_tags(server, NAMES[0], TAGS[1:])


def add_some(server: FakeServer) -> None:
    serve_repositories(server, ["new-1", "new-2"], TAGS[:2])
    list_catalog(server, [*NAMES, "new-1", "new-2"])


def list_a_repository_twice(server: FakeServer) -> None:
    add_some(server)
    list_catalog(server, [*NAMES, "new-1", "new-2", "new-1"])


def contradict_itself(server: FakeServer) -> None:
    server.routes[f"/v2/{NAMES[0]}/tags/list"] = replies.oci_error(404, "NAME_UNKNOWN")
    for tag in TAGS[:3]:
        server.routes[f"/v2/{NAMES[0]}/manifests/{tag}"] = UNKNOWN


def lose_the_thread(server: FakeServer) -> None:
    """The second page of a repository's tags says that it is not there."""
    move_some(server)
    path = f"/v2/{NAMES[0]}/tags/list"
    link = {**replies.REGISTRY, "Link": f'<{path}?last=v2>; rel="next"'}
    server.routes[path] = replies.in_turn(
        replies.answer_json({"name": NAMES[0], "tags": TAGS[:3]}, headers=link),
        replies.oci_error(404, "NAME_UNKNOWN"),
        replies.answer_json({"name": NAMES[0], "tags": TAGS[:3]}, headers=link),
        replies.oci_error(404, "NAME_UNKNOWN"),
    )


def break_one(server: FakeServer) -> None:
    server.routes[f"/v2/{NAMES[3]}/tags/list"] = replies.answer(500)


def break_the_catalog(server: FakeServer) -> None:
    add_some(server)
    server.routes["/v2/_catalog"] = replies.answer(500)


def forbid_the_catalog(server: FakeServer) -> None:
    server.routes["/v2/_catalog"] = replies.oci_error(403, "DENIED")


def all_at_once(server: FakeServer) -> None:
    move_some(server)
    serve_repositories(server, ["new-1"], TAGS)
    for tag in TAGS[:2]:
        server.routes[f"/v2/{NAMES[5]}/manifests/{tag}"] = UNKNOWN
    list_tags(server, NAMES[5], TAGS[2:])
    list_catalog(server, [*NAMES, "new-1"])


def nothing(server: FakeServer) -> None:
    pass


def told_of_the_run(run: SyncRun) -> dict[str, Any]:
    """Return the changes and holds of a run by tag, from the history."""
    events = ImageEvent.objects.filter(run_id=run.pk).select_related("image__repository")
    return {
        "changes": sorted(
            (
                event.kind,
                f"{event.image.repository.name}:{event.image.tag}",
                event.old_digest,
                event.new_digest,
                event.reason,
            )
            for event in events
        ),
        "held": run.held,
        "warnings": run.warnings,
        "failed": run.failed_repositories,
        "state": run.state,
        "error": run.error_code,
        "read": (run.repositories_listed, run.repositories_read, run.tags_seen),
    }


def told_of_the_dry_run(found: DryRun) -> dict[str, Any]:
    return {
        "changes": sorted(
            (
                row.kind,
                f"{row.repository}:{row.tag}",
                row.old_digest,
                row.new_digest,
                row.reason,
            )
            for row in found.changes.exclude(kind__in=["held", "released"])
        ),
        "held": found.held,
        "warnings": found.warnings,
        "failed": found.failed_repositories,
        "state": found.state,
        "error": found.error_code,
        "read": (found.repositories_listed, found.repositories_read, found.tags_seen),
    }


PROPOSALS: dict[str, dict[str, Any]] = {
    "as configured": {},
    "tags left out": {"tag_exclude": ["v[1-3]"]},
    "one tag alone": {"tag_include": ["v0"]},
    "repositories left out": {"repository_exclude": ["app-[0-4]"]},
    "both, and other known names": {
        "repository_include": ["app-*"],
        "tag_exclude": ["v5"],
        "known_repositories": [NAMES[0], NAMES[7]],
    },
}
NOT_AS_CONFIGURED = [name for name in PROPOSALS if name != "as configured"]
REGISTRIES: list[Change] = [
    nothing,
    lose_few,
    lose_many,
    lose_everything,
    unlist_one_that_answers,
    move_some,
    move_one_that_is_not_listed,
    add_some,
    list_a_repository_twice,
    contradict_itself,
    lose_the_thread,
    break_one,
    break_the_catalog,
    forbid_the_catalog,
    all_at_once,
]


@pytest.mark.parametrize(
    ("change", "name"),
    [
        *((change, "as configured") for change in REGISTRIES),
        *((change, name) for change in (all_at_once, lose_many) for name in NOT_AS_CONFIGURED),
        (forbid_the_catalog, "both, and other known names"),
    ],
    ids=lambda part: getattr(part, "__name__", part),
)
def test_a_sync_does_exactly_what_the_dry_run_said(
    registry: Registry, server: FakeServer, change: Change, name: str
) -> None:
    change(server)
    proposed = PROPOSALS[name]
    before = counts()
    found = rehearse(registry, **proposed)
    connecting.change(registry.pk, by=SOMEBODY, **proposed)
    run = sync(registry)

    assert told_of_the_dry_run(found) == told_of_the_run(run)
    assert (found.added, found.moved, found.removed, found.restored, found.held) == (
        *(run.added, run.moved, run.removed, run.restored, run.held),
    )
    assert counts_of(found) == {kind: after - before[kind] for kind, after in counts().items()}
    assert found.changes.filter(kind="held").count() == run.held


def counts() -> dict[str, int]:
    active = Repository.objects.filter(removed_at=None)
    return {
        "repositories": active.count(),
        "images": Image.objects.filter(removed_at=None).count(),
    }


def counts_of(found: DryRun) -> dict[str, int]:
    come = found.repositories_added + found.repositories_restored
    return {
        "repositories": come - found.repositories_retired,
        "images": found.added + found.restored - found.removed,
    }


def test_what_a_filter_would_take_out_does_not_make_room_for_a_great_loss(
    registry: Registry, server: FakeServer
) -> None:
    more = [f"more-{number}" for number in range(25)]
    serve_repositories(server, more, TAGS)
    list_catalog(server, NAMES + more)
    sync(registry)
    lose(server, NAMES[:5])
    list_catalog(server, NAMES[5:] + more)

    found = rehearse(registry, repository_exclude=["more-*"])

    assert (found.filtered, found.gone, found.held) == (150, 0, 30)
    connecting.change(registry.pk, by=SOMEBODY, repository_exclude=["more-*"])
    assert told_of_the_run(sync(registry)) == told_of_the_dry_run(found)


def test_what_was_held_and_is_seen_again_is_no_longer_held(
    registry: Registry, server: FakeServer
) -> None:
    lose_many(server)
    sync(registry)
    held_still = rehearse(registry)
    assert (held_still.state, held_still.held, held_still.released) == ("partial", 24, 0)

    serve_repositories(server, NAMES, TAGS)
    found = rehearse(registry)
    assert (found.state, found.held, found.released) == ("succeeded", 0, 24)
    assert sync(registry).held == 0
    assert not Image.objects.filter(held_at__isnull=False).exists()


def test_what_would_come_back_is_told_as_restored(registry: Registry) -> None:
    connecting.change(registry.pk, by=SOMEBODY, tag_include=["v0"], repository_exclude=["app-9"])
    sync(registry)
    found = rehearse(registry, tag_include=["*"], repository_exclude=[])
    assert (found.restored, found.added, found.repositories_restored) == (51, 0, 1)
    applying.apply_proposal(found, by=SOMEBODY)
    assert told_of_the_run(sync(registry)) == told_of_the_dry_run(found)


def test_what_a_product_says_of_hidden_things_too_would_be_held() -> None:
    with DockerHub.serve() as hub:
        hub.fill(2, 2)
        options = {
            name: value if isinstance(value, str) else list(value)
            for name, value in hub.options.items()
        }
        registry = make_registry(
            url=hub.server.url,
            insecure=True,
            provider="docker-hub",
            login=Login(hub.username, hub.secret),
            options=options,
        )
        sync(registry)
        gone = hub.content.pop(hub.first)
        found = rehearse(registry)
        assert told_of_the_dry_run(found) == told_of_the_run(sync(registry))
    assert (found.removed, found.held) == (0, len(gone))


def test_of_a_real_registry_it_tells_what_a_sync_finds(
    docker_registry: DockerRegistryFactory,
) -> None:
    service = docker_registry()
    service.seed(["team/app", "team/web", "sandbox/toy"], ["v1", "v2"])
    registry = connect(service, name="ours")
    sync(registry)
    service.seed(["team/app"], ["v2", "v3"])
    proposed: dict[str, Any] = {"repository_exclude": ["sandbox/*"]}

    found = rehearse(registry, **proposed)
    connecting.change(registry.pk, by=SOMEBODY, **proposed)
    run = sync(registry)

    assert told_of_the_dry_run(found) == told_of_the_run(run)
    assert found.added >= 1
    assert found.filtered == 2
    assert inventory_of(registry).keys() == {"team/app", "team/web"}


# Its own rows, the audit trail of who asked, and what all readers learn of a host's limits.
WRITTEN = {"sync.dryrun", "sync.dryrunchange", "access.auditentry", "registries.ratelimit"}


def everything_else() -> dict[str, list[Any]]:
    return {
        model._meta.label_lower: json.loads(serialize("json", model._base_manager.order_by("pk")))
        for model in apps.get_models(include_auto_created=True)
        if model._meta.label_lower not in WRITTEN | {"registries.ratelimit_registries"}
    }


@pytest.mark.parametrize("change", [all_at_once, lose_many], ids=lambda change: change.__name__)
def test_nothing_else_is_written(registry: Registry, server: FakeServer, change: Change) -> None:
    change(server)
    before = everything_else()
    queued = start_dry_run(registry.pk, {"tag_exclude": ["v1"], "schedule": "weekly"}, by=SOMEBODY)
    pipeline.carry_out(queued.pk)
    queued.refresh_from_db()
    assert not queued.is_live
    assert everything_else() == before


def test_it_leaves_a_sync_that_is_on_alone_and_says_that_there_was_one(
    registry: Registry, server: FakeServer
) -> None:
    add_some(server)
    run = lifecycle.request(registry.pk, Trigger.MANUAL)
    claim = lifecycle.claim(run.pk, "another worker")
    assert claim is not None
    found = rehearse(registry)
    lifecycle.renew(claim)
    run.refresh_from_db()
    assert (run.is_live, run.fence) == (True, claim.fence)
    assert Registry.objects.get(pk=registry.pk).status == Status.SYNCING
    assert found.added == 4
    assert [warning["code"] for warning in found.warnings] == ["synced_meanwhile"]


def test_without_a_sync_beside_it_there_is_no_word_of_one(registry: Registry) -> None:
    lifecycle.request(registry.pk, Trigger.MANUAL)
    assert rehearse(registry).warnings == []


def test_a_registry_has_one_live_dry_run(registry: Registry) -> None:
    first = dry_run.request(registry.pk, {})
    with pytest.raises(DryRunInProgress) as refusal:
        dry_run.request(registry.pk, {"tag_include": ["v1"]})
    assert refusal.value.dry_run == first
    pipeline.carry_out(first.pk)
    assert dry_run.request(registry.pk, {}) != first


def test_only_what_differs_is_a_proposal(registry: Registry) -> None:
    as_it_is = {"tag_include": [], "tag_exclude": [], "schedule": "daily"}
    found = rehearse(registry, **as_it_is)
    assert found.proposed == {}
    assert found.settings_before["tag_include"] == ["*"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("tag_include", ["*" * 30]),
        ("repository_exclude", ["a\nb"]),
        ("known_repositories", ["Not A Name"]),
        ("schedule", "hourly"),
    ],
)
def test_a_wrong_proposal_is_told_by_its_field(registry: Registry, field: str, value: Any) -> None:
    with pytest.raises(ValidationError) as refused:
        dry_run.request(registry.pk, {field: value})
    assert refused.value.message_dict.keys() == {field}
    assert not DryRun.objects.exists()


def test_another_schedule_says_when_the_next_sync_would_be_due(registry: Registry) -> None:
    registry.refresh_from_db()
    found = rehearse(registry, schedule="weekly")
    assert found.due_before == registry.next_sync_at
    connecting.change(registry.pk, by=SOMEBODY, schedule="weekly")
    assert found.due_after == Registry.objects.get(pk=registry.pk).next_sync_at
    never = rehearse(registry, schedule="manual")
    assert (never.due_before, never.due_after) == (found.due_after, None)


def test_a_failure_is_told_as_a_sync_tells_it(registry: Registry, server: FakeServer) -> None:
    server.routes["/v2/"] = replies.unauthorized('Basic realm="x"')
    found = rehearse(registry)
    run = sync(registry)
    assert (found.state, found.phase) == (State.FAILED, Phase.DONE)
    assert (found.error_code, found.error_message, found.error_hint) == (
        *(run.error_code, run.error_message, run.error_hint),
    )


def test_a_fault_of_ours_ends_it_and_is_said_without_its_details(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fault(*_: object) -> None:
        raise ZeroDivisionError("canary")

    monkeypatch.setattr("sync.enumeration.absence.settle", fault)
    found = rehearse(registry)
    assert (found.state, found.error_code) == (State.FAILED, "internal_error")
    assert "canary" not in found.error_message


def test_it_stops_at_its_next_breath_where_it_was_deleted(
    registry: Registry, server: FakeServer
) -> None:
    queued = dry_run.request(registry.pk, {})
    taken = dry_run.claim(queued.pk)
    assert taken is not None
    deleting.delete_dry_run(queued, by=SOMEBODY)
    server.requests.clear()
    pipeline._carry_out(taken)
    assert not DryRun.objects.exists()
    assert not DryRunChange.objects.exists()
    assert not [one for one in server.requests if "tags/list" in one.path]
    assert AuditEntry.objects.latest("pk").action == "dry_run.deleted"


def test_a_worker_that_is_told_to_stop_gives_it_back(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise SystemExit

    queued = dry_run.request(registry.pk, {})
    with monkeypatch.context() as stopping:
        stopping.setattr("sync.enumeration.absence.settle", stop)
        with pytest.raises(SystemExit):
            pipeline.carry_out(queued.pk)
    queued.refresh_from_db()
    assert (queued.state, queued.phase) == (State.QUEUED, Phase.WAITING)
    pipeline.carry_out(queued.pk)
    queued.refresh_from_db()
    assert queued.state == State.SUCCEEDED


def test_one_that_another_worker_has_is_left_alone(registry: Registry, server: FakeServer) -> None:
    queued = dry_run.request(registry.pk, {})
    assert dry_run.claim(queued.pk) is not None
    server.requests.clear()
    pipeline.carry_out(queued.pk)
    assert server.requests == []


def test_one_whose_worker_is_lost_ends_and_its_worker_writes_nothing_more(
    registry: Registry,
) -> None:
    taken = dry_run.claim(dry_run.request(registry.pk, {}).pk)
    assert taken is not None
    sweep.sweep_dry_runs()
    taken.refresh_from_db(fields=["state"])
    assert taken.state == State.RUNNING
    DryRun.objects.update(alive_until=Now() - timedelta(seconds=1))
    sweep.sweep_dry_runs()
    lost = DryRun.objects.get()
    assert (lost.state, lost.error_code) == (State.FAILED, "worker_lost")
    pipeline._carry_out(taken)
    assert DryRun.objects.values().get() == DryRun.objects.filter(pk=lost.pk).values().get()
    assert DryRun.objects.get().state == State.FAILED


def test_a_lost_message_is_rung_again_once(registry: Registry) -> None:
    queued = dry_run.request(registry.pk, {})
    assert sweep.sweep_dry_runs() == []
    DryRun.objects.update(rung_at=Now() - timedelta(minutes=1))
    assert sweep.sweep_dry_runs() == [queued.pk]
    assert sweep.sweep_dry_runs() == []


def test_what_is_a_week_old_is_forgotten_with_its_rows(
    registry: Registry, server: FakeServer
) -> None:
    add_some(server)
    old, young = rehearse(registry), rehearse(registry)
    DryRun.objects.filter(pk=old.pk).update(queued_at=Now() - timedelta(days=8))
    sweep.sweep_dry_runs()
    assert [found.pk for found in DryRun.objects.all()] == [young.pk]
    assert set(DryRunChange.objects.values_list("dry_run", flat=True)) == {young.pk}


def test_of_very_many_differences_the_weightiest_have_rows_and_all_are_counted(
    registry: Registry, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.dry_runs.pipeline.MOST_CHANGES_KEPT", 8)
    lose_few(server)
    serve_repositories(server, ["new-1"], TAGS)
    list_catalog(server, [*NAMES[2:], "new-1"])
    move_some_of_the_last(server)
    found = rehearse(registry, repository_exclude=["app-1"])
    assert (found.added, found.moved, found.gone, found.filtered) == (6, 1, 6, 6)
    assert found.kept == 8
    assert Counter(found.changes.values_list("kind", flat=True)) == {"removed": 8}
    assert found.differences == 19


def move_some_of_the_last(server: FakeServer) -> None:
    server.routes["/v2/app-9/manifests/v0"] = server.routes["/v2/app-8/manifests/v0"]


def test_its_rows_are_in_the_order_of_names(registry: Registry, server: FakeServer) -> None:
    all_at_once(server)
    names = [str(row).split(" ")[1] for row in rehearse(registry).changes.all()]
    assert len(names) == 11
    assert names == sorted(names)


def test_what_was_proposed_is_saved_as_it_was_tried(registry: Registry) -> None:
    found = rehearse(registry, tag_exclude=["v5"], schedule="manual")
    applying.apply_proposal(found, by=SOMEBODY)
    changed = Registry.objects.get(pk=registry.pk)
    assert (changed.tag_exclude, changed.schedule) == (["v5"], "manual")
    assert changed.next_sync_at is None
    with pytest.raises(NotApplied, match="already has these settings"):
        applying.apply_proposal(found, by=SOMEBODY)


@pytest.mark.parametrize(
    "change",
    [
        {"tag_include": ["v*"]},
        {"schedule": "weekly"},
        {"login": Login("me", "secret")},
        {"url": "https://elsewhere.example.com", "insecure": False},
    ],
    ids=lambda change: next(iter(change)),
)
def test_it_is_not_applied_to_a_connection_that_was_changed_since(
    registry: Registry, change: dict[str, Any]
) -> None:
    found = rehearse(registry, tag_exclude=["v5"])
    connecting.change(registry.pk, by=SOMEBODY, **change)
    with pytest.raises(NotApplied, match="has changed since"):
        applying.apply_proposal(found, by=SOMEBODY)
    assert Registry.objects.get(pk=registry.pk).tag_exclude == []


def test_names_that_pushes_teach_do_not_stop_it_from_being_applied(registry: Registry) -> None:
    found = rehearse(registry, tag_exclude=["v5"])
    Registry.objects.update(known_repositories=["learned/one"])
    applying.apply_proposal(found, by=SOMEBODY)
    assert Registry.objects.get(pk=registry.pk).tag_exclude == ["v5"]


def test_a_login_that_is_changed_while_it_begins_is_another_connection(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    connecting.change(registry.pk, by=SOMEBODY, login=Login("me", "old"))
    queued = dry_run.request(registry.pk, {"tag_exclude": ["v5"]})
    settings_of = proposal.settings_of

    def change_first(read: Registry) -> dict[str, Any]:
        connecting.change(registry.pk, by=SOMEBODY, login=Login("me", "new"))
        return settings_of(read)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr("sync.dry_runs.proposal.settings_of", change_first)
        taken = dry_run.claim(queued.pk)
    assert taken is not None
    DryRun.objects.update(state=State.SUCCEEDED, finished_at=Now(), alive_until=None)
    with pytest.raises(NotApplied, match="has changed since"):
        applying.apply_proposal(DryRun.objects.get(), by=SOMEBODY)


def test_of_a_registry_the_newest_are_kept(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dry_run, "KEPT_PER_REGISTRY", 2)
    of_another = make_dry_run(make_registry())
    made = [make_dry_run(registry) for _ in range(4)]
    queued = dry_run.request(registry.pk, {})
    assert set(DryRun.objects.all()) == {of_another, *made[2:], queued}


def test_what_has_found_nothing_out_is_not_applied(registry: Registry, server: FakeServer) -> None:
    queued = dry_run.request(registry.pk, {"tag_exclude": ["v5"]})
    with pytest.raises(NotApplied, match="did not succeed"):
        applying.apply_proposal(queued, by=SOMEBODY)
    pipeline.carry_out(queued.pk)
    with pytest.raises(NotApplied, match="proposes no change"):
        applying.apply_proposal(rehearse(registry), by=SOMEBODY)


def test_who_asked_and_for_what_is_told(registry: Registry) -> None:
    user = make_user(Role.ADMIN)
    queued = start_dry_run(
        registry.pk, {"tag_exclude": ["v5"]}, by=Actor(user.get_username(), user=user)
    )
    entry = AuditEntry.objects.latest("pk")
    assert (entry.action, entry.object_name) == ("dry_run.requested", registry.name)
    assert entry.changes == {
        "dryRun": {"from": None, "to": queued.pk},
        "tagExclude": {"from": [], "to": ["v5"]},
    }
    assert queued.requested_by == user
