"""JFrog's webhooks of the domain docker, in the documented format."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest

from registries.providers.artifactory.pushes import PUSHES, parse
from registries.providers.shared.delivery import (
    Action,
    Delivery,
    MalformedDelivery,
    PushEvent,
    Receiver,
)
from registries.providers.shared.keyed_names import BY_HOST
from registries.transport.origin import Origin

HEX = "a" * 64
SECRET = "sécret of both"
SIGNATURE, TOKEN = PUSHES.verifications


def receiver(origin: str = "https://acme.jfrog.io", **options: Any) -> Receiver:
    return Receiver(Origin.parse(origin), "https://hg.example/x", SECRET, options)


def document(event_type: str = "pushed", **data: Any) -> dict[str, Any]:
    return {
        "domain": "docker",
        "event_type": event_type,
        "data": {
            "repo_key": "docker-local",
            "path": "team/app/1.0/list.manifest.json",
            "name": "list.manifest.json",
            "sha256": HEX,
            "size": 1234,
            "image_name": "team/app",
            "tag": "1.0",
            "platforms": [{"architecture": "amd64", "os": "linux"}],
            **data,
        },
        "subscription_key": "jürgens",
        "jpd_origin": "https://acme.jfrog.io",
        "source": "jfrog/jürgen",
    }


def delivery(body: Any, **headers: str) -> Delivery:
    return Delivery(headers, json.dumps(body, ensure_ascii=False).encode())


def events(body: dict[str, Any], to: Receiver | None = None) -> tuple[PushEvent, ...]:
    report = parse(delivery(body), to or receiver())
    assert bool(report.events) != bool(report.ignored)
    return report.events


def ignored(body: dict[str, Any], to: Receiver | None = None) -> str:
    assert events(body, to) == ()
    return parse(delivery(body), to or receiver()).ignored


PUSHED = PushEvent(Action.PUSHED, "docker-local/team/app", "1.0", f"sha256:{HEX}")


@pytest.mark.parametrize("event_type", ["pushed", "promoted"])
def test_a_pushed_tag_is_reported(event_type: str) -> None:
    report = parse(delivery(document(event_type)), receiver())

    assert report.event == f"docker {event_type}"
    assert report.events == (PUSHED,)


def test_a_deleted_tag_is_reported() -> None:
    [event] = events(document("deleted"))

    assert (event.action, event.repository, event.tag) == (
        Action.DELETED,
        "docker-local/team/app",
        "1.0",
    )


def test_a_deleted_image_may_concern_any_tag() -> None:
    [event] = events(document("deleted", tag="", sha256=""))

    assert event == PushEvent(Action.DELETED, "docker-local/team/app")


@pytest.mark.parametrize("tag", [f"sha256:{HEX}", f"sha256__{HEX}", "", None])
def test_a_child_of_an_index_is_ignored(tag: str | None) -> None:
    assert "no tag changed" in ignored(document(tag=tag))


def test_names_at_a_keys_own_address_have_no_key() -> None:
    to = receiver(addressing=BY_HOST, repository_keys=["docker-local"])

    assert [event.repository for event in events(document(), to)] == ["team/app"]


@pytest.mark.parametrize(
    "options",
    [
        {"repository_keys": ("other",)},
        {"addressing": BY_HOST, "repository_keys": ("other",)},
        {"addressing": BY_HOST},
    ],
)
def test_a_key_that_is_not_read_is_ignored(options: dict[str, Any]) -> None:
    assert "repository key" in ignored(document(), receiver(**options))


def test_another_platform_is_named_and_ignored() -> None:
    reason = ignored(document(), receiver("https://docker.acme.example"))

    assert "acme.jfrog.io" in reason
    assert "Platform URL" in reason


def test_the_platform_may_be_another_host_than_the_registry() -> None:
    to = receiver("https://docker.acme.example", api_url="https://acme.jfrog.io/tools")

    assert events(document(), to)


@pytest.mark.parametrize("address", [None, "", "acme", "https://a b", 7])
def test_an_event_without_an_origin_is_reported(address: object) -> None:
    assert events({**document(), "jpd_origin": address})


@pytest.mark.parametrize("change", [{"domain": "artifact"}, {"event_type": "cached"}])
def test_other_events_are_ignored(change: dict[str, str]) -> None:
    assert "changes no image" in ignored({**document(), **change})


@pytest.mark.parametrize("change", [{"image_name": "Team/App"}, {"tag": "a b"}])
def test_invalid_names_are_ignored(change: dict[str, str]) -> None:
    assert "grammar" in ignored(document(**change))


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        "text",
        None,
        {"domain": "docker"},
        {**document(), "event_type": 7},
        {**document(), "data": None},
        {**document(), "data": []},
        document(repo_key=None),
        document(image_name=["team/app"]),
    ],
)
def test_other_payloads_are_malformed(body: Any) -> None:
    with pytest.raises(MalformedDelivery):
        parse(delivery(body), receiver())


@pytest.mark.parametrize("body", [b"", b"\xff", b"{", b"[" * 5000])
def test_a_body_that_is_not_json_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedDelivery):
        parse(Delivery({}, body), receiver())


def signature(body: bytes, key: str = SECRET) -> str:
    return hmac.new(key.encode(), body, hashlib.sha256).hexdigest()


def test_the_signature_covers_the_raw_body() -> None:
    body = delivery(document()).body
    reordered = json.dumps(dict(reversed(document().items())), ensure_ascii=False).encode()
    headers = {"x-jfrog-event-auth": signature(body)}

    assert SIGNATURE.check(Delivery(headers, body), receiver())
    assert not SIGNATURE.check(Delivery(headers, reordered), receiver())
    assert not SIGNATURE.check(Delivery(headers, body + b" "), receiver())


def test_a_secret_and_a_signature_are_not_interchangeable() -> None:
    body = delivery(document()).body
    signed = Delivery({"x-jfrog-event-auth": signature(body)}, body)
    told = Delivery({"x-jfrog-event-auth": SECRET}, body)

    assert TOKEN.check(told, receiver())
    assert not TOKEN.check(signed, receiver())
    assert not SIGNATURE.check(told, receiver())


@pytest.mark.parametrize("verification", PUSHES.verifications)
@pytest.mark.parametrize("given", [{}, {"x-jfrog-event-auth": ""}, {"x-jfrog-event-auth": "x"}])
def test_no_delivery_is_accepted_without_verification(
    verification: Any, given: dict[str, str]
) -> None:
    assert not verification.check(Delivery(given, b"{}"), receiver())


def test_the_steps_contain_the_url_and_the_secret() -> None:
    assert any("{url}" in step for step in PUSHES.steps)
    for verification in PUSHES.verifications:
        assert any("{secret}" in step for step in verification.steps)
