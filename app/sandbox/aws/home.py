"""The emulator's own virtual environment.

The emulator pins a botocore of its own, so it cannot live beside the boto3 under test. Its environment is built from
`requirements.txt` with every hash checked, once per content of that file, and is never changed afterwards: the
directory's name carries the hash of the lock, so a new lock is a new home.
"""

import fcntl
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.core.errors import MayflyError

LOCK = Path(__file__).parent / "requirements.txt"
_INSTALL = ("-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--require-hashes")
_DONE = "mayfly-complete"


class HomeError(MayflyError):
    """The emulator's environment could not be built."""


def prepare(home: Path | None = None) -> Path:
    """The python of the emulator's environment, which is built first where it is missing or its lock has changed.

    `home` is inside the environment that we run in unless named. Several processes may call this at once: one builds,
    the others wait for it. Raises `HomeError`, one line, when the environment cannot be built.
    """
    home = home or default_home()
    python = home / "bin" / "python"
    if not _is_complete(home):
        home.parent.mkdir(parents=True, exist_ok=True)
        with _alone(home.with_name(f".{home.name}.lock")):
            if not _is_complete(home):
                _build(home)
    return python


def default_home() -> Path:
    """Where the environment belongs: inside ours, named after the content of the lock."""
    return Path(sys.prefix) / "share" / "mayfly" / f"ministack-{_lock_hash()[:12]}"


def _lock_hash() -> str:
    return hashlib.sha256(LOCK.read_bytes()).hexdigest()


def _is_complete(home: Path) -> bool:
    mark = home / _DONE
    return mark.is_file() and mark.read_text() == _lock_hash()


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold the lock file `path`; the kernel gives it back when its holder dies."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _build(home: Path) -> None:
    """Make the environment where it will stay, for scripts in it name their own path, and mark it complete last."""
    shutil.rmtree(home, ignore_errors=True)
    _run(sys.executable, "-m", "venv", str(home))
    _run(str(home / "bin" / "python"), *_INSTALL, "-r", str(LOCK))
    (home / _DONE).write_text(_lock_hash())


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or ["no output"]
        raise HomeError(
            f"{' '.join(command[1:4])} failed while building the AWS stand-in: {said[-1]}; "
            "check the network and run `python -m app.sandbox.aws` again"
        )
