"""Settings: environment variables with the prefix `MAYFLY_`, `__` between group and name.

Each may also be given as `<NAME>_FILE`, a path to read the value from, which is how container platforms hand over
secrets. A name that is not known is refused at start, since a misspelt setting that is silently ignored is found only
when it hurts. AWS credentials are no settings of ours: boto3's own chain finds them.
"""

import difflib
import json
import os
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError, field_validator

from app.core import lifetime
from app.core.errors import ConfigurationError
from app.core.finding import Rule
from app.core.lifetime import parse_workdays
from app.core.span import format_span, parse_span

PREFIX = "MAYFLY_"
SHORTEST_SECRET = 12
"""Characters in a webhook secret; a shorter one can be guessed from a single recorded delivery."""


def _split(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _span(value: object) -> object:
    return parse_span(value) if isinstance(value, str) else value


def _spans(value: object) -> object:
    return [_span(part) for part in value.split(",")] if isinstance(value, str) else value


def _json(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except json.JSONDecodeError as error:
        raise ValueError(f"is no JSON: {error.msg} at character {error.pos}") from error


Span = Annotated[timedelta, BeforeValidator(_span)]
Spans = Annotated[list[timedelta], BeforeValidator(_spans)]
Words = Annotated[list[str], BeforeValidator(_split)]
Count = Annotated[int, Field(ge=1)]


class _Group(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Web(_Group):
    """Where the doors listen."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080


class GitHub(_Group):
    """How GitHub is reached and recognised."""

    webhook_secrets: Annotated[list[SecretStr], BeforeValidator(_split)] = []
    app_id: str | None = None
    private_key: SecretStr | None = None
    token: SecretStr | None = None
    api_url: str = "https://api.github.com"
    repositories: Words = []

    @field_validator("webhook_secrets")
    @classmethod
    def _long_enough(cls, secrets: list[SecretStr]) -> list[SecretStr]:
        if any(len(secret.get_secret_value()) < SHORTEST_SECRET for secret in secrets):
            raise ValueError(
                f"a secret is shorter than {SHORTEST_SECRET} characters; make one with `openssl rand -hex 32`"
            )
        return secrets


class Slack(_Group):
    """How Slack is reached and recognised. Without a bot token Slack is off."""

    bot_token: SecretStr | None = None
    signing_secret: SecretStr | None = None
    channel: str | None = None
    reaper_channel: str | None = None
    app_token: SecretStr | None = None
    users: Annotated[dict[str, str], BeforeValidator(_json)] = {}
    api_url: str = "https://slack.com/api/"


class Account(_Group):
    """A further AWS account: the role to assume there."""

    role_arn: str
    external_id: str | None = None
    regions: list[str] = []


class Aws(_Group):
    """Where stacks may go and how they are deployed."""

    regions: Words = []
    accounts: Annotated[dict[str, Account], BeforeValidator(_json)] = {}
    execution_role_arn: str | None = None
    artifact_bucket: str | None = None
    event_queue_url: str | None = None


class Limits(_Group):
    """How many environments there may be at once."""

    environments: Count = 25
    per_repository: Count = 10
    per_author: Count = 3
    concurrent_creates: Count = 5


class Lifetime(_Group):
    """How long an environment lives: idle counts business days, max calendar days."""

    idle: Span = timedelta(days=3)
    max: Span = timedelta(days=14)
    warnings: Spans = [timedelta(hours=24), timedelta(hours=2)]
    workdays: str = "mon-fri"
    timezone: str = "UTC"

    @field_validator("workdays")
    @classmethod
    def _days(cls, days: str) -> str:
        parse_workdays(days)
        return days

    @field_validator("timezone")
    @classmethod
    def _zone(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"{zone!r} is no time zone; write it like Europe/Berlin") from None
        return zone

    def span_of_life(self) -> lifetime.Lifetime:
        """The same as the core reckons with it."""
        days, zone = parse_workdays(self.workdays), ZoneInfo(self.timezone)
        return lifetime.Lifetime(self.idle, self.max, tuple(self.warnings), days, zone)


class Resync(_Group):
    """How often the world is compared with the records, and how long a difference must stand."""

    every: Span = timedelta(minutes=5)
    grace: Span = timedelta(minutes=15)


class Reaper(_Group):
    """When the reaper looks and what it may do."""

    schedule: str = "0 8 * * 1-5"
    mode: Literal["report", "mark", "destroy"] = "report"
    idle_window: Span = timedelta(days=14)
    grace: Annotated[dict[Rule, Span], BeforeValidator(_json)] = {}

    @field_validator("schedule")
    @classmethod
    def _in_five_fields(cls, line: str) -> str:
        try:
            next(CronSim(line, datetime(2026, 1, 1, tzinfo=UTC)))
        except (CronSimError, StopIteration):
            raise ValueError(f"{line!r} is no schedule that ever comes; write five fields like 0 8 * * 1-5") from None
        return line


class Settings(_Group):
    """Everything that an operator can set."""

    database_url: str = "sqlite:///mayfly.db"
    public_url: str | None = None
    web: Web = Web()
    github: GitHub = GitHub()
    slack: Slack = Slack()
    aws: Aws = Aws()
    limits: Limits = Limits()
    lifetime: Lifetime = Lifetime()
    shared_tickets: bool = False
    resync: Resync = Resync()
    reaper: Reaper = Reaper()


def setting_names() -> list[str]:
    """The name of every setting, in the order in which they are documented."""
    return [PREFIX + "__".join(path).upper() for path in _paths(Settings)]


def _paths(model: type[BaseModel], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, _Group):
            yield from _paths(field.annotation, (*above, name))
        else:
            yield (*above, name)


def load_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings that `environ` holds. Raises ConfigurationError with one line for each that is wrong."""
    given = dict(_given(environ))
    nested: dict[str, Any] = {}
    for name, value in given.items():
        *groups, leaf = name.removeprefix(PREFIX).lower().split("__")
        group = nested
        for part in groups:
            group = group.setdefault(part, {})
        group[leaf] = value
    try:
        return Settings.model_validate(nested)
    except ValidationError as error:
        raise ConfigurationError("\n".join(_explain(error))) from None


def _given(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    known = setting_names()
    for name in sorted(name for name in environ if name.startswith(PREFIX)):
        if name in known:
            yield name, environ[name]
        elif name.removesuffix("_FILE") in known:
            if name.removesuffix("_FILE") in environ:
                raise ConfigurationError(f"{name} and {name.removesuffix('_FILE')} are both set; keep one")
            yield name.removesuffix("_FILE"), _read(name, environ[name])
        else:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]}?" if near else "`mayfly check-config` lists those there are"
            raise ConfigurationError(f"{name} is no setting; {hint}")


def _read(name: str, path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not text"
        raise ConfigurationError(f"{name}: cannot read {path}: {reason}") from None


def _explain(error: ValidationError) -> Iterator[str]:
    for fault in error.errors(include_input=False, include_url=False):
        name = PREFIX + "__".join(str(part) for part in fault["loc"] if isinstance(part, str)).upper()
        yield f"{name}: {fault['msg'].removeprefix('Value error, ')}"


def require_webhook_secret(settings: Settings) -> None:
    """Refuse to open a door that would believe anybody. Raises ConfigurationError."""
    if not settings.github.webhook_secrets:
        raise ConfigurationError(
            "MAYFLY_GITHUB__WEBHOOK_SECRETS is not set: without it anybody could send webhooks. "
            "Make one with `openssl rand -hex 32` and enter the same in GitHub's webhook settings"
        )


def masked(settings: Settings) -> dict[str, str]:
    """Every setting by its name, as text, with secrets masked: what `mayfly check-config` prints."""
    return {PREFIX + "__".join(path).upper(): _show(settings, path) for path in _paths(Settings)}


def _show(settings: Settings, path: tuple[str, ...]) -> str:
    value: Any = settings
    for part in path:
        value = getattr(value, part)
    if path == ("database_url",):
        return _without_password(str(value))
    if value is None or value in ([], {}):
        return ""
    return ",".join(_text(item) for item in value) if isinstance(value, list) else _text(value)


def _text(value: object) -> str:
    if isinstance(value, SecretStr):
        return "********"
    if isinstance(value, timedelta):
        return format_span(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _without_password(url: str) -> str:
    url = re.sub(r"(?<=[?&]password=)[^&]*", "********", url)
    scheme, separator, rest = url.partition("://")
    credentials, at_sign, place = rest.rpartition("@")
    if not at_sign:
        return url
    return f"{scheme}{separator}{credentials.partition(':')[0]}:********@{place}"
