"""A connection that an application can cut.

ASGI has no word for "hang up", so the connection's transport travels in the request's `state`, which is what ASGI
gives servers for objects that a connection's requests share.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol


class CuttableProtocol(H11Protocol):
    """HTTP/1.1 whose requests carry their transport."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


async def cut(scope: dict[str, Any]) -> None:
    """Close the connection of a request at once: no answer, not even a status line."""
    scope["state"]["transport"].abort()
    await asyncio.sleep(0)
