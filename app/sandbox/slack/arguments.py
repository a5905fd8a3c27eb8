"""What a caller sent to a method, whichever way it came.

WebClient sends a query string, a form or JSON, by method; in a form, structures are JSON inside a string. Here they are
read as what they mean. Source: https://docs.slack.dev/apis/web-api/ (request formats).
"""

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

from app.sandbox.slack.records import Content, Json, SlackError


class Arguments:
    """The arguments of one call; `values` are as sent, without the token."""

    def __init__(self, values: Json) -> None:
        self.token = str(values.pop("token", "") or "")
        self.values = values

    @classmethod
    def decode(cls, query: Iterable[tuple[str, str]], content_type: str, body: bytes) -> "Arguments":
        """Raises SlackError `invalid_json` or `json_not_object` for a JSON body that is not one object."""
        values: Json = dict(query)
        if content_type.startswith("application/json"):
            values |= decode_object(body)
        else:
            values |= parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
        return cls(values)

    def has(self, name: str) -> bool:
        return self.values.get(name) is not None

    def text(self, name: str) -> str:
        """The argument as text, empty where it was not sent."""
        value = self.values.get(name)
        return "" if value is None else str(value)

    def flag(self, name: str) -> bool:
        return self.text(name).lower() in {"1", "true"}

    def number(self, name: str, default: int, most: int) -> int:
        """A whole number from 1 to `most`. Raises SlackError `invalid_limit`."""
        text = self.text(name) or str(default)
        if not text.isdecimal() or not 1 <= int(text) <= most:
            raise SlackError("invalid_limit")
        return int(text)

    def content(self) -> Content:
        """What a message is to say. Raises SlackError where a part of it is no JSON of the right kind."""
        metadata = self._structure("metadata", dict, "invalid_metadata_format")
        return Content(
            text=self.text("text"),
            blocks=tuple(self._structure("blocks", list, "invalid_blocks_format") or ()),
            attachments=tuple(self._structure("attachments", list, "invalid_attachments") or ()),
            metadata=metadata or None,
        )

    def view(self) -> Json:
        """The view of a modal. Raises SlackError `invalid_arguments`."""
        view: Json | None = self._structure("view", dict, "invalid_arguments")
        if view is None:
            raise SlackError("invalid_arguments", "[ERROR] missing required field: view")
        return view

    def _structure(self, name: str, kind: type, code: str) -> Any:
        value = self.values.get(name)
        if isinstance(value, str):
            try:
                value = json.loads(value) if value else None
            except ValueError as error:
                raise SlackError(code, f"[ERROR] {name} is not JSON: {error}") from error
        if value is not None and not isinstance(value, kind):
            raise SlackError(code, f"[ERROR] {name} must be a JSON {kind.__name__}")
        return value


def decode_object(body: bytes) -> Json:
    """Raises SlackError `invalid_json` or `json_not_object`."""
    try:
        values = json.loads(body or b"{}")
    except ValueError as error:
        raise SlackError("invalid_json") from error
    if not isinstance(values, dict):
        raise SlackError("json_not_object")
    return values
