"""Facts that signals need beside the physical id, read once in a look and only where some stack asks for them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from app.aws.caller import Caller, require
from app.aws.permissions import permits
from app.core.errors import MayflyError

T = TypeVar("T")


@dataclass(frozen=True)
class Rule:
    """A rule of EventBridge, as its list shows it; `schedule` where it ticks by itself, `manager` where AWS made it."""

    name: str
    bus: str
    arn: str = ""
    schedule: str | None = None
    is_enabled: bool = True
    manager: str | None = None


@dataclass(frozen=True)
class Fact(Generic[T]):
    """What a list told by name; or, in `fault`, why nobody knows."""

    known: Mapping[str, T]
    fault: str | None = None


@dataclass(frozen=True)
class Facts:
    """What was read: `api_names` by id, `rules` by `bus|name`, `secrets` with their last reading by name."""

    account_id: str
    rules: Fact[Rule]
    api_names: Fact[str]
    secrets: Fact[datetime | None]


def read_fact(read: Callable[[Caller], Mapping[str, T]], caller: Caller) -> Fact[T]:
    """A fact, or why it is not known."""
    try:
        return Fact(read(caller))
    except MayflyError as fault:
        return Fact({}, str(fault))


@permits("apigateway:GET")
def read_api_names(caller: Caller) -> dict[str, str]:
    """The name of each REST API, under which its metrics are published."""
    pages = caller.pages("apigateway", "get_rest_apis", limit=500)
    return {api["id"]: api.get("name", "") for page in pages for api in page.get("items", ())}


@permits("secretsmanager:ListSecrets")
def read_secrets(caller: Caller) -> dict[str, datetime | None]:
    """The day on which each secret was last read, by the end of its ARN; None for one that never was."""
    pages = caller.pages("secretsmanager", "list_secrets", MaxResults=100)
    return {
        secret["ARN"].rpartition(":secret:")[2]: secret.get("LastAccessedDate")
        for page in pages
        for secret in require(page, "SecretList", "secretsmanager")
    }
