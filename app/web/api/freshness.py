"""ETags: whoever says what it has already is told 304 as long as nothing changed."""

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec
from fastapi import Request, Response

_HEADERS = {"cache-control": "private, no-cache", "vary": "authorization"}


def answer(request: Request, content: Any, headers: Mapping[str, str] | None = None) -> Response:
    """The content as JSON, or 304 where `If-None-Match` names it."""
    body = msgspec.json.encode(content)
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    told = {**_HEADERS, **(headers or {}), "etag": tag}
    if _is_known(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=told)
    return Response(body, headers=told, media_type="application/json")


def _is_known(asked: str, tag: str) -> bool:
    """By weak comparison, as RFC 9110 (13.1.2) asks for."""
    return asked.strip() == "*" or tag in (each.strip().removeprefix("W/") for each in asked.split(","))
