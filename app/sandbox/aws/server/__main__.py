"""Bring the emulator up on 127.0.0.1 and leave when the owner does.

The port is bound before the emulator is imported, because it reads its own address from the environment while it is
being imported. Standard input is the owner's end of a pipe: its end is ours. Python, not the emulator, decides where
temporary files go, so they leave with this process.
"""

import argparse
import os
import signal
import socket
import sys
import tempfile
import threading
import time
import traceback
from pathlib import Path

HOST = "127.0.0.1"
REGION = "eu-west-1"  # of whoever visits a deployed API, which no signature tells
ACCOUNT = "111122223333"
_GRACE_SECONDS = 5.0


def main() -> None:
    arguments = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    try:
        with tempfile.TemporaryDirectory(prefix="mayfly-aws-", ignore_cleanup_errors=True) as temporary:
            _live(arguments, Path(temporary))
    except Exception:
        traceback.print_exc()
        raise
    finally:
        _end_group()


def _live(arguments: argparse.Namespace, temporary: Path) -> None:
    door = _bind(arguments.state)
    port = door.getsockname()[1]
    os.environ.update(_environment(port, temporary, arguments.state))
    tempfile.tempdir = str(temporary)
    os.chdir(temporary)
    threading.Thread(target=_leave_with_owner, daemon=True).start()
    from .emulator import serve  # noqa: PLC0415  it learns its address while it is imported

    serve(door, f"http://{HOST}:{port}", arguments.create, arguments.update, arguments.delete)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="server")
    for operation in ("create", "update", "delete"):
        parser.add_argument(f"--{operation}", type=float, required=True, metavar="SECONDS")
    parser.add_argument("--state", type=Path)
    return parser.parse_args()


def _bind(state: Path | None) -> socket.socket:
    """A port on loopback: the one that the kept state knows where it is free, else any."""
    door = socket.socket()
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    note = state / "port" if state else None
    try:
        door.bind((HOST, int(note.read_text()) if note and note.exists() else 0))
    except OSError:
        door.bind((HOST, 0))
    if note:
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_text(str(door.getsockname()[1]))
    return door


def _environment(port: int, temporary: Path, state: Path | None) -> dict[str, str]:
    """The emulator's settings: this address and no other door, no containers, no files but ours."""
    settings = {
        "GATEWAY_PORT": str(port),
        "MINISTACK_HOST": HOST,
        "MINISTACK_REGION": REGION,
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "LAMBDA_EXECUTOR": "local",
        "DOCKER_HOST": f"unix://{temporary}/no-docker",
        "LOG_LEVEL": "WARNING",
        "TMPDIR": str(temporary),
        "HOME": str(temporary),
    }
    if state:
        kept = {"PERSIST_STATE": "1", "STATE_DIR": str(state), "S3_PERSIST": "1", "S3_DATA_DIR": str(state / "s3")}
        settings.update(kept)
    return settings


def _leave_with_owner() -> None:
    """Wait for the end of standard input, then ask the server to stop; one that does not is ended."""
    os.read(0, 1)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_GRACE_SECONDS)
    _end_group()


def _end_group() -> None:
    """End every function process that was started: they and we are one group, which the owner made for us."""
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
