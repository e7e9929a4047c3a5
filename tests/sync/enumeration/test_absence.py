"""Missing images: checked by name, removed, kept or held for review."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unittest.mock import create_autospec

import pytest

from inventory.models import Image, ImageEvent, Repository
from registries import services
from registries.models import Registry, Status
from registries.transport.endpoint import Credential as Login
from sync.enumeration import absence, pipeline
from sync.enumeration.attempt import Attempt
from sync.enumeration.comparison import Comparison, Writer
from sync.enumeration.reader import Reader
from sync.models import State, Trigger
from sync.runs import lifecycle
from tests.factories import SOMEBODY, let_lease_run_out, make_registry
from tests.fakes import replies
from tests.fakes.http_server import FakeServer, Reply, fake_server
from tests.fakes.registry import serve_repositories
from tests.fakes.vendors.docker_hub import DockerHub
from tests.sync_run import inventory_of, sync

pytestmark = pytest.mark.django_db
NAMES = [f"app-{number}" for number in range(10)]
TAGS = [f"v{number}" for number in range(6)]
UNKNOWN_MANIFEST = replies.oci_error(404, "MANIFEST_UNKNOWN")


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


def list_catalog(server: FakeServer, names: list[str]) -> None:
    server.routes["/v2/_catalog"] = replies.answer_json({"repositories": names})


def list_tags(server: FakeServer, name: str, tags: list[str] | None) -> None:
    server.routes[f"/v2/{name}/tags/list"] = replies.answer_json({"name": name, "tags": tags})


def lose(server: FakeServer, names: list[str]) -> None:
    """The registry no longer has the repositories, and says so when asked."""
    for path in list(server.routes):
        if path.startswith(tuple(f"/v2/{name}/" for name in names)):
            server.routes[path] = UNKNOWN_MANIFEST
    list_catalog(server, [name for name in NAMES if name not in names])


def edit(registry: Registry, **fields: Any) -> None:
    services.change(registry.pk, by=SOMEBODY, **fields)


def test_a_repository_that_is_not_listed_but_answers_stays(
    registry: Registry, server: FakeServer
) -> None:
    before = inventory_of(registry)
    list_catalog(server, NAMES[1:])
    run = sync(registry)
    assert (run.state, run.removed) == (State.SUCCEEDED, 0)
    assert inventory_of(registry) == before


def test_a_tag_that_is_not_listed_but_answers_stays_and_its_new_digest_is_kept(
    registry: Registry, server: FakeServer
) -> None:
    list_tags(server, NAMES[0], TAGS[1:])
    server.routes[f"/v2/{NAMES[0]}/manifests/{TAGS[0]}"] = server.routes[
        f"/v2/{NAMES[1]}/manifests/{TAGS[0]}"
    ]
    assert sync(registry).moved == 1
    assert inventory_of(registry)[NAMES[0]][TAGS[0]] == inventory_of(registry)[NAMES[1]][TAGS[0]]


@pytest.mark.parametrize(
    "reply",
    [
        replies.answer(500),
        replies.oci_error(403, "DENIED"),
        replies.web_page(404),
        replies.answer(404),
    ],
    ids=["500", "403", "a web page's 404", "a bare 404"],
)
def test_any_answer_but_the_registrys_own_not_found_keeps_the_image(
    registry: Registry, server: FakeServer, reply: Reply
) -> None:
    before = inventory_of(registry)
    list_tags(server, NAMES[0], TAGS[1:])
    server.routes[f"/v2/{NAMES[0]}/manifests/{TAGS[0]}"] = reply
    run = sync(registry)
    assert run.removed == 0
    assert inventory_of(registry) == before
    assert run.state == State.PARTIAL


def test_a_few_images_that_are_gone_are_removed_with_their_history_kept(
    registry: Registry, server: FakeServer
) -> None:
    lose(server, NAMES[:2])
    run = sync(registry)
    assert (run.state, run.removed, run.held) == (State.SUCCEEDED, 12, 0)
    assert inventory_of(registry).keys() == set(NAMES[2:])
    gone = Image.objects.filter(repository__name=NAMES[0])
    assert set(gone.values_list("removed_reason", flat=True)) == {"gone"}
    assert ImageEvent.objects.filter(image__in=gone).count() == 12


def test_what_comes_back_is_restored_as_the_same_image(
    registry: Registry, server: FakeServer
) -> None:
    before = inventory_of(registry)
    lose(server, NAMES[:1])
    sync(registry)
    serve_repositories(server, NAMES, TAGS)
    run = sync(registry)
    assert (run.restored, run.added) == (6, 0)
    assert inventory_of(registry) == before
    assert Image.objects.count() == 60


def test_too_much_at_once_is_held_and_nothing_goes(registry: Registry, server: FakeServer) -> None:
    before = inventory_of(registry)
    lose(server, NAMES[:4])
    run = sync(registry)
    assert (run.state, run.removed, run.held) == (State.PARTIAL, 0, 24)
    assert [warning["code"] for warning in run.warnings] == ["removals_held"]
    assert Registry.objects.get(pk=registry.pk).status == Status.CONNECTED
    assert inventory_of(registry) == before
    assert Image.objects.filter(held_at__isnull=False).count() == 24


def test_an_empty_catalog_holds_even_a_few(server: FakeServer) -> None:
    serve_repositories(server, ["only"], ["v1"])
    registry = make_registry(url=server.url, insecure=True)
    sync(registry)
    server.routes["/v2/only/manifests/v1"] = UNKNOWN_MANIFEST
    list_catalog(server, [])
    run = sync(registry)
    assert (run.state, run.removed, run.held) == (State.PARTIAL, 0, 1)
    assert inventory_of(registry) != {}


def test_a_registry_that_was_always_empty_is_simply_empty(server: FakeServer) -> None:
    list_catalog(server, [])
    run = sync(make_registry(url=server.url, insecure=True))
    assert (run.state, run.held) == (State.SUCCEEDED, 0)


def test_a_second_run_still_holds_and_does_not_write_the_rows_again(
    registry: Registry, server: FakeServer
) -> None:
    lose(server, NAMES[:4])
    sync(registry)
    held = list(Image.objects.order_by("pk").values())
    assert sync(registry).held == 24
    assert list(Image.objects.order_by("pk").values()) == held


def test_a_confirmed_run_removes_what_was_held_and_is_still_gone(
    registry: Registry, server: FakeServer
) -> None:
    lose(server, NAMES[:4])
    sync(registry)
    serve_repositories(server, NAMES[3:4], TAGS)
    list_catalog(server, NAMES[3:])
    run = sync(registry, confirms_removals=True)
    assert (run.state, run.removed, run.held) == (State.SUCCEEDED, 18, 0)
    assert inventory_of(registry).keys() == set(NAMES[3:])
    assert not Image.objects.filter(held_at__isnull=False).exists()


def test_a_confirmation_does_not_cover_what_was_lost_since(
    registry: Registry, server: FakeServer
) -> None:
    lose(server, NAMES[:4])
    sync(registry)
    lose(server, NAMES[:8])
    run = sync(registry, confirms_removals=True)
    assert (run.removed, run.held) == (24, 24)
    assert inventory_of(registry).keys() >= set(NAMES[4:])


def test_a_confirmed_run_that_is_taken_over_removes_only_what_was_confirmed(
    registry: Registry, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose(server, NAMES[:4])
    sync(registry)
    lose(server, NAMES[:8])
    run = lifecycle.request(registry.pk, Trigger.CONFIRM, confirms_removals=True)
    with monkeypatch.context() as dying:
        dying.setattr(Attempt, "succeed", raise_system_exit)
        dying.setattr(Attempt, "release", lambda attempt: None)
        with pytest.raises(SystemExit):
            list(pipeline.run(run.pk))
    let_lease_run_out(registry)
    list(pipeline.run(run.pk))
    run.refresh_from_db()
    assert (run.state, run.removed, run.held) == (State.PARTIAL, 24, 24)


def raise_system_exit(attempt: Attempt) -> None:
    raise SystemExit


def test_held_images_stay_held_when_the_registry_grows(
    registry: Registry, server: FakeServer
) -> None:
    lose(server, NAMES[:4])
    sync(registry)
    more = [f"more-{number}" for number in range(30)]
    serve_repositories(server, more, TAGS)
    list_catalog(server, NAMES[4:] + more)
    run = sync(registry)
    assert (run.added, run.removed, run.held) == (180, 0, 24)


def test_what_a_filter_takes_out_does_not_make_room_for_a_great_loss(
    registry: Registry, server: FakeServer
) -> None:
    more = [f"more-{number}" for number in range(25)]
    serve_repositories(server, more, TAGS)
    list_catalog(server, NAMES + more)
    sync(registry)
    edit(registry, repository_exclude=["more-*"])
    lose(server, NAMES[:5])
    run = sync(registry)
    assert (run.removed, run.held) == (150, 30)


def test_a_listed_repository_that_is_not_found_is_held_not_removed(
    registry: Registry, server: FakeServer
) -> None:
    before = inventory_of(registry)
    lose(server, NAMES[:1])
    list_catalog(server, NAMES)
    server.routes[f"/v2/{NAMES[0]}/tags/list"] = replies.oci_error(404, "NAME_UNKNOWN")
    run = sync(registry)
    assert (run.state, run.removed, run.held) == (State.PARTIAL, 0, 6)
    assert inventory_of(registry) == before
    confirmed = sync(registry, confirms_removals=True)
    assert confirmed.removed == 6
    assert sync(registry).state == State.SUCCEEDED


def test_without_a_catalog_nothing_is_missed(registry: Registry, server: FakeServer) -> None:
    before = inventory_of(registry)
    lose(server, NAMES[1:])
    server.routes["/v2/_catalog"] = replies.oci_error(403, "DENIED")
    edit(registry, known_repositories=[NAMES[0]])
    server.requests.clear()
    run = sync(registry)
    assert (run.state, run.removed, run.held) == (State.SUCCEEDED, 0, 0)
    assert inventory_of(registry) == before
    assert not server.asked(f"/v2/{NAMES[1]}/manifests/{TAGS[0]}")


def test_held_images_that_are_seen_again_are_released(
    registry: Registry, server: FakeServer
) -> None:
    lose(server, NAMES[:4])
    sync(registry)
    serve_repositories(server, NAMES, TAGS)
    run = sync(registry)
    assert (run.state, run.held) == (State.SUCCEEDED, 0)
    assert not Image.objects.filter(held_at__isnull=False).exists()
    assert not ImageEvent.objects.filter(run_id=run.pk).exists()


def test_an_emptied_repository_stays_and_its_tags_go(
    registry: Registry, server: FakeServer
) -> None:
    list_tags(server, NAMES[0], None)
    for tag in TAGS:
        server.routes[f"/v2/{NAMES[0]}/manifests/{tag}"] = UNKNOWN_MANIFEST
    assert sync(registry).removed == 6
    assert inventory_of(registry)[NAMES[0]] == {}


def test_a_listed_tag_without_a_manifest_is_asked_for_again_before_it_goes(
    registry: Registry, server: FakeServer
) -> None:
    path = f"/v2/{NAMES[0]}/manifests/{TAGS[0]}"
    there = server.routes[path]
    # Each question is a HEAD, and a GET that looks whether the 404 is the registry's own.
    server.routes[path] = replies.in_turn(UNKNOWN_MANIFEST, UNKNOWN_MANIFEST, there)
    assert sync(registry).removed == 0
    server.routes[path] = UNKNOWN_MANIFEST
    assert sync(registry).removed == 1


def test_tightened_tag_filters_take_images_out_without_a_request(
    registry: Registry, server: FakeServer
) -> None:
    edit(registry, tag_exclude=["v[1-5]"])
    server.requests.clear()
    run = sync(registry)
    assert (run.state, run.removed, run.held) == (State.SUCCEEDED, 50, 0)
    assert inventory_of(registry) == {
        name: {"v0": digests["v0"]} for name, digests in inventory_of(registry).items()
    }
    assert not [request for request in server.requests if "manifests/v1" in request.path]
    assert set(ImageEvent.objects.filter(run_id=run.pk).values_list("kind", "reason")) == {
        ("removed", "filtered")
    }


def test_loosened_filters_bring_them_back(registry: Registry) -> None:
    before = inventory_of(registry)
    edit(registry, tag_exclude=["v[1-5]"])
    sync(registry)
    edit(registry, tag_exclude=[])
    assert sync(registry).restored == 50
    assert inventory_of(registry) == before


def test_an_excluded_repository_leaves_and_is_not_listed(
    registry: Registry, server: FakeServer
) -> None:
    edit(registry, repository_exclude=["app-[0-4]"])
    server.requests.clear()
    run = sync(registry)
    assert (run.state, run.removed) == (State.SUCCEEDED, 30)
    assert inventory_of(registry).keys() == set(NAMES[5:])
    assert not server.asked("/v2/app-0/tags/list")
    edit(registry, repository_exclude=[])
    assert sync(registry).restored == 30
    assert inventory_of(registry).keys() == set(NAMES)


def test_filters_do_not_reach_into_a_repository_that_could_not_be_read(
    registry: Registry, server: FakeServer
) -> None:
    before = inventory_of(registry)
    edit(registry, tag_exclude=["v5"])
    server.routes[f"/v2/{NAMES[0]}/tags/list"] = replies.answer(500)
    assert sync(registry).state == State.PARTIAL
    assert inventory_of(registry)[NAMES[0]] == before[NAMES[0]]


def test_the_history_tells_who_saw_what_when(registry: Registry, server: FakeServer) -> None:
    path = f"/v2/{NAMES[0]}/manifests/{TAGS[0]}"
    old = inventory_of(registry)[NAMES[0]][TAGS[0]]
    server.routes[path] = server.routes[f"/v2/{NAMES[1]}/manifests/{TAGS[0]}"]
    run = sync(registry)
    event = ImageEvent.objects.get(kind="moved")
    assert (event.run_id, event.actor, event.old_digest) == (run.pk, "manual", old)
    assert event.new_digest == inventory_of(registry)[NAMES[0]][TAGS[0]]
    assert run.finished_at is not None
    assert run.queued_at <= event.at <= run.finished_at
    image = Image.objects.get(pk=event.image_id)
    assert image.changed_at == event.at
    assert Repository.objects.get(pk=image.repository_id).first_seen_at < event.at


def test_what_a_product_says_of_hidden_things_too_is_held(server: FakeServer) -> None:
    """Docker Hub does not tell what is gone from what this login may no longer see."""
    with DockerHub.serve() as hub:
        hub.fill(2, 2)
        login = Login(hub.username, hub.secret)
        options = {
            name: value if isinstance(value, str) else list(value)
            for name, value in hub.options.items()
        }
        where = {"url": hub.server.url, "insecure": True, "provider": "docker-hub"}
        registry = make_registry(login=login, options=options, **where)
        assert sync(registry).state == State.SUCCEEDED
        gone = hub.content.pop(hub.first)

        run = sync(registry)

    assert (run.state, run.removed, run.held) == (State.PARTIAL, 0, len(gone))
    assert set(inventory_of(registry)[hub.first]) == set(gone)


@pytest.mark.parametrize(("gone", "is_held"), [(20, False), (21, True)])
def test_what_a_push_run_has_removed_counts_as_lost_and_as_part_of_the_whole(
    gone: int, is_held: bool
) -> None:
    # Of 200 images, 40 may go unconfirmed; 20 have.
    writer = create_autospec(Writer, instance=True)
    writer.active_count.return_value = 180
    comparison = Comparison(Registry(), create_autospec(Reader, instance=True), writer)
    missing = absence.MissingImages()
    missing.to_remove.extend(range(gone))

    absence.decide(missing, comparison, removed_before=20)

    assert writer.hold.called == is_held
    assert len(missing.to_remove) == (0 if is_held else gone)
