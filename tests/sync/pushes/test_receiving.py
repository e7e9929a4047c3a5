"""Webhook deliveries over HTTP."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import OperationalError
from django.test import Client

from harborguard.clock import Now
from registries.models import Registry, Webhook
from registries.providers.shared.delivery import Delivery, MalformedDelivery, Receiver
from registries.webhook import lookup, setup
from registries.webhook.verification import BY_ADDRESS
from sync.models import PendingPush, PushDelivery, SyncRun, Trigger, Verdict
from sync.pushes import deliveries, push_runs, receiving, recording
from sync.pushes.group_commit import NotWritten
from sync.pushes.recording import Outcome, Receipt
from sync.runs import queue
from tests.deliveries import body, deleted, deliver, event, pushed, webhook
from tests.factories import SOMEBODY, make_registry
from tests.harborguard.web_server import WebServer, web_server

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def no_worker_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "send", lambda *args, **options: None)


@pytest.fixture
def registry() -> Registry:
    return make_registry(schedule="on_push")


def kept(registry: Registry) -> list[PushDelivery]:
    return list(PushDelivery.objects.filter(registry=registry).order_by("pk"))


def pending(registry: Registry) -> list[tuple[str, str]]:
    rows = PendingPush.objects.filter(registry=registry, due_at__isnull=False)
    return list(rows.order_by("repository", "tag").values_list("repository", "tag"))


def nothing_happened(registry: Registry) -> bool:
    return not pending(registry) and not SyncRun.objects.filter(registry=registry).exists()


def test_a_push_is_taken_in_and_a_run_is_queued_for_it(registry: Registry) -> None:
    answer = deliver(registry, pushed("team/app", "v1"))
    assert (answer.status_code, answer.json()) == (202, {"verdict": "accepted", "detail": ""})
    [delivery] = kept(registry)
    assert delivery.named == [{"repository": "team/app", "tag": "v1", "action": "pushed"}]
    assert (delivery.event, delivery.verdict) == ("push", Verdict.ACCEPTED)
    assert pending(registry) == [("team/app", "v1")]
    run = SyncRun.objects.get(registry=registry)
    assert run.trigger == Trigger.PUSH
    assert Webhook.objects.get(registry=registry).last_received_at is not None
    assert Registry.objects.get(pk=registry.pk).status == "DISCONNECTED"


def test_further_pushes_queue_no_further_run(registry: Registry) -> None:
    for number in range(5):
        deliver(registry, pushed(f"team/app-{number}", "v1"))
    assert SyncRun.objects.filter(registry=registry).count() == 1
    assert len(pending(registry)) == 5


def test_a_wrong_address_is_answered_alike_whatever_is_wrong(registry: Registry) -> None:
    shown = webhook(registry)
    token = shown.url.rpartition("/")[2]
    answers = [
        Client().post(path, pushed("team/app", "v1"), content_type="application/json")
        for path in (
            "/api/webhooks/distribution/nobodys-token",
            f"/api/webhooks/harbor/{token}",
            f"/api/webhooks/no-such-product/{token}",
        )
    ]
    assert {answer.status_code for answer in answers} == {404}
    told = [{**answer.json(), "requestId": ""} for answer in answers]
    assert told[0] == told[1] == told[2]
    assert answers[0]["Content-Type"] == "application/problem+json"
    assert not kept(registry)
    assert nothing_happened(registry)


def test_a_wrong_proof_is_refused_and_nothing_happens(registry: Registry) -> None:
    answer = deliver(registry, pushed("team/app", "v1"), secret="guessed")
    assert (answer.status_code, answer.json()["code"]) == (401, "not_verified")
    assert [delivery.verdict for delivery in kept(registry)] == [Verdict.REFUSED]
    assert nothing_happened(registry)
    assert Webhook.objects.get(registry=registry).last_received_at is None


def test_refused_deliveries_do_not_fill_the_table(registry: Registry) -> None:
    for _ in range(25):
        assert deliver(registry, b"{}", secret="guessed").status_code == 401
    assert len(kept(registry)) == 10


def test_what_comes_twice_is_followed_once(registry: Registry) -> None:
    sent = pushed("team/app", "v1")
    deliver(registry, sent)
    PendingPush.objects.update(due_at=None)
    assert deliver(registry, sent).json()["verdict"] == "duplicate"
    assert [one.verdict for one in kept(registry)] == [Verdict.ACCEPTED, Verdict.DUPLICATE]
    assert not pending(registry)


def test_what_comes_again_after_a_week_is_followed(registry: Registry) -> None:
    sent = pushed("team/app", "v1")
    deliver(registry, sent)
    PushDelivery.objects.update(received_at=Now() - timedelta(days=8))
    assert deliver(registry, sent).json()["verdict"] == "accepted"


def test_the_same_words_without_an_id_may_be_another_push(registry: Registry) -> None:
    named = {**event("push", "team/app", "v1"), "id": ""}
    for _ in range(2):
        assert deliver(registry, body([named])).json()["verdict"] == "accepted"


def test_what_only_tells_of_reading_starts_nothing(registry: Registry) -> None:
    answer = deliver(registry, body([event("pull", "team/app", "v1")]))
    assert answer.json()["verdict"] == "ignored"
    assert nothing_happened(registry)
    assert Webhook.objects.get(registry=registry).last_received_at is not None


def test_what_the_filters_exclude_starts_nothing() -> None:
    registry = make_registry(repository_include=["team/*"], tag_exclude=["*-rc"])
    for sent in (pushed("other/app", "v1"), pushed("team/app", "v1-rc")):
        assert "filters" in deliver(registry, sent).json()["detail"]
    assert nothing_happened(registry)


@pytest.mark.parametrize("sent", [b"", b"no json", b"\xff\xfe", b"[]", b'{"events": 7}'])
def test_what_cannot_be_read_is_kept_as_that(registry: Registry, sent: bytes) -> None:
    answer = deliver(registry, sent)
    assert (answer.status_code, answer.json()["verdict"]) == (202, "unreadable")
    assert nothing_happened(registry)


def test_a_body_may_be_of_any_type_and_of_256_kib(registry: Registry) -> None:
    shown = webhook(registry)
    path = shown.url.removeprefix("http://testserver")
    headers = {"Authorization": f"Bearer {shown.secret}"}
    sent = pushed("team/app", "v1")
    sent += b" " * (256 * 1024 - len(sent))
    for content_type in ("text/plain", "multipart/form-data; boundary=x", "what/ever"):
        answer = Client().post(path, sent, content_type=content_type, headers=headers)
        assert answer.status_code == 202
    answer = Client().post(path, sent + b" ", content_type="text/plain", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_nothing_but_post_is_taken(registry: Registry) -> None:
    path = webhook(registry).url.removeprefix("http://testserver")
    assert Client().get(path).status_code == 405


def test_the_address_and_the_secret_of_before_a_rotation_are_good_for_a_while(
    registry: Registry,
) -> None:
    before = webhook(registry)
    setup.rotate(registry, by=SOMEBODY)
    after = webhook(registry)
    assert before.url != after.url
    assert before.secret != after.secret
    for shown in (before, after):
        assert send(shown.url, shown.secret, pushed("team/app", "v1")).status_code == 202
    Webhook.objects.update(previous_until=Now() - timedelta(seconds=1))
    lookup._called.cache_clear()
    assert send(before.url, before.secret, pushed("team/app", "v1")).status_code == 404
    assert send(after.url, before.secret, pushed("team/app", "v1")).status_code == 401


def test_the_address_alone_is_enough_where_that_is_chosen(registry: Registry) -> None:
    setup.choose_verification(registry, BY_ADDRESS, by=SOMEBODY)
    assert deliver(registry, pushed("team/app", "v1"), secret="any").status_code == 202


def test_many_tags_of_a_repository_are_read_as_all_of_it(registry: Registry) -> None:
    deliver(registry, pushed("team/app", *[f"v{number}" for number in range(21)]))
    assert pending(registry) == [("team/app", "")]


def test_a_delete_without_a_tag_is_about_all_of_the_repository(registry: Registry) -> None:
    deliver(registry, deleted("team/app"))
    assert pending(registry) == [("team/app", "")]


def test_the_token_is_in_no_log_line(registry: Registry, caplog: pytest.LogCaptureFixture) -> None:
    shown = webhook(registry)
    token = shown.url.rpartition("/")[2]
    path = shown.url.removeprefix("http://testserver")
    send(shown.url, shown.secret, pushed("team/app", "v1"))
    for wrong in (f"{path}/", f"{path}?{token}", f"{path}/{token}"):
        Client().post(wrong, b"", content_type="text/plain", headers={"Referer": shown.url})
    told = caplog.text
    assert "/api/webhooks/distribution/" in told
    assert token not in told


def test_deliveries_are_kept_for_a_week(registry: Registry) -> None:
    for _ in range(3):
        deliver(registry, pushed("team/app", "v1"))
    first = kept(registry)[0]
    PushDelivery.objects.filter(pk=first.pk).update(received_at=Now() - timedelta(days=7, hours=1))
    deliveries.prune()
    assert first not in kept(registry)
    assert len(kept(registry)) == 2


def send(url: str, secret: str, sent: bytes) -> Any:
    return Client().post(
        url.removeprefix("http://testserver"),
        sent,
        content_type="application/json",
        headers={"Authorization": f"Bearer {secret}"},
    )


def test_an_id_may_hold_whatever_the_database_does_not_take(registry: Registry) -> None:
    named = event("push", "team/app", "v1") | {"id": "\0\ud800" + "x" * 300}
    assert deliver(registry, json.dumps({"events": [named]}).encode()).status_code == 202


def test_who_cannot_be_told_whether_it_is_written_is_asked_to_come_again(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(receipt: Receipt) -> Outcome:
        raise NotWritten

    monkeypatch.setattr(recording, "record", lost)
    answer = deliver(registry, pushed("team/app", "v1"))
    assert (answer.status_code, answer.json()["code"]) == (503, "not_written")
    assert answer["Retry-After"] == "60"


def test_what_is_committed_is_taken_in_though_no_run_can_be_queued(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(registry_id: int) -> None:
        raise OperationalError("canceling statement due to lock timeout")

    monkeypatch.setattr(push_runs, "queue_if_due", locked)
    assert deliver(registry, pushed("team/app", "v1")).status_code == 202
    assert pending(registry) == [("team/app", "v1")]


def test_what_cannot_be_read_is_no_handshake(registry: Registry) -> None:
    def unreadable(delivery: Delivery, receiver: Receiver) -> None:
        raise MalformedDelivery("Not at all")

    shown = webhook(registry)
    call = lookup.called("distribution", shown.url.rpartition("/")[2], shown.url)
    assert call is not None
    asked = replace(call, pushes=replace(call.pushes, handshake=unreadable))
    receipt, answer = receiving._read(asked, Delivery({}, b"{}"))
    assert (receipt.verdict, answer) == (Verdict.REFUSED, None)


def test_of_much_that_is_named_what_is_followed_is_kept() -> None:
    registry = make_registry(repository_include=["team/*"])
    others = [event("push", f"other/app-{number}", "v1") for number in range(100)]
    answer = deliver(registry, body([*others, event("push", "team/app", "v1")]))
    assert answer.json()["detail"].startswith("100 of the named tags")
    rows = list(PendingPush.objects.filter(registry=registry))
    deliveries.link(registry.pk, rows, 7)
    [delivery] = kept(registry)
    assert delivery.named[0] == {"repository": "team/app", "tag": "v1", "action": "pushed"}
    assert (len(delivery.named), delivery.run_id) == (100, 7)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    folder: Path = tmp_path_factory.mktemp("web")
    with web_server(folder / "log", HARBORGUARD_DATA_DIR=str(folder / "var")) as running:
        yield running


@pytest.mark.parametrize(
    ("head", "sent"),
    [
        ("Content-Length: 100", b"{}"),
        ("Transfer-Encoding: chunked", b"ff\r\n{}"),
        ("Transfer-Encoding: chunked", b"zz\r\n{}\r\n0\r\n\r\n"),
        ("Transfer-Encoding: chunked", b"1\r\n{}\r\n0\r\n\r\n"),
    ],
)
def test_a_body_that_breaks_off_is_the_senders_fault(
    server: WebServer, head: str, sent: bytes
) -> None:
    parts = urlsplit(server.url)
    request = f"POST /api/webhooks/harbor/x HTTP/1.1\r\nHost: localhost\r\n{head}\r\n\r\n"
    with socket.create_connection((parts.hostname, parts.port), timeout=30) as connection:
        connection.sendall(request.encode() + sent)
        connection.shutdown(socket.SHUT_WR)
        answer = connection.recv(65536)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert "Traceback" not in server.log.read_text()


def test_a_body_without_a_length_is_bounded_too(server: WebServer) -> None:
    parts = urlsplit(server.url)
    request = "POST /api/webhooks/harbor/x HTTP/1.1\r\nHost: localhost\r\n"
    request += "Transfer-Encoding: chunked\r\n\r\n40001\r\n"
    with socket.create_connection((parts.hostname, parts.port), timeout=30) as connection:
        connection.sendall(request.encode() + b" " * 0x40001 + b"\r\n0\r\n\r\n")
        answer = connection.recv(65536)
    assert answer.startswith(b"HTTP/1.1 413 ")
