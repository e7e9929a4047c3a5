"""Measure pushes: the latency on an idle system, and many calls at once.

PostgreSQL, Valkey, the image's web process, a worker of the queue push, and docker-registry. `make
bench-pushes` starts it; it prints the numbers of docs/performance.md.
"""

from __future__ import annotations

import asyncio
import json
import os
import platform
import random
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks import cpu
from benchmarks.installation import Web, installation, postgresql_pid, web
from benchmarks.open_loop import Caller, load
from tests.services.docker_registry import DockerRegistry
from tests.services.process import ServiceProcess
from tests.services.registry_config import RegistryConfig

PUSHES = int(os.environ.get("BENCH_PUSHES", "60"))
RATE = int(os.environ.get("BENCH_RATE", "300"))
SECONDS = int(os.environ.get("BENCH_SECONDS", "60"))
REPOSITORIES = int(os.environ.get("BENCH_REPOSITORIES", "100"))
TAGS = int(os.environ.get("BENCH_TAGS", "10"))

_PATIENCE_SECONDS = 10
_SETTLED_SECONDS = 60
_numbers = count(1)


def main() -> None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hg-", dir="/tmp")))
        folder.chmod(0o755)
        os.environ["HARBORGUARD_ALLOW_LOOPBACK"] = "true"
        stack.enter_context(installation(folder, os.environ.get("BENCH_DATABASE_URL")))
        storage = folder / "registry"
        storage.mkdir()
        service = DockerRegistry(RegistryConfig(storage))
        stack.callback(service.stop)
        service.seed(
            [f"burst/app-{n:04}" for n in range(REPOSITORIES)], [f"v{n}" for n in range(TAGS)]
        )
        service.seed([f"idle/app-{n:04}" for n in range(PUSHES)], ["v1"])
        server = stack.enter_context(web(folder))
        worker = stack.enter_context(_worker(folder))
        say(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
        say_idle(_one_after_another(_connected("idle", service), server))
        pids = {"web": server.pid, "push worker": worker, "database": postgresql_pid()}
        say_burst(_connected("burst", service), server, pids)


@contextmanager
def _worker(folder: Path) -> Iterator[int]:
    log = folder / "worker.log"
    command = [sys.executable, "-m", "celery", "-A", "harborguard.celery", "worker"]
    options = ["--queues=push", "--without-gossip", "--without-mingle"]
    process = ServiceProcess([*command, *options], log=log)
    try:
        process.wait_until(lambda: " ready." in log.read_text())
        yield process.pid
    finally:
        process.stop()


def _connected(name: str, service: DockerRegistry) -> Any:
    """A registry that was connected, and that nobody has synced."""
    from harborguard.access.actor import Actor
    from sync.services import connecting

    registry, _ = connecting.connect(
        by=Actor("bench"),
        first_sync=False,
        name=name,
        url=service.url,
        insecure=True,
        schedule="on_push",
        repository_include=[f"{name}/*"],
    )
    return registry


def _webhook(registry: Any) -> tuple[str, dict[str, str]]:
    from registries.webhook import setup

    shown = setup.shown(registry, "http://localhost")
    headers = {"Host": "localhost", "Authorization": f"Bearer {shown.secret}"}
    return urlsplit(shown.url).path, headers


def _body(repository: str, tag: str) -> bytes:
    target = {
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "repository": repository,
        "tag": tag,
    }
    event = {"id": f"bench-{next(_numbers)}", "action": "push", "target": target}
    return json.dumps({"events": [event]}).encode()


def _one_after_another(registry: Any, server: Web) -> list[float]:
    """Seconds from the moment at which the call is sent to that at which its image is there."""
    from inventory.models import Image

    path, headers = _webhook(registry)
    took = []
    for number in range(PUSHES):
        repository = f"idle/app-{number:04}"
        image = Image.objects.filter(registry=registry, repository__name=repository)
        started = time.monotonic()
        connection = HTTPConnection("127.0.0.1", server.port, timeout=_PATIENCE_SECONDS)
        connection.request("POST", path, _body(repository, "v1"), headers)
        status = connection.getresponse().status
        connection.close()
        if status != 202:
            raise SystemExit(f"{path}: {status}")
        while not image.exists():
            if time.monotonic() - started > _PATIENCE_SECONDS:
                raise SystemExit(f"{repository} never came")
            time.sleep(0.002)
        took.append(time.monotonic() - started)
        time.sleep(0.3)
    return sorted(took)


def say_idle(took: list[float]) -> None:
    p50, p95 = took[len(took) // 2], took[int(len(took) * 0.95)]
    say(
        f"Idle, {len(took)} pushes: from the call to the committed row "
        f"p50 {p50 * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms, most {took[-1] * 1000:.0f} ms"
    )


def say_burst(registry: Any, server: Web, pids: dict[str, int]) -> None:
    from sync.models import PushDelivery

    path, headers = _webhook(registry)
    spent = {name: cpu.seconds_of(pid) for name, pid in pids.items()}
    spent_by_all = cpu.seconds_of_all()
    measured = asyncio.run(
        load(Caller(server.port, headers, _bodies(), good=202), [path], RATE, SECONDS)
    )
    _until_settled(registry)
    shares = ", ".join(
        f"{name} {(cpu.seconds_of(pid) - spent[name]) / SECONDS:.2f}" for name, pid in pids.items()
    )
    rates = [f"p{share} {measured.percentile(share / 100) * 1000:.0f} ms" for share in (50, 95, 99)]
    say(
        f"{RATE} calls/s for {SECONDS} s about {REPOSITORIES} repositories: {', '.join(rates)}, "
        f"most {measured.percentile(1) * 1000:.0f} ms, {measured.rate:.0f} answers/s, "
        f"errors {dict(measured.errors) or 'none'}"
    )
    whole = (cpu.seconds_of_all() - spent_by_all) / SECONDS
    generator = measured.cpu_seconds / SECONDS
    say(f"Cores: {shares}, the generator {generator:.2f}, the whole machine {whole:.2f}")
    runs: defaultdict[str, set[int | None]] = defaultdict(set)
    rows = PushDelivery.objects.filter(registry=registry)
    for named, run_id in rows.values_list("named", "run_id"):
        for one in named:
            runs[one["repository"]].add(run_id)
    say(f"Deliveries: {dict(Counter(rows.values_list('verdict', flat=True)))}")
    say(f"Runs: {registry.runs.count()}; of one repository {max(map(len, runs.values()))} at most")
    say(f"Images: {registry.images.count()} of {REPOSITORIES * TAGS}")


def _bodies() -> Iterator[bytes]:
    chance = random.Random(1)
    for number in count():
        repository = f"burst/app-{number % REPOSITORIES:04}"
        yield _body(repository, f"v{chance.randrange(TAGS)}")


def _until_settled(registry: Any) -> None:
    """Wait until nothing is pending. The last targets need a message, or the tick, which is not
    here."""
    deadline = time.monotonic() + _SETTLED_SECONDS
    while registry.pending_pushes.filter(due_at__isnull=False).exists():
        if time.monotonic() > deadline:
            raise SystemExit("What was pushed has not been read")
        time.sleep(0.2)
    time.sleep(1)


def say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    main()
