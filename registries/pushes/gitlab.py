"""Notifications of a GitLab of one's own, whose registry sends what CNCF Distribution sends.

https://docs.gitlab.com/administration/packages/container_registry/

There is no webhook for pushed images at groups and projects, so none at gitlab.com.
"""

from __future__ import annotations

from registries.pushes.delivery import Pushes, Verification
from registries.pushes.distribution import parse
from registries.pushes.verification import told

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
    steps=(_ENDPOINT, "Run gitlab-ctl reconfigure: the registry is restarted with it."),
    tells_deletes=True,
)
