"""The reaper's eyes over two fleets: how many requests a look takes, how long, and whether all of it is right.

AWS is a small server of its own process, 25 ms away, with AWS's published rates; past them it answers that it is
throttled. `nothing known` is the first look at an account, as any other tool sees it; `our own stacks` has them in the
ledger; `an hour later` remembers the look before.
"""

import json
import multiprocessing
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing.connection import Connection
from unittest.mock import patch

from app.aws.client import Aws
from app.aws.fleet.eyes import Eyes, Sight
from app.aws.fleet.strays import Ledger
from app.aws.prices import prices_of
from app.core.fleet import Verdict
from app.core.memory import Memory
from tests.bench.gauges import write_table
from tests.bench.walk import write
from tests.fleet.build import Truth, a_fleet
from tests.fleet.door import RATES, FleetAws
from tests.fleet.world import NOW, REGION

LATENCY = 0.025
BOUNDS = {200: (60, 1.5), 1000: (250, 8.0)}
"""At most so many requests, and so many seconds, for a first look at a fleet of a size."""
WINDOW = timedelta(days=14)


def measure() -> None:
    """Looks at each fleet."""
    for size, (most, seconds) in BOUNDS.items():
        write(f"The reaper's look at {size} stacks and 400 leftovers (at most {most} requests, {seconds:g} s)")
        with serving(size) as (truth, clients, counted):
            looks = Looks(truth, clients, counted)
            first, memory = looks.take({}, Memory(), 0)
            later, _ = looks.take({}, memory, 1)
            ours, memory = looks.take(truth.ledger, Memory(), 0)
            again, _ = looks.take(truth.ledger, memory, 1)
        write_table({"nothing known": first, "an hour later": later, "our own stacks": ours, "an hour after": again})


class Looks:
    """Looks at one fleet, each checked against the truth."""

    def __init__(self, truth: Truth, clients: Aws, counted: Connection) -> None:
        self._truth = truth
        self._eyes = Eyes(clients, prices_of)
        self._counted = counted

    def take(self, ledger: Ledger, memory: Memory, hours: int) -> tuple[dict[str, str], Memory]:
        """One look: its figures, and what it remembers."""
        self._count()
        began, busy = time.monotonic(), time.process_time()
        sight = self._eyes.look("default", REGION, ledger, memory, WINDOW, NOW + timedelta(hours=hours))
        took, cpu = time.monotonic() - began, time.process_time() - busy
        requests, throttled = self._count()
        figures = {
            "requests": str(requests),
            "of them throttled": str(throttled),
            "seconds": f"{took:.2f}",
            "seconds of the processor": f"{cpu:.2f}",
            "used, idle, unknown, loose; wrong": self._judge(sight),
        }
        return figures, sight.memory

    def _count(self) -> tuple[int, int]:
        """The requests since the last count, and those refused."""
        self._counted.send("count")
        requests, throttled = self._counted.recv()
        return requests, throttled

    def _judge(self, sight: Sight) -> str:
        truth = self._truth
        found = {verdict: {s.id for s in sight.look.stacks if s.usage.verdict is verdict} for verdict in Verdict}
        loose = {each.arn for each in sight.look.loose}
        pairs = (
            (found[Verdict.USED], truth.used),
            (found[Verdict.UNUSED], truth.idle),
            (found[Verdict.UNKNOWN], truth.stuck),
            (loose, truth.loose),
        )
        wrong = sum(len(seen ^ true) for seen, true in pairs) + len(sight.look.unread)
        return f"{', '.join(str(len(seen)) for seen, _ in pairs)}; {wrong}"


@contextmanager
def serving(size: int) -> Iterator[tuple[Truth, Aws, Connection]]:
    """A fleet behind a server of its own process; the truth about it, clients for it, and its counter."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=serve, args=(size, there), daemon=True)
    process.start()
    try:
        environment = json.loads(here.recv())
        with patch.dict(os.environ, environment):
            clients = Aws((REGION,))
            warm(clients)
            yield a_fleet(size)[1], clients, here
    finally:
        here.send("stop")
        process.join()


def warm(clients: Aws) -> None:
    """Make the clients, which a process does once and takes half a second."""
    clients.account_id("default")
    for service in ("cloudformation", "cloudwatch", "dynamodb", "events", "lambda", "logs", "s3", "sns", "sqs"):
        clients.reader(service, "default", REGION)
    clients.reader("resourcegroupstaggingapi", "default", REGION)


def serve(size: int, owner: Connection) -> None:
    """The server's process, until its owner says stop or is gone."""
    world, _ = a_fleet(size)
    with FleetAws(world, LATENCY, RATES) as aws:
        owner.send(json.dumps(aws.environment))
        while True:
            try:
                if owner.recv() == "stop":
                    return
            except EOFError:
                return
            owner.send((aws.requests, aws.throttled))
            aws.begin(world)
