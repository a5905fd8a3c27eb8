"""The whole program as a process: what it answered for survives its death, and its log gives nothing away."""

import json
import os
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.store.database import Database
from app.store.inbox import stored_ids
from app.store.tables import executors
from app.store.tables import wakes as slots
from tests.unit.web.door import OPENED, SECRET, Headers, head_of, sign
from tests.waiting import wait_until

ROUNDS = int(os.environ.get("ROUNDS_OF_DEATH", "4"))

CANARIES = {
    "MAYFLY_GITHUB__WEBHOOK_SECRETS": SECRET,
    "MAYFLY_GITHUB__TOKEN": "ghp_canaryCanaryCanaryCanaryCanaryCana01",
    "MAYFLY_SLACK__BOT_TOKEN": "xoxb-canary-canary-canary-02",
    "MAYFLY_SLACK__SIGNING_SECRET": "canary-of-the-signing-secret-03",
    "AWS_ACCESS_KEY_ID": "AKIACANARYCANARY0004",
    "AWS_SECRET_ACCESS_KEY": "canary-of-the-aws-secret-05",
}
NOWHERE = {
    "MAYFLY_GITHUB__API_URL": "http://127.0.0.1:9",
    "MAYFLY_SLACK__API_URL": "http://127.0.0.1:9/api/",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    "MAYFLY_AWS__REGIONS": "eu-west-1",
}


class Program:
    """`mayfly COMMAND` on a free port."""

    def __init__(self, command: str, folder: Path) -> None:
        self.folder = folder
        self._log = folder / f"{uuid.uuid4()}.log"
        database = {"MAYFLY_DATABASE_URL": f"sqlite:///{folder / 'mayfly.db'}", "MAYFLY_WEB__PORT": "0"}
        environ = {**os.environ, **CANARIES, **NOWHERE, **database}
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "workers", command], env=environ, stderr=log, stdout=log
            )

    def log(self) -> list[dict[str, Any]]:
        """Every line so far; each has to be JSON."""
        return [json.loads(line) for line in self.text().splitlines()]

    def text(self) -> str:
        """The log as it stands."""
        return self._log.read_text()

    def said(self, event: str) -> bool:
        """Whether a line with this event was logged."""
        return f'"{event}"' in self.text()

    @property
    def url(self) -> str:
        """Where its doors are; waits until they are open."""
        wait_until(lambda: self.said("doors opened"), seconds=20)
        address: str = next(line["address"] for line in self.log() if line["event"] == "doors opened")
        return address

    def deliver(self, headers: Headers, body: bytes = OPENED) -> httpx.Response:
        """Hand in one delivery."""
        return httpx.post(f"{self.url}/webhooks/github", content=body, headers=headers)

    def stop(self) -> int:
        """Ask it to stop; its status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[str], Program]]:
    """Starts programs on one database, and ends them."""
    programs: list[Program] = []

    def run(command: str) -> Program:
        programs.append(Program(command, tmp_path))
        return programs[-1]

    yield run
    for program in programs:
        program.process.kill()
        program.process.wait()


def _stored(folder: Path) -> list[str]:
    database = Database(f"sqlite:///{folder / 'mayfly.db'}")
    with database.read() as connection:
        found = list(stored_ids(connection))
    database.close()
    return found


class TestDeath:
    def test_nothing_that_was_answered_for_is_lost_and_nothing_is_doubled(
        self, start: Callable[[str], Program], tmp_path: Path
    ) -> None:
        answered: list[str] = []
        senders, program = _senders(start("web"), answered)
        wait_until(lambda: len(answered) > 100)
        program.process.kill()
        for sender in senders:
            sender.join()
        assert set(answered) <= set(_stored(tmp_path))
        again = start("web")
        before = len(_stored(tmp_path))
        assert {again.deliver(head_of(delivery=delivery)).status_code for delivery in answered[-20:]} == {202}
        assert len(_stored(tmp_path)) == before


class TestManyDeaths:
    @pytest.mark.alone
    def test_round_after_round_all_that_was_answered_for_is_stored_once_and_takes_effect_once(
        self, start: Callable[[str], Program], tmp_path: Path
    ) -> None:
        answered: list[str] = []
        for _ in range(ROUNDS):
            before = len(answered)
            senders, program = _senders(start("serve"), answered)
            wait_until(lambda before=before: len(answered) > before + 60, seconds=30)  # type: ignore[misc]
            program.process.kill()
            for sender in senders:
                sender.join()
        stored = _stored(tmp_path)
        assert len(answered) == len(set(answered))
        assert set(answered) <= set(stored)
        assert len(stored) == len(set(stored))
        last = start("serve")
        wait_until(lambda: last.text().count('"pass failed"') > 0, seconds=30)  # it was woken, and GitHub is nowhere
        assert _slots_of(tmp_path, "acme/shop#57") == 1


def _senders(program: Program, answered: list[str]) -> tuple[list[threading.Thread], Program]:
    """Four that send until nobody answers; what was answered for is noted."""
    url = f"{program.url}/webhooks/github"

    def send() -> None:
        with httpx.Client() as client:
            while True:
                delivery = str(uuid.uuid4())
                try:
                    answer = client.post(url, content=OPENED, headers=head_of(delivery=delivery))
                except httpx.TransportError:
                    return
                answered.extend([delivery] if answer.status_code == 202 else [])

    senders = [threading.Thread(target=send) for _ in range(4)]
    for sender in senders:
        sender.start()
    return senders, program


def _slots_of(folder: Path, key: str) -> int:
    """How many keys of this name wait or rest: one, however many deliveries it was woken by."""
    database = Database(f"sqlite:///{folder / 'mayfly.db'}")
    with database.read() as connection:
        found = connection.execute(slots.select().where(slots.c.key == key)).all()
    database.close()
    return len(found)


class TestStop:
    def test_serve_ends_its_passes_and_leaves_no_executor_behind(
        self, start: Callable[[str], Program], tmp_path: Path
    ) -> None:
        program = start("serve")
        assert program.deliver(head_of()).status_code == 202
        assert program.stop() == 0
        database = Database(f"sqlite:///{tmp_path / 'mayfly.db'}")
        with database.read() as connection:
            assert connection.execute(executors.select()).all() == []
        database.close()

    @pytest.mark.parametrize("command", ["serve", "web"])
    def test_a_wish_to_stop_during_the_start_is_not_forgotten(
        self, start: Callable[[str], Program], command: str
    ) -> None:
        program = start(command)
        wait_until((program.folder / "mayfly.db").exists, seconds=20)
        assert program.stop() == 0

    @pytest.mark.parametrize("command", ["web", "worker"])
    def test_the_others_end_as_well(self, start: Callable[[str], Program], command: str) -> None:
        program = start(command)
        wait_until(lambda: program.said("doors opened" if command == "web" else "workers started"), seconds=20)
        assert program.stop() == 0


class TestTheLog:
    def test_every_line_is_json_hostile_text_is_escaped_and_no_secret_is_in_it(
        self, start: Callable[[str], Program]
    ) -> None:
        program = start("serve")
        assert program.deliver(head_of()).headers.get("server") is None
        wrong = sign(OPENED, CANARIES["MAYFLY_GITHUB__TOKEN"])
        assert program.deliver(head_of(signature=wrong)).status_code == 401
        hostile = (
            b'{"ref": "refs/heads/\\u001b[31m\\"\\r\\n{\\"event\\": \\"forged\\"}", "repository": {"full_name": "a/b"}}'
        )
        assert program.deliver(head_of(hostile, event="push"), hostile).status_code == 202
        branch = b'{"ref": "refs/heads/\xe2\x80\xa8<script>$(id)", "repository": {"full_name": "acme/shop"}}'
        assert program.deliver(head_of(branch, event="push"), branch).status_code == 202
        httpx.get(program.url.replace("http://", "http://user:pass@") + "/%0d%0aX: y?token=x")
        wait_until(lambda: program.text().count('"pass failed"') >= 2)
        assert program.stop() == 0
        events = [line["event"] for line in program.log()]
        assert events.count("delivery kept") == 3
        assert events.count("delivery refused") == 1
        assert "forged" not in events
        leaked = [name for name, secret in CANARIES.items() if secret in program.text()]
        assert leaked == []
