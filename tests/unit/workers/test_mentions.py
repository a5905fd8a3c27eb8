"""Mentions: asked once in a while, and never in anybody's way."""

from dataclasses import dataclass, field
from datetime import timedelta

from app.core.errors import TransientError
from tests.builders import a_source, an_announcement
from tests.twins import Clock
from workers.mentions import KNOWN_FOR, UNKNOWN_FOR, Mentions


@dataclass
class Directory:
    """Who is known, who was asked about, and whether it answers."""

    known: dict[str, str] = field(default_factory=lambda: {"ann": "U0000001"})
    asked: list[str] = field(default_factory=list)
    is_away: bool = False

    def __call__(self, _repository: str, login: str) -> str | None:
        self.asked.append(login)
        if self.is_away:
            raise TransientError("away")
        return self.known.get(login)


def test_whoever_is_known_is_asked_about_once_a_day() -> None:
    directory, clock = Directory(), Clock()
    mentions = Mentions(directory, clock)
    assert [mentions.of(an_announcement()) for _ in range(3)] == [{"ann": "U0000001"}] * 3
    assert directory.asked == ["ann"]
    clock.pass_(KNOWN_FOR)
    mentions.of(an_announcement())
    assert directory.asked == ["ann", "ann"]


def test_whoever_is_not_is_asked_about_again_sooner() -> None:
    directory, clock = Directory({}), Clock()
    mentions = Mentions(directory, clock)
    assert mentions.of(an_announcement()) == {}
    directory.known["ann"] = "U0000001"
    clock.pass_(UNKNOWN_FOR)
    assert mentions.of(an_announcement()) == {"ann": "U0000001"}


def test_what_cannot_be_asked_now_leaves_what_was_known() -> None:
    directory, clock = Directory(), Clock()
    mentions = Mentions(directory, clock)
    mentions.of(an_announcement())
    directory.is_away = True
    clock.pass_(KNOWN_FOR + timedelta(seconds=1))
    assert mentions.of(an_announcement()) == {"ann": "U0000001"}


def test_a_source_of_nobody_is_not_asked_about() -> None:
    directory = Directory()
    assert Mentions(directory, Clock()).of(an_announcement(sources=(a_source(author=""),))) == {}
    assert directory.asked == []
