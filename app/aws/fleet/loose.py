"""What is loose: it exists, and no stack that stands has it. Pure: from lists, tags and the ledger.

| what exists and is in no stack's resources | it is loose |
|---|---|
| its tags name a stack that stands | no: its stack holds it, as what was replaced or is new |
| its tags name a stack that is gone | yes, of that stack |
| our ledger has it under a stack that is gone | yes, of that stack |
| a test tool's tags, or the names that one gives | yes, made by that tool |
| a log group by the name of a function, an API or a project that is gone | yes |
| anything else | no: somebody made it by hand |

A rule on the bus of a stack that stands is in the way of that stack's deletion. A stack that was created while this
look went on may make its resources seem loose; the next look knows better, and nothing is flagged that was not seen
twice.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from app.aws.fleet.lists import Listed
from app.aws.fleet.tags import STACK_ID, STACK_NAME, Tagged, Tags
from app.aws.usage.facts import Rule
from app.core.fleet import LooseResource
from app.core.toolmarks import SLS_TEST_TOOLS, bus_of_queue, is_left_by_tool, maker_by_tags

RULE, QUEUE, LOG_GROUP = "AWS::Events::Rule", "AWS::SQS::Queue", "AWS::Logs::LogGroup"
Named = tuple[str, str]
"""A type and a name, by which lists, tags and the ledger are joined."""

_WRITERS = {
    "AWS::Lambda::Function": re.compile(r"/aws/lambda/(?!insights$)([^/.]+)"),
    "AWS::ApiGateway::RestApi": re.compile(r"API-Gateway-Execution-Logs_([a-z0-9]+)/.+"),
    "AWS::AppSync::GraphQLApi": re.compile(r"/aws/appsync/apis/([^/]+)"),
    "AWS::CodeBuild::Project": re.compile(r"/aws/codebuild/([^/]+)"),
}
"""Log groups that no template names; those of functions at the edge stand in other regions and have a dot."""
_GENERATED = re.compile(r"(?P<stack>.+)-[A-Za-z0-9]+-(?=[A-Za-z0-9]*[A-Z])[A-Za-z0-9]{12,13}")
"""A name that CloudFormation made: stack, logical id and twelve letters or more."""


@dataclass(frozen=True)
class Origin:
    """The stack that something came from."""

    stack_id: str
    stack_name: str


@dataclass(frozen=True)
class Surroundings:
    """What is known around what exists. `writers` are the names that exist by type, where they were listed."""

    account: str
    region: str
    standing: Collection[str]
    gone: Mapping[Named, Origin]
    tagged: Tagged
    bus_owners: Mapping[str, str]
    writers: Mapping[str, Collection[str]] = field(default_factory=dict)
    remembered: Collection[str] = frozenset()


def writer_of(log_group: str) -> Named | None:
    """Who writes a log group of this name, by itself and in no template; None for another name."""
    for kind, pattern in _WRITERS.items():
        if match := pattern.fullmatch(log_group):
            return kind, match[1]
    return None


def rules_as_listed(rules: Iterable[Rule]) -> list[Listed]:
    """Rules that somebody made, and no service of AWS for itself."""
    return [Listed(RULE, f"{rule.bus}|{rule.name}", rule.arn) for rule in rules if not rule.manager]


def find_loose(candidates: Iterable[Listed], around: Surroundings) -> list[LooseResource]:
    """Those of the candidates (what is in no stack's resources) that are loose."""
    return [loose for each in candidates if (loose := _sort_out(each, around)) is not None]


def _sort_out(thing: Listed, around: Surroundings) -> LooseResource | None:
    tags = around.tagged.of(thing.arn)
    stack_id = (tags or {}).get(STACK_ID)
    if stack_id in around.standing:
        return None
    if stack_id:
        return _loose(thing, around, tags, Origin(stack_id, (tags or {}).get(STACK_NAME, "")))
    if origin := around.gone.get((thing.type, thing.name)):
        return _loose(thing, around, tags, origin)
    maker = maker_by_tags(tags or {}) or _maker_by_name(thing, tags)
    if maker:
        return _loose(thing, around, tags, maker=maker)
    return _sort_out_log_group(thing, around, tags) if thing.type == LOG_GROUP else None


def _maker_by_name(thing: Listed, tags: Tags | None) -> str | None:
    bus, _, rule = thing.name.rpartition("|")
    if thing.type == RULE:
        return SLS_TEST_TOOLS if is_left_by_tool(rule, bus) else None
    is_tools = thing.type == QUEUE and bus_of_queue(thing.name) is not None and not tags
    return SLS_TEST_TOOLS if is_tools else None


def _sort_out_log_group(thing: Listed, around: Surroundings, tags: Tags | None) -> LooseResource | None:
    writer = writer_of(thing.name)
    if writer is None:
        return None
    kind, name = writer
    known = around.writers.get(kind)
    is_orphan = thing.arn in around.remembered if known is None else name not in known
    if not is_orphan:
        return None
    match = _GENERATED.fullmatch(name)
    origin = Origin("", match["stack"]) if match else None
    return _loose(thing, around, tags, origin, maker=f"{kind.split('::')[1]} ({name}, which is gone)")


def _loose(
    thing: Listed, around: Surroundings, tags: Tags | None, origin: Origin | None = None, maker: str | None = None
) -> LooseResource:
    bus = thing.name.rpartition("|")[0] if thing.type == RULE else ""
    return LooseResource(
        around.account,
        around.region,
        thing.arn,
        thing.type,
        thing.name,
        tags=None if tags is None else dict(tags),
        created_at=thing.created_at,
        stack_id=(origin.stack_id or None) if origin else None,
        stack_name=(origin.stack_name or None) if origin else None,
        maker=maker or maker_by_tags(tags or {}),
        blocks=around.bus_owners.get(bus),
    )
