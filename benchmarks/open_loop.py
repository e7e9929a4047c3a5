"""Open-loop load: requests arrive on a schedule, as from independent users.

Latency is measured from the time a request was due. A generator that waits for each response
before the next request would leave out the worst delays. Each request has its own connection, as
from curl or nginx by default, so that any free web process takes it; kept connections would stay
with one process.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice

_PATIENCE = 10.0


class BadAnswer(Exception):
    pass


@dataclass(slots=True)
class Measured:
    latencies: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    cpu_seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Successful responses per second."""
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


@dataclass(frozen=True, slots=True)
class Caller:
    """A client that posts the ``bodies`` in turn, or requests pages without any."""

    port: int
    headers: Mapping[str, str]
    bodies: Iterator[bytes] | None = None
    good: int = 200

    async def ask(self, path: str) -> None:
        """Send a request; raise OSError, or BadAnswer for an unsuccessful response."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            body = b"" if self.bodies is None else next(self.bodies)
            lines = [
                f"{'GET' if self.bodies is None else 'POST'} {path} HTTP/1.1",
                *(f"{name}: {text}" for name, text in self._headers(body)),
            ]
            writer.write("\r\n".join([*lines, "", ""]).encode() + body)
            answer = await reader.read(-1)
        finally:
            writer.close()
        head, _, body = answer.partition(b"\r\n\r\n")
        if not head.startswith(f"HTTP/1.1 {self.good} ".encode()):
            raise BadAnswer(head.partition(b"\r\n")[0].decode("latin-1") or "no answer")
        if f"content-length: {len(body)}".encode() not in head.lower():
            raise BadAnswer("cut off")

    def _headers(self, body: bytes) -> list[tuple[str, str]]:
        length = [("Content-Length", str(len(body)))] if self.bodies is not None else []
        return [*self.headers.items(), *length, ("Connection", "close")]


async def load(caller: Caller, paths: Sequence[str], rate: int, seconds: int) -> Measured:
    """Request the paths in turn, ``rate`` times per second, however long responses take."""
    measured = Measured()
    cpu, started = time.process_time(), time.monotonic()
    async with asyncio.TaskGroup() as requests:
        for number, path in enumerate(islice(cycle(paths), rate * seconds)):
            due = started + number / rate
            if (early := due - time.monotonic()) > 0:
                await asyncio.sleep(early)
            requests.create_task(_ask(caller, path, due, measured))
    measured.seconds = time.monotonic() - started
    measured.cpu_seconds = time.process_time() - cpu
    return measured


async def _ask(caller: Caller, path: str, due: float, measured: Measured) -> None:
    try:
        async with asyncio.timeout(_PATIENCE):
            await caller.ask(path)
    except (OSError, BadAnswer) as error:  # a timeout is an OSError
        measured.errors[str(error) or type(error).__name__] += 1
    else:
        measured.latencies.append(time.monotonic() - due)
