"""Ping a registry, and report its first answer: signing in takes several requests, one of which may
hang."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from registries.providers.shared.base import RegistryClient

_LOOKED_FOR_EVERY = 0.05


def ping(client: RegistryClient) -> Iterator[None]:
    """Yield once an answer has come, if the rest takes longer; raise what ``ping`` raises.

    The thread outlives an iterator that is closed early, by as long as the request takes.
    """
    failures: list[BaseException] = []
    is_over = threading.Event()

    def run() -> None:
        try:
            client.ping()
        except BaseException as error:  # raised again in the consumer
            failures.append(error)
        finally:
            is_over.set()

    threading.Thread(target=run, name="registry-ping", daemon=True).start()
    is_told = False
    while not is_over.wait(_LOOKED_FOR_EVERY):
        if not is_told and client.traffic.bytes_read:
            is_told = True
            yield
    for failure in failures:
        raise failure
