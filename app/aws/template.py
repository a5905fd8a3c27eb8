"""A CloudFormation template: read from YAML or JSON into plain values that remember their lines, written as JSON.

Short tags become their long forms (`!Sub x` is `{"Fn::Sub": "x"}`), so that everything can be written as JSON, which
CloudFormation reads as well and which is smaller.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.aws.composer import Fault, Node, compose
from app.core.errors import PermanentError
from app.core.remark import Level, Remark

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
MOST_INLINE = 51_200  # bytes of a template in a request
MOST_BYTES = 1_000_000  # bytes of a template in a bucket; a MiB by some pages, so the smaller is held

_ESCAPE = re.compile(r"\\(?:u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})|.)", re.IGNORECASE | re.DOTALL)
_NOT_IN_YAML = str.maketrans(
    {"\t": " "} | {chr(code): f"\\u{code:04x}" for code in (*range(0x7F, 0xA0), 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF)}
)


class TemplateRefused(PermanentError):
    """The template cannot be read."""


@dataclass(frozen=True, eq=False)
class Template:
    """A template as plain values; `name` is its path in the repository."""

    name: str
    document: dict[str, Any]
    _root: Node = field(repr=False)

    def line_of(self, path: Iterable[str | int]) -> int:
        """The line, from 1, of `Resources`, `X`, `Properties` ... or of the nearest thing above that is there."""
        node = self._root
        for step in path:
            node = node.parts.get(step, node)
        return node.line

    def remark(self, level: Level, rule: str, message: str, path: Sequence[str | int]) -> Remark:
        """A remark about what stands at `path`, whose second step is the logical id."""
        return Remark(level, rule, message, self.name, self.line_of(path), str(path[1]) if len(path) > 1 else None)

    def place(self, path: Iterable[str | int]) -> str:
        """`template.yaml:12: Resources/X/Properties/Y`, the way every message begins."""
        steps = list(path)
        shown = "/".join(map(str, steps))
        return f"{self.name}:{self.line_of(steps)}: {shown if shown.isprintable() else repr(shown)}"


def load_template(content: bytes, name: str) -> Template:
    """The template in `content`. Raises TemplateRefused, one line with name, line and column, for what is too large or
    deep, not UTF-8, not YAML or JSON, no template, or unfolds without end."""
    if len(content) > MOST_BYTES:
        raise TemplateRefused(f"{name} has {len(content):,} bytes, more than CloudFormation's {MOST_BYTES:,}; split it")
    try:
        root = compose(_text(content))
    except UnicodeDecodeError as error:
        raise TemplateRefused(f"{name} is not UTF-8 at byte {error.start}; save it as UTF-8") from error
    except Fault as fault:
        raise TemplateRefused(f"{name}:{fault.line}:{fault.column}: {fault.problem}; mend it") from fault
    if not isinstance(root.value, dict) or not isinstance(root.value.get("Resources"), dict):
        raise TemplateRefused(f"{name}:{root.line}: no mapping `Resources`; is it a CloudFormation template?")
    return Template(name, root.value, root)


def dump(document: Any) -> str:
    """The document as JSON, as small as it gets."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _text(content: bytes) -> str:
    """JSON is YAML but for tabs between tokens, some characters as they are, and any as two escaped surrogates."""
    text = content.decode("utf-8-sig")
    if not text.lstrip().startswith("{"):
        return text
    return _ESCAPE.sub(_joined, text.translate(_NOT_IN_YAML))


def _joined(escape: re.Match[str]) -> str:
    if escape[1] is None:
        return escape[0]
    return f"\\U{0x10000 + ((int(escape[1], 16) & 0x3FF) << 10) + (int(escape[2], 16) & 0x3FF):08X}"
