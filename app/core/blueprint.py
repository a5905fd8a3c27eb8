"""Blueprints: what one commit wants a stack to be, and the payload that is sent when its turn comes.

A blueprint is made once per commit (packaging is the costly part). A payload is the blueprint with its references
resolved, which for another stack's outputs is possible only when that stack stands. The payload's digest decides
whether there is anything to do: an unchanged payload is not even sent. The commit is deliberately no part of it, since
stack tags and parameters reach every resource and would make each push an update of everything.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from app.core.environment import Environment, Target
from app.core.errors import PermanentError
from app.core.remark import Remark

_REFERENCE = re.compile(r"\$\{([^${}]*)\}")

CONTEXT_NAMES = ("ticket", "environment", "repository", "branch", "pull_request", "owner")
"""What `${...}` may name besides another stack's output."""


@dataclass(frozen=True)
class Blueprint:
    """A packaged template of one commit: inline text, or where it lies in the artifact bucket.

    `places` says where its resources stand, `template.yaml:12` by logical id; those of nested templates by `/` and it.
    """

    stack: str
    body: str | None
    url: str | None
    digest: str
    capabilities: tuple[str, ...]
    declared_parameters: tuple[str, ...]
    outline: str = ""
    """Equal for templates with the same resources by name and type; "" where nobody knows."""
    tally: dict[str, int] = field(default_factory=dict)
    """How many resources of each type there are, as far as the templates tell."""
    places: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Preparation:
    """What was made of a commit: a blueprint for each stack, or `fault`, one line that says why there is none; what
    people may want to know of its templates; and whether its artifacts were sent a second time, being gone."""

    commit: str
    blueprints: Mapping[str, Blueprint] = field(default_factory=dict)
    fault: str | None = None
    remarks: tuple[Remark, ...] = ()
    is_renewed: bool = False


@dataclass(frozen=True)
class Payload:
    """Everything that a CreateStack or UpdateStack says about the stack's content."""

    blueprint: Blueprint
    parameters: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Equal for payloads that would make the same stack."""
        content = [self.blueprint.digest, self.blueprint.capabilities, self.parameters, self.tags]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]

    @property
    def tagged(self) -> str:
        """Equal for payloads that give a stack the same tags."""
        return hashlib.sha256(json.dumps(self.tags, sort_keys=True).encode()).hexdigest()[:32]

    @property
    def outline(self) -> str | None:
        """Equal for payloads that have the same resources; parameters count, since conditions hang on them."""
        if not self.blueprint.outline:
            return None
        content = [self.blueprint.outline, self.parameters]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]


class ReferenceUnresolved(PermanentError):
    """A parameter names something that does not exist."""


def context_of(environment: Environment) -> dict[str, str]:
    """The values of the plain references for one environment; all of them stay the same through its life."""
    return {
        "ticket": environment.ticket or environment.name,
        "environment": environment.name,
        "repository": environment.repository,
        "branch": environment.branch,
        "pull_request": str(environment.pull_request or ""),
        "owner": environment.owner,
    }


def resolve(text: str, context: Mapping[str, str], outputs: Mapping[str, Mapping[str, str]], where: str) -> str:
    """`text` with each `${name}` and `${stack.Output}` replaced. Raises ReferenceUnresolved naming `where`."""

    def value(found: re.Match[str]) -> str:
        name = found.group(1)
        stack, dot, key = name.partition(".")
        known = outputs.get(stack, {}).get(key) if dot else context.get(name)
        if known is None:
            raise ReferenceUnresolved(f"{where}: ${{{name}}} is unknown; {_suggest(stack, dot, outputs)}")
        return known

    return _REFERENCE.sub(value, text)


def _suggest(stack: str, dot: str, outputs: Mapping[str, Mapping[str, str]]) -> str:
    if not dot:
        return "use one of " + ", ".join(f"${{{name}}}" for name in CONTEXT_NAMES) + " or ${stack.Output}"
    if stack not in outputs:
        return f"name the stack {stack!r} in needs"
    return f"the stack {stack!r} has the outputs: " + (", ".join(sorted(outputs[stack])) or "none")


def references(text: str) -> tuple[str, ...]:
    """The names inside `${...}` of a text, in order."""
    return tuple(_REFERENCE.findall(text))


def payload_for(
    target: Target,
    blueprint: Blueprint,
    environment: Environment,
    tags: Mapping[str, str],
    outputs: Mapping[str, Mapping[str, str]],
) -> Payload:
    """What to send for `target` now. Raises ReferenceUnresolved where a parameter names nothing that exists."""
    context = context_of(environment)
    parameters = {
        name: resolve(value, context, outputs, f"stacks.{target.stack}.parameters.{name}")
        for name, value in target.parameters.items()
    }
    return Payload(blueprint, parameters, {**target.tags, **tags})
