"""`mayfly serve` in a process of its own, as an operator would run it, pointed at the stand-ins."""

import json
import os
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from app.core.errors import MayflyError

SERVE = (sys.executable, "-m", "workers", "serve")
START_SECONDS = 30.0
STOP_SECONDS = 30.0


class ProgramFailed(MayflyError):
    """The program did not start."""


class Program:
    """One running `mayfly serve`; `url` is where it answers."""

    def __init__(self, settings: Mapping[str, str], port: int, log: Path, command: Sequence[str] = SERVE) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._log = log
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAYFLY_", "AWS_"))}
        tether = [sys.executable, "-m", "app.sandbox.demo.tether", str(os.getpid())]
        with log.open("ab") as output:
            self._child = subprocess.Popen(
                [*tether, *command],
                env={**environment, **settings, "MAYFLY_WEB__PORT": str(port)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    @classmethod
    def start(cls, settings: Mapping[str, str], port: int, log: Path, command: Sequence[str] = SERVE) -> Self:
        """Start it and return once it is ready. Raises ProgramFailed with its last line."""
        program = cls(settings, port, log, command)
        try:
            program._wait_until_ready()
        except BaseException:
            program.stop()
            raise
        return program

    def environments(self) -> list[dict[str, Any]]:
        """What the API says of all environments, those that are gone included."""
        with urllib.request.urlopen(f"{self.url}/api/v1/environments?all=true", timeout=10) as answer:
            return list(json.load(answer)["environments"])

    def stop(self) -> None:
        """Ask it to stop, and wait until it has."""
        self._child.terminate()
        try:
            self._child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()

    def _wait_until_ready(self) -> None:
        pause = threading.Event()
        for _ in range(int(START_SECONDS / 0.1)):
            if self._child.poll() is not None:
                break
            if self._is_ready():
                return
            pause.wait(0.1)
        lines = self._log.read_text(errors="replace").strip().splitlines()
        raise ProgramFailed(f"mayfly serve did not start: {lines[-1] if lines else 'it said nothing'}")

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False
