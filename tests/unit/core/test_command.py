"""The grammar of commands: what is meant, and what is refused instead of guessed at."""

from datetime import UTC, datetime, timedelta

import pytest

from app.core.command import HELP, Command, CommandRefused, Verb, parse_command
from app.core.mark import MarkKind
from tests.builders import NOW

DAY = timedelta(days=1)


def parsed(text: str) -> Command:
    return parse_command(text, NOW, UTC)


@pytest.mark.parametrize(
    "verb", ["deploy", "destroy", "status", "why", "retry", "unkeep", "help"], ids=lambda verb: verb
)
def test_most_commands_are_one_word(verb: str) -> None:
    assert parsed(f" {verb} ") == Command(Verb(verb))


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("extend 2d", Command(Verb.EXTEND, span=2 * DAY)),
        ("keep", Command(Verb.KEEP, until=NOW + 7 * DAY)),
        ("keep 3d", Command(Verb.KEEP, until=NOW + 3 * DAY)),
        ("keep 2026-03-09 demo", Command(Verb.KEEP, until=datetime(2026, 3, 10, tzinfo=UTC), reason="demo")),
        ("keep for the demo", Command(Verb.KEEP, until=NOW + 7 * DAY, reason="for the demo")),
        ("approve C0FFEEC0FFEE", Command(Verb.APPROVE, commit="c0ffeec0ffee")),
        (f"approve {'a' * 40}", Command(Verb.APPROVE, commit="a" * 40)),
    ],
    ids=["extend", "keep", "keep a span", "keep to a date", "keep and why", "approve", "approve in full"],
)
def test_some_take_more(text: str, command: Command) -> None:
    assert parsed(text) == command


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Deploy",
        "deploy now",
        "destroy; rm -rf /",
        "deploy\tnow",
        "extend",
        "extend two days",
        "extend 2d please",
        "keep 2026-99-99",
        "keep 7days",
        "approve",
        "approve c0ffee",
        f"approve {'a' * 41}",
        "approve c0ffeec0ffee --force",
        "approve HEAD",
        "sudo deploy",
        "dеploy",  # noqa: RUF001 - the second letter is Cyrillic
    ],
)
def test_anything_else_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(CommandRefused) as refused:
        parsed(text)
    assert "\n" not in str(refused.value)


def test_questions_set_no_mark_and_all_else_does() -> None:
    asking = {verb for verb in Verb if verb.kind is None}
    assert asking == {Verb.STATUS, Verb.WHY, Verb.HELP}
    assert {verb.kind for verb in Verb if verb.kind} == set(MarkKind)


def test_the_help_names_every_command() -> None:
    named = {line.partition(":")[0].partition(" ")[0] for line in HELP.splitlines()}
    assert named == {verb.value for verb in Verb} - {"help"}
