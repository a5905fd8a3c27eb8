"""One request and its answer, as every door sees them that is not the framework's.

Of a header that decides anything there is exactly one: a server that takes the first of two and a proxy that takes the
last would read two different requests.
"""

from collections.abc import Awaitable, Callable, Collection, Iterable, MutableMapping
from typing import Any

from app.web.body import MEBIBYTE, BodyTooLarge, BodyTooSlow, Bounds, BudgetUsedUp, Lease, Receive, read_body

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Head = Iterable[tuple[bytes, bytes]]

TEXT = "text/plain; charset=utf-8"


class Refusal(Exception):
    """The request is answered with a status other than 2xx."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


def single_values(headers: Head, once: Collection[bytes]) -> dict[bytes, bytes]:
    """The headers by their names in small letters; none of `once`, nor the length, twice. Raises Refusal."""
    single: dict[bytes, bytes] = {}
    for name, value in headers:
        lower = name.lower()
        if lower in single and (lower in once or lower == b"content-length"):
            raise Refusal(400, f"the header {lower.decode('ascii', 'replace')} is given more than once")
        single[lower] = value
    return single


def check_body(single: dict[bytes, bytes], largest: int, content_type: bytes) -> None:
    """What is said of the body before it comes: its size and its form. Raises Refusal."""
    length = single.get(b"content-length", b"0")
    if not length.isdigit():
        raise Refusal(400, "Content-Length is no number")
    if len(length) > 20 or int(length) > largest:
        raise too_large(largest)
    if single.get(b"content-encoding", b"identity").lower() != b"identity":
        raise Refusal(415, "a compressed body is not taken")
    if single.get(b"content-type", b"").partition(b";")[0].strip().lower() != content_type:
        raise Refusal(415, f"the content type is not {content_type.decode()}; choose it where the address is entered")


def too_large(largest: int) -> Refusal:
    """What a body is told that is larger than it may be."""
    return Refusal(413, f"the body is larger than {largest / MEBIBYTE:g} MiB")


async def take_body(receive: Receive, lease: Lease, bounds: Bounds) -> bytes:
    """The whole body. Raises Refusal, or SenderLeft where nobody is left to be told."""
    try:
        return await read_body(receive, lease, bounds)
    except BodyTooLarge:
        raise too_large(bounds.largest) from None
    except BodyTooSlow:
        raise Refusal(408, "the body did not arrive in time") from None
    except BudgetUsedUp:
        raise Refusal(503, "too many requests at once; send it again later") from None


async def respond(send: Send, status: int, text: str, content_type: str = TEXT) -> None:
    """Answer with a short text."""
    body = text.encode()
    headers = [(b"content-type", content_type.encode()), (b"content-length", str(len(body)).encode())]
    if status == 405:
        headers.append((b"allow", b"POST"))
    if status == 408:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
