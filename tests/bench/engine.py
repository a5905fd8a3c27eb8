"""The engine: how soon a wake becomes a pass, what an idle process costs, and how quickly many keys settle."""

import random
import tempfile
import threading
import time
from datetime import timedelta
from functools import partial
from pathlib import Path

from app.sandbox.aws import AwsSandbox
from app.store.wake import Kind
from tests.bench.gauges import megabytes, on_each, percentiles, share_of_a_core
from tests.bench.walk import write
from tests.contract.stage import playing
from tests.scenarios.fleet import Fleet, fleet_on
from tests.scenarios.fleet_process import STACK
from tests.scenarios.world import World
from tests.waiting import wait_until

WAKES = 40
FLEET = 200
IDLE = 1000
CALM = 12.0
"""Seconds until what a process does at its start is over."""


def measure() -> None:
    """Measure each figure on SQLite and on PostgreSQL."""
    write("The engine")
    on_each(lambda url: {**latency(url), **burst(url), **idle_keys(url)})
    on_each(settling)
    write("`mayfly serve` with nothing to do")
    on_each(idle_serve)


def latency(url: str) -> dict[str, str]:
    """From the call of `wake` to the first line of the pass."""
    chance, taken = random.Random(1), []
    with playing(url) as stage:
        for number in range(WAKES):
            started, began = threading.Event(), time.perf_counter()
            stage.acts[f"SHOP-{number}"] = started.set
            stage.wake(f"SHOP-{number}")
            started.wait()
            taken.append(time.perf_counter() - began)
            time.sleep(chance.uniform(0.1, 0.4))
    return {f"wake to pass, p50 / p99 of {WAKES}": percentiles(taken)}


def burst(url: str) -> dict[str, str]:
    """Seven wakes in a row of a key whose pass takes a while."""
    with playing(url) as stage:
        stage.acts["busy"] = partial(time.sleep, 0.3)
        for _ in range(7):
            stage.wake("busy")
            time.sleep(0.05)
        stage.wake("another")
        wait_until(lambda: stage.count("another") == 1)
        time.sleep(1)
        return {"passes after 7 wakes of one key": str(stage.count("busy"))}


def idle_keys(url: str) -> dict[str, str]:
    """A worker with no key, and the same one with many whose time has not come."""
    with fleet_on(url) as fleet:
        worker = fleet.hire()
        worker.wait_until_up()
        none = _calm_share(worker.process.pid)
        with fleet.database.begin() as connection:
            for number in range(IDLE):
                fleet.wakes.wake(connection, Kind.SOURCE, f"idle-{number}", timedelta(hours=1))
        many = _calm_share(worker.process.pid)
    return {f"idle worker, CPU with 0 / {IDLE} waiting keys": f"{none:.1f} / {many:.1f} %"}


def _calm_share(pid: int) -> float:
    time.sleep(CALM)
    return share_of_a_core(pid, 6)


def settling(url: str) -> dict[str, str]:
    """Many stacks at once, with two workers."""
    with fleet_on(url, seconds=0) as fleet:
        for worker in [fleet.hire() for _ in range(2)]:
            worker.wait_until_up()
        began = time.monotonic()
        fleet.push(f"SHOP-{number}" for number in range(FLEET))
        pushed = time.monotonic() - began
        wait_until(lambda: not fleet.unsettled(), seconds=60)
        took = time.monotonic() - began
        return {
            f"{FLEET} stacks of {STACK.seconds} s, 2 workers: until all stand": f"{took:.1f} s",
            "  of it, pushing them one by one": f"{pushed:.1f} s",
            "  passes, and by how many each worker": f"{len(fleet.record())} ({_split(fleet)})",
        }


def _split(fleet: Fleet) -> str:
    names = [each.name for each in fleet.record()]
    return "/".join(str(names.count(name)) for name in fleet.workers)


def idle_serve(url: str) -> dict[str, str]:
    """The real program between the stand-ins."""
    with (
        AwsSandbox.start() as aws,
        tempfile.TemporaryDirectory() as folder,
        World(aws, Path(folder), {"MAYFLY_DATABASE_URL": url}) as world,
    ):
        pid = world.start().pid
        time.sleep(CALM)
        return {"CPU": f"{share_of_a_core(pid, 30):.1f} %", "memory": f"{megabytes(pid):.0f} MB"}
