"""Variance: whether a value of a template differs from one environment to the next.

What is made of the stack's name or id, or of a resource, differs. What is made of the account, the region, a mapping or
a parameter's default does not: two environments side by side get the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from dataclasses import dataclass
from typing import Any

from app.aws.check.element import branches, part
from app.aws.packaging.loops import LOOP
from app.aws.template import Template

_NAMES = re.compile(r"\$\{(?!!)([^}]*)\}")
_SAME = frozenset({"AWS::AccountId", "AWS::NoValue", "AWS::Partition", "AWS::Region", "AWS::URLSuffix"})
_FIXED_FUNCTIONS = frozenset({"Fn::ImportValue", "Fn::GetAZs", "Condition"})


@dataclass(frozen=True)
class Variance:
    """`same` are the names whose value is the same in every environment."""

    same: frozenset[str]

    @classmethod
    def of(cls, template: Template, varying: Set[str] | None) -> Variance:
        """For one template, whose parameters `varying` differ; all of them where it is None."""
        parameters = frozenset(part(template.document, "Parameters"))
        steady = frozenset() if varying is None else parameters - varying
        return cls(_SAME | steady | frozenset(_loop_variables(template.document["Resources"])))

    def is_fixed(self, value: Any) -> bool:
        """Whether the value, or one of the branches of its `Fn::If`, is the same in every environment."""
        return any(one not in ("", [], {}) and not self._varies(one) for one in branches(value))

    def _varies(self, value: Any) -> bool:
        match value:
            case {"Ref": str(name)}:
                return name not in self.same
            case {"Fn::Sub": str(text)}:
                return self._text_varies(text, {})
            case {"Fn::Sub": [str(text), dict(given)]}:
                return self._text_varies(text, given)
            case {"Fn::GetAtt": _}:
                return True
            case dict() if _FIXED_FUNCTIONS & value.keys():
                return False
            case dict():
                return any(map(self._varies, value.values()))
            case list():
                return any(map(self._varies, value))
        return False

    def _text_varies(self, text: str, given: dict[str, Any]) -> bool:
        return any(
            self._varies(given[name]) if name in given else name.strip() not in self.same
            for name in _NAMES.findall(text)
        )


def _loop_variables(entries: dict[str, Any]) -> Iterator[str]:
    for name, entry in entries.items():
        if name.startswith(LOOP) and isinstance(entry, list) and len(entry) == 3:
            yield str(entry[0])
            yield from _loop_variables(entry[2] if isinstance(entry[2], dict) else {})
