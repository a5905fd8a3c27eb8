"""However many clients send however much, the doors keep their memory bounded and still take deliveries."""

import contextlib
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.web.door import head_of, in_threads, request_head
from tests.unit.web.test_service import Program, start

__all__ = ["start"]

CLIENTS = 200
SIZE = 24 * 1024 * 1024
MOST = 300_000
"""kB of memory at the peak."""


def peak(pid: int) -> int:
    """The most memory that a process ever held, in kB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1])


def send_much(port: int) -> None:
    """One client with a body of the largest size, which nobody signed; it stops where the door no longer listens."""
    piece = b" " * 65536
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        headers = head_of(b"", signature="sha256=" + "0" * 64, without="content-length")
        client.sendall(request_head([*headers, (b"content-length", str(SIZE).encode())]))
        for _ in range(SIZE // len(piece)):
            client.sendall(piece)
        client.recv(100)


@pytest.mark.alone
@pytest.mark.skipif(not Path("/proc").exists(), reason="only Linux tells a process's peak")
def test_two_hundred_clients_of_24_megabytes_each(start: Callable[[str], Program]) -> None:
    program = start("web")
    port = int(program.url.rpartition(":")[2])
    in_threads(CLIENTS, lambda _: send_much(port))
    assert peak(program.process.pid) < MOST
    assert program.deliver(head_of()).status_code == 202
