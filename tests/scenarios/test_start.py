"""Start: `mayfly serve` refuses what it could not do its work with, in one line that says what to do."""

import socket
import subprocess
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.scenarios.world import SECRET, free_port, run_mayfly

AT_ONCE = 3
TAKEN = "<a taken port>"
SECRETS = (SECRET, "hunter2", "s3cret-word", "NONSENSE", "ghp_0123456789abcdef0123")


@dataclass(frozen=True)
class Wrong:
    """What is wrong with the settings (None leaves one out), and the words of the refusal."""

    settings: dict[str, str | None]
    words: str


WRONG = {
    "no webhook secret": Wrong({"MAYFLY_GITHUB__WEBHOOK_SECRETS": None}, "MAYFLY_GITHUB__WEBHOOK_SECRETS is not set"),
    "a secret that can be guessed": Wrong({"MAYFLY_GITHUB__WEBHOOK_SECRETS": "hunter2"}, "shorter than 12 characters"),
    "a misspelt setting": Wrong(
        {"MAYFLY_GITHUB__TOKENS": "x"}, "MAYFLY_GITHUB__TOKENS is no setting; did you mean MAYFLY_GITHUB__TOKEN?"
    ),
    "no credentials for GitHub": Wrong({"MAYFLY_GITHUB__TOKEN": None}, "no GitHub credentials"),
    "a key that is no key": Wrong(
        {"MAYFLY_GITHUB__TOKEN": None, "MAYFLY_GITHUB__APP_ID": "7", "MAYFLY_GITHUB__PRIVATE_KEY": "NONSENSE"},
        "MAYFLY_GITHUB__PRIVATE_KEY is no App's key",
    ),
    "another kind of database": Wrong({"MAYFLY_DATABASE_URL": "mysql://here/mayfly"}, "MAYFLY_DATABASE_URL begins"),
    "a folder that is not there": Wrong({"MAYFLY_DATABASE_URL": "sqlite:///nowhere/at/all.db"}, "does not exist"),
    "a folder as database": Wrong({"MAYFLY_DATABASE_URL": "sqlite:////dev"}, "the database cannot be"),
    "a database that does not answer": Wrong(
        {"MAYFLY_DATABASE_URL": f"postgresql://mayfly:s3cret-word@127.0.0.1:{free_port()}/mayfly"},
        "the database cannot be reached",
    ),
    "no region": Wrong({"AWS_REGION": None}, "no AWS region"),
    "a profile that does not exist": Wrong({"AWS_PROFILE": "nobody"}, "AWS: The config profile (nobody)"),
    "a port that is taken": Wrong({"MAYFLY_WEB__PORT": TAKEN}, TAKEN),
    "a port that is none": Wrong({"MAYFLY_WEB__PORT": "70000"}, "MAYFLY_WEB__PORT"),
}

Ended = subprocess.CompletedProcess[str]


def settings(folder: Path, wrong: Wrong) -> dict[str, str]:
    """Settings with which it would start, but for what is wrong."""
    right = {
        "MAYFLY_DATABASE_URL": f"sqlite:///{folder / 'mayfly.db'}",
        "MAYFLY_GITHUB__WEBHOOK_SECRETS": SECRET,
        "MAYFLY_GITHUB__TOKEN": "ghp_0123456789abcdef0123",
        "MAYFLY_GITHUB__API_URL": f"http://127.0.0.1:{free_port()}",
        "MAYFLY_WEB__PORT": str(free_port()),
        "AWS_REGION": "eu-west-1",
    }
    return {name: value for name, value in {**right, **wrong.settings}.items() if value is not None}


@pytest.fixture(scope="module")
def taken_port() -> Iterator[str]:
    """A port on which somebody else listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield str(listening.getsockname()[1])


@pytest.fixture(scope="module")
def starts(tmp_path_factory: pytest.TempPathFactory, taken_port: str) -> Iterator[dict[str, "Future[Ended]"]]:
    """`mayfly serve` with each of the wrong settings, a few at a time."""

    def start(wrong: Wrong) -> Ended:
        given = settings(tmp_path_factory.mktemp("start"), wrong)
        return run_mayfly("serve", **{name: value.replace(TAKEN, taken_port) for name, value in given.items()})

    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {name: pool.submit(start, wrong) for name, wrong in WRONG.items()}


@pytest.mark.parametrize("name", WRONG)
def test_a_start_is_refused_in_one_line_for(starts: dict[str, "Future[Ended]"], taken_port: str, name: str) -> None:
    ended = starts[name].result()
    told = [line for line in ended.stderr.splitlines() if not line.startswith("{")]
    assert (ended.returncode, ended.stdout, len(told)) == (1, "", 1), ended.stderr
    assert WRONG[name].words.replace(TAKEN, taken_port) in told[0]
    assert "fault of Mayfly's own" not in told[0]
    assert [secret for secret in SECRETS if secret in ended.stderr] == []
