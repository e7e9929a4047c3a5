"""Notifications of a self-managed GitLab, whose registry sends what CNCF Distribution sends.

https://docs.gitlab.com/administration/packages/container_registry/

Groups and projects have no webhook for pushed images, so gitlab.com sends none.
"""

from __future__ import annotations

from dataclasses import replace

from registries.providers.distribution.pushes import parse as parse_distribution
from registries.providers.shared.delivery import (
    Delivery,
    DeliveryReport,
    Pushes,
    PushEvent,
    Receiver,
    Verification,
)
from registries.providers.shared.verification import shared_secret

_ENDPOINT = """\
This requires administrator access to a self-managed GitLab. Add this to its /etc/gitlab/gitlab.rb:
registry['notifications'] = [
  {
    'name' => 'harborguard',
    'url' => '{url}',
    'timeout' => '2s',
    'threshold' => 5,
    'backoff' => '10s'
  }
]"""
_HEADER = """\
Below the backoff line, after a comma, add the header to send with each notification:
    'headers' => {
      'Authorization' => ['Bearer {secret}']
    }"""

_OTHER_PROJECT = "This connection does not read the event's group or project"


def parse(delivery: Delivery, receiver: Receiver) -> DeliveryReport:
    """Return the events of this connection: the registry reports all projects of the server."""
    report = parse_distribution(delivery, receiver)
    places = (*receiver.option_list("groups"), *receiver.option_list("projects"))
    events = tuple(event for event in report.events if not places or _is_in(event, places))
    return replace(
        report, events=events, ignored="" if events else report.ignored or _OTHER_PROJECT
    )


def _is_in(event: PushEvent, places: tuple[str, ...]) -> bool:
    return any(f"{event.repository}/".startswith(f"{place.lower()}/") for place in places)


PUSHES = Pushes(
    parse=parse,
    verifications=(
        Verification(
            slug="authorization",
            name="Authorization header",
            check=shared_secret("Authorization", prefixes=("Bearer ", "")),
            steps=(_HEADER,),
        ),
    ),
    steps=(_ENDPOINT,),
    last_steps=("Run gitlab-ctl reconfigure, which restarts the registry.",),
    reports_deletions=True,
)
