"""What holds for every test: nothing is reached past loopback, and nobody's own settings leak in."""

import ipaddress
import os
import sys
from typing import Any

for name in [name for name in os.environ if name.startswith(("MAYFLY_", "AWS_"))]:
    del os.environ[name]
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"


def _refuse_the_world(event: str, arguments: tuple[Any, ...]) -> None:
    """Python reports each connection before it is made; one that would leave the machine is an error."""
    if event != "socket.connect":
        return
    address = arguments[1]
    host = address[0] if isinstance(address, tuple) else None
    if isinstance(host, str) and not _is_local(host):
        raise AssertionError(f"a test reached out to {host}")


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host in ("localhost", "")


sys.addaudithook(_refuse_the_world)
