"""One AWS stand-in in a process of its own.

The child lives exactly as long as its owner: it reads a pipe that only the owner holds and leaves at its end, so even
an owner that is killed takes it along. It tells its address in one line on standard output; everything else that it
says goes to a file.
"""

import select
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from app.core.errors import MayflyError
from app.sandbox.aws.control import AwsControl
from app.sandbox.aws.home import prepare

ACCOUNT = "111122223333"
REGION = "eu-west-1"
_START_SECONDS = 30.0
_STOP_SECONDS = 10.0


class AwsSandboxError(MayflyError):
    """The AWS stand-in did not start."""


@dataclass
class AwsSandbox:
    """A running stand-in; `AwsSandbox.start()` makes one, `stop()` or leaving its `with` block ends it."""

    endpoint_url: str
    control: AwsControl
    _child: subprocess.Popen[bytes] = field(repr=False)
    _log: IO[bytes] = field(repr=False)

    @classmethod
    def start(
        cls,
        *,
        create_seconds: float = 2.0,
        update_seconds: float = 1.5,
        delete_seconds: float = 1.0,
        state: Path | None = None,
    ) -> Self:
        """Start an emulator on 127.0.0.1 and return once it answers.

        The seconds are what a whole stack operation takes. With `state`, a directory, stacks and resources outlive
        the process (and the port is kept where it is still free). Raises `AwsSandboxError` or `HomeError`, one line.
        """
        seconds = (f"--create={create_seconds}", f"--update={update_seconds}", f"--delete={delete_seconds}")
        keeping = (f"--state={state.resolve()}",) if state else ()
        log = tempfile.TemporaryFile()  # noqa: SIM115  it lives as long as the child
        child = subprocess.Popen(
            [str(prepare()), "-m", "server", *seconds, *keeping],
            cwd=Path(__file__).parent,
            env={"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
        )
        try:
            address = _address_told_by(child, log)
        except BaseException:
            _end(child, log)
            raise
        return cls(address, AwsControl(address), child, log)

    @property
    def pid(self) -> int:
        """The emulator's process."""
        return self._child.pid

    def environment(self) -> dict[str, str]:
        """The variables that point boto3, or any AWS SDK, at this stand-in."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": ACCOUNT,
            "AWS_SECRET_ACCESS_KEY": "sandbox",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def stop(self) -> None:
        """End the emulator and wait until it is gone. Harmless when repeated."""
        _end(self._child, self._log)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _address_told_by(child: subprocess.Popen[bytes], log: IO[bytes]) -> str:
    assert child.stdout
    ready, _, _ = select.select([child.stdout], [], [], _START_SECONDS)
    told = child.stdout.readline().decode().split() if ready else []
    if len(told) == 2 and told[0] == "ready":
        return told[1]
    log.seek(0)
    said = log.read().decode(errors="replace").strip().splitlines() or ["it said nothing"]
    raise AwsSandboxError(f"the AWS stand-in did not start: {said[-1]}")


def _end(child: subprocess.Popen[bytes], log: IO[bytes]) -> None:
    """Close the pipe, which asks the child to leave, and make sure that it does."""
    for pipe in (child.stdin, child.stdout):
        if pipe:
            pipe.close()
    try:
        child.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    log.close()
