"""Functions that leave their memory and their timeout to a default.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html (128 MB) and
https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html (3 seconds)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from app.aws.check.element import Element
from app.aws.check.variance import Variance
from app.core.remark import Remark

_TYPES = frozenset({"AWS::Lambda::Function", "AWS::Serverless::Function", "AWS::Serverless::WebFunction"})
_DEFAULTS = {"MemorySize": "128 MB of memory", "Timeout": "a timeout of 3 seconds"}


def check_defaults(element: Element, _: Variance) -> Iterator[Remark]:
    """`function-default`: memory or timeout that nobody chose."""
    if element.type in _TYPES:
        for name, default in _DEFAULTS.items():
            if name not in element.properties:
                yield element.warn("function-default", f"Without {name} it has {default}. Set {name}.")


RULES: tuple[Callable[[Element, Variance], Iterator[Remark]], ...] = (check_defaults,)
