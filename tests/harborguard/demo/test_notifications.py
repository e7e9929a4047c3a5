from __future__ import annotations

from harborguard.demo.content import Change
from harborguard.demo.manifests import manifest_of
from harborguard.demo.notifications import envelope
from registries.providers.distribution.pushes import PUSHES
from registries.providers.shared.delivery import Action, Delivery, PushEvent, Receiver
from registries.transport.origin import Origin

RECEIVER = Receiver(Origin.parse("http://127.0.0.1:5000"), "http://127.0.0.1/hook", "secret")


def test_the_product_understands_what_it_is_told() -> None:
    body = envelope([Change("team/app", "v1", "build"), Change("team/app", "v0")])
    report = PUSHES.parse(Delivery({}, body), RECEIVER)

    digest = manifest_of("team/app", "build").digest
    assert report.events == (
        PushEvent(Action.PUSHED, "team/app", "v1", digest),
        PushEvent(Action.DELETED, "team/app", "v0"),
    )
