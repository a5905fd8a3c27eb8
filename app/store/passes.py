"""Passes: what is woken and looked at, one at a time per key, and the names under which the engine queues them."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What is woken. Each kind has one room in `workers/`."""

    SOURCE = "source"
    ENVIRONMENT = "environment"
    WATCH = "watch"
    ANNOUNCEMENT = "announcement"
    ORDER = "order"
    RESYNC = "resync"
    RECOVERY = "recovery"
    UPKEEP = "upkeep"
    WORKSPACE = "workspace"
    FIGURES = "figures"
    REAPER = "reaper"
    REPORT = "report"
    DISPOSAL = "disposal"


@dataclass(frozen=True)
class Pass:
    """One queued pass, as the engine hands it back."""

    kind: Kind
    key: str
    id: str


def pass_id_of(kind: str, sequence: int, key: str) -> str:
    """The name of a key's pass: the engine runs what bears one name once."""
    return f"{kind}|{sequence}|{key}"


def parse_pass(pass_id: str) -> Pass:
    """The pass that an id of ours names."""
    kind, _, key = pass_id.split("|", 2)
    return Pass(Kind(kind), key, pass_id)
