"""A long list in portions: `limit` says how many, `cursor` where the page before ended, `Link` (RFC 8288) what follows.

A cursor names the last that was shown, not a count, so that what comes and goes meanwhile neither repeats nor hides
anything. It is opaque: it means something to the list alone that gave it.
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, TypeVar

import msgspec
from fastapi import Query, Request

from app.web.api.problem import Problem

MOST = 500
"""On one page, and as many as nobody asks otherwise for: more than the limits let stand at once."""

Limit = Annotated[int, Query(ge=1, le=MOST, description="How many at most.", examples=[50])]
Cursor = Annotated[
    str | None,
    Query(max_length=400, description="Where the page before ended, from its `Link`; the beginning if left out."),
]
Place = tuple[float | datetime | str, ...]
Key = TypeVar("Key")
Item = TypeVar("Item")


def write_cursor(key: Place) -> str:
    """The cursor of whatever has this place in the order."""
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


def read_cursor(cursor: str | None, shape: type[Key]) -> Key | None:
    """The place that a cursor names. Raises Problem where it names none."""
    if cursor is None:
        return None
    try:
        content = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        return msgspec.json.decode(content, type=shape)
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        detail = "the query parameter cursor: no page gave this one; leave it out to begin at the beginning"
        raise Problem(422, detail) from None


def cut(
    found: Sequence[Item], limit: int, request: Request, key: Callable[[Item], Place]
) -> tuple[Sequence[Item], dict[str, str]]:
    """The page out of what was found, which is one more where more follows, and the header that says where."""
    shown = found[:limit]
    if len(found) <= limit:
        return shown, {}
    following = request.url.include_query_params(limit=limit, cursor=write_cursor(key(shown[-1])))
    return shown, {"link": f'<{following.path}?{following.query}>; rel="next"'}
