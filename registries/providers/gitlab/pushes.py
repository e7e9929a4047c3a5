"""Notifications of a GitLab of one's own, whose registry sends what CNCF Distribution sends.

https://docs.gitlab.com/administration/packages/container_registry/

There is no webhook for pushed images at groups and projects, so none at gitlab.com.
"""

from __future__ import annotations

from dataclasses import replace

from registries.providers.distribution.pushes import parse as parsed
from registries.providers.shared.delivery import (
    Delivery,
    Heard,
    Pushes,
    PushEvent,
    Receiver,
    Verification,
)
from registries.providers.shared.verification import told

_ENDPOINT = """\
Only who runs a GitLab of their own can do this. Add to its /etc/gitlab/gitlab.rb:
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
Below the line of the backoff, after a comma, add what is to be sent with each notification:
    'headers' => {
      'Authorization' => ['Bearer {secret}']
    }"""

_OUTSIDE = "Of a group or project that is none of this connection's"


def parse(delivery: Delivery, receiver: Receiver) -> Heard:
    """The registry tells of all projects of the server, whoever they belong to."""
    heard = parsed(delivery, receiver)
    places = (*receiver.option_list("groups"), *receiver.option_list("projects"))
    wanted = tuple(event for event in heard.events if not places or _is_in(event, places))
    return replace(heard, events=wanted, ignored="" if wanted else heard.ignored or _OUTSIDE)


def _is_in(event: PushEvent, places: tuple[str, ...]) -> bool:
    return any(f"{event.repository}/".startswith(f"{place.lower()}/") for place in places)


PUSHES = Pushes(
    parse=parse,
    verifications=(
        Verification(
            slug="authorization",
            name="Authorization header",
            check=told("Authorization", prefixes=("Bearer ", "")),
            steps=(_HEADER,),
        ),
    ),
    steps=(_ENDPOINT,),
    last_steps=("Run gitlab-ctl reconfigure: the registry is restarted with it.",),
    tells_deletes=True,
)
