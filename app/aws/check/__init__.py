"""What people may want to know of a template before its environment is torn down: notes, never a gate.

    element     one resource of a template, with Globals beneath its properties
    variance    whether a value differs from one environment to the next
    survival    what stays behind the stack, or holds its deletion up
    names       names that only one environment can have
    rights      stars in IAM statements, and doors open to everybody
    functions   functions that leave memory and timeout to a default

All of it reads the parsed template and asks nobody, so it costs a deployment next to nothing. A rule is a function from
an element to remarks; what it cannot read (a macro's business, a shape that no resource has) it passes over.
"""

from collections.abc import Iterator, Set

from app.aws.check import functions, names, rights, survival
from app.aws.check.element import elements
from app.aws.check.variance import Variance
from app.aws.template import Template
from app.core.remark import Remark

RULES = (*survival.RULES, *names.RULES, *rights.RULES, *functions.RULES)


def check_template(template: Template, varying: Set[str] | None) -> Iterator[Remark]:
    """The remarks on one template. `varying` are the parameters whose values differ from one environment to the next;
    None where nobody knows, as in a nested template, and then every parameter counts as one of them."""
    variance = Variance.of(template, varying)
    for element in elements(template):
        for rule in RULES:
            yield from rule(element, variance)
    yield from names.check_exports(template, variance)
    yield from names.check_imports(template)


__all__ = ["RULES", "check_template"]
