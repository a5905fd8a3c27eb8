"""The door for webhooks: how many deliveries it keeps, how soon it answers, what one costs, beside two yardsticks.

The server is on one core and the sender on another, where there are two. All servers take turns within a round, since
others may be at work on the machine: the CPU that one delivery costs and the ratios are what can be compared.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from tests.bench.gauges import cpu_seconds, megabytes, on_each
from tests.bench.sender import SECRET
from tests.bench.walk import write
from tests.scenarios.world import environment, free_port

ROUNDS = 3
STEPS = {1: 400, 16: 3_000, 64: 6_000}
"""Connections, and how many deliveries they send together."""
PULL_REQUESTS = 30
OTHER_EACH_TIME = 0
BARE, USUAL, MAYFLY = "the signature alone, nothing kept", "FastAPI, one commit each", "Mayfly"


@dataclass(frozen=True)
class Run:
    """One server under one load: deliveries a second, milliseconds, microseconds of CPU for each, megabytes."""

    rate: float
    p50: float
    p99: float
    cpu: float
    memory: float


def measure() -> None:
    """Measure on each database that is installed."""
    write(f"The door: deliveries of 24 KB, best of {ROUNDS} rounds; SQLite synced to disk, PostgreSQL not")
    on_each(_figures)


def _figures(url: str) -> dict[str, str]:
    rounds = [_round(url) for _ in range(ROUNDS)]
    best = {key: max((each[key] for each in rounds), key=lambda run: run.rate) for key in rounds[0]}
    cheapest = {key: min(each[key].cpu for each in rounds) for key in rounds[0]}
    calmest = {key: min(each[key].p99 for each in rounds) for key in rounds[0]}
    told: dict[str, str] = {}
    for (name, connections), run in best.items():
        told[f"{name}, {connections}: a second"] = f"{run.rate:,.0f}"
        told["  " * 2 + f"p50 / p99 of {connections}, {name}"] = f"{run.p50:.1f} / {calmest[name, connections]:.1f} ms"
        told["  " * 2 + f"CPU for each of {connections}, {name}"] = f"{cheapest[name, connections]:.0f} us"
    many = max(STEPS)
    own = best[MAYFLY, many]
    told["Mayfly, of the signature alone"] = f"{own.rate / best[BARE, many].rate:.2f}"
    told["Mayfly, times FastAPI"] = f"{own.rate / best[USUAL, many].rate:.1f}"
    told["Mayfly, memory"] = f"{max(each[MAYFLY, many].memory for each in rounds):.0f} MB"
    return told


def _round(url: str) -> dict[tuple[str, object], Run]:
    found: dict[tuple[str, object], Run] = {}
    for name, command, settings in (
        (BARE, ["tests.bench.yardsticks", "bare"], {}),
        (USUAL, ["tests.bench.yardsticks", "usual"], {}),
        (MAYFLY, ["workers", "web"], {"MAYFLY_DATABASE_URL": url}),
    ):
        with _server(command, settings, url) as (pid, port):
            for connections, count in STEPS.items():
                found[name, connections] = load(pid, port, connections, count, PULL_REQUESTS)
            if name == MAYFLY:
                found[name, "64, each another pull request"] = load(pid, port, 64, 3_000, OTHER_EACH_TIME)
    return found


def load(pid: int, port: int, connections: int, count: int, pull_requests: int) -> Run:
    """Send so many deliveries to a server and see what it does."""
    command = [sys.executable, "-m", "tests.bench.sender", *map(str, (port, connections, count, pull_requests))]
    sender = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    _settle(sender.pid, max)
    assert sender.stdout
    sender.stdout.readline()  # it is ready
    before = cpu_seconds(pid)
    told, _ = sender.communicate("go\n")
    spent, figures = cpu_seconds(pid) - before, json.loads(told)
    assert figures["refused"] == 0, f"{figures['refused']} were refused: {figures['first']}"
    assert figures["answered"] == count
    return Run(figures["rate"], figures["p50"], figures["p99"], spent / count * 1e6, megabytes(pid))


@contextmanager
def _server(command: Sequence[str], settings: dict[str, str], url: str) -> Iterator[tuple[int, int]]:
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="mayfly-bench-") as folder:
        own = f"sqlite:///{folder}/usual.db" if url.startswith("sqlite") else url
        arguments = [str(port), own] if command[0] != "workers" else []
        environ = environment(
            {
                "MAYFLY_WEB__PORT": str(port),
                "MAYFLY_GITHUB__WEBHOOK_SECRETS": SECRET,
                "PYTHONPATH": str(Path.cwd()),
                **settings,
            }
        )
        with (Path(folder) / "log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", *command, *arguments],
                env=environ,
                stdout=log,
                stderr=log,
            )
        _settle(process.pid, min)
        try:
            _wait_for(port, process)
            yield process.pid, port
        finally:
            process.terminate()
            process.wait(20)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1).close()
        except HTTPError:
            return
        except (URLError, OSError):
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the server did not come up")


def _settle(pid: int, choose: Callable[[Iterable[int]], int]) -> None:
    """Keep a process on one of the cores that we have."""
    os.sched_setaffinity(pid, {choose(os.sched_getaffinity(0))})


if __name__ == "__main__":
    measure()
