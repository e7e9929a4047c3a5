"""boto3 sessions without access to settings or credentials of the machine.

By default, boto3 looks for them in the environment, in ~/.aws and at the metadata service, so that
a connection would be read with permissions that were not granted to it.
"""

from __future__ import annotations

import logging
import os
import threading
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from registries.providers.ecr.location import Location

if TYPE_CHECKING:
    import boto3

_LOCK = threading.Lock()
_FILES = ("config_file", "credentials_file")


@dataclass(frozen=True, slots=True)
class Keys:
    """AWS keys. ``token`` comes with temporary keys."""

    access_key: str
    secret: str = field(repr=False)
    token: str = field(default="", repr=False)


def new_client(service: str, place: Location, keys: Keys, url: str) -> Any:
    """Return a client. ``url`` is the API's URL, or "" for the one of AWS."""
    from botocore.config import Config

    config = Config(  # type: ignore[call-arg]  # its stubs are of an older one
        # Our transport does the retries.
        retries={"total_max_attempts": 1, "mode": "standard"},
        ignore_configured_endpoint_urls=True,
        use_fips_endpoint=place.is_fips and not url,
        use_dualstack_endpoint=place.is_dual_stack and not url,
        # Proxies of the environment are not used.
        proxies={},
    )
    with _LOCK:
        return _session().client(  # type: ignore[call-overload]
            service,
            region_name=place.region,
            endpoint_url=url or None,
            aws_access_key_id=keys.access_key,
            aws_secret_access_key=keys.secret,
            aws_session_token=keys.token or None,
            verify=True,
            config=config,
        )


@lru_cache(maxsize=1)
def _session() -> boto3.Session:
    """Return the session for all connections: it holds no credentials, and its models are large."""
    import boto3
    from botocore.configprovider import BOTOCORE_DEFAUT_SESSION_VARIABLES as VARIABLES
    from botocore.credentials import CredentialResolver
    from botocore.loaders import Loader
    from botocore.session import Session as CoreSession

    # boto3 logs whole responses, and that of AssumeRole contains credentials.
    logging.getLogger("botocore").setLevel(logging.INFO)
    defaults = {name: (None, None, spec[2], spec[3]) for name, spec in VARIABLES.items()}
    nowhere = dict.fromkeys(_FILES, (None, None, os.devnull, None))
    core = CoreSession(session_vars=defaults | nowhere)
    loader = Loader([Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)
    core.register_component("data_loader", loader)
    core.register_component("credential_provider", CredentialResolver(providers=[]))
    return boto3.Session(botocore_session=core)
