"""Whether a source gets an environment, and why not."""

import time
from typing import Any

import pytest

from app.core.trigger import Triggers, matches, why_not
from tests.builders import a_source


@pytest.mark.parametrize(
    ("glob", "text", "covers"),
    [
        ("main", "main", True),
        ("main", "main2", False),
        ("release/*", "release/1", True),
        ("release/*", "release/1/2", False),
        ("release/**", "release/1/2", True),
        ("**/api/*.py", "api/a.py", True),
        ("**/api/*.py", "src/x/api/a.py", True),
        ("**/api/*.py", "src/xapi/a.py", False),
        ("**", "anything/at/all", True),
        ("v?", "v1", True),
        ("v?", "v/", False),
        ("*", "", True),
        ("a*c", "abbbc", True),
        ("a.c", "abc", False),
        ("[ab]", "a", False),
    ],
)
def test_globs(glob: str, text: str, covers: bool) -> None:
    assert matches([glob], text) is covers


def test_one_glob_of_several_will_do() -> None:
    assert matches(["a", "b"], "b")
    assert not matches([], "b")


@pytest.mark.parametrize("glob", ["*a" * 100, "**a" * 66, "**/" * 66 + "x", "?*" * 100])
def test_no_glob_takes_long(glob: str) -> None:
    began = time.process_time()
    matches([glob], "a" * 4000 + "!")
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("triggers", "source", "reason"),
    [
        ({}, {}, None),
        ({}, {"draft": True}, None),
        ({"drafts": False}, {"draft": True}, "is a draft"),
        ({}, {"is_bot": True}, "was opened by a bot"),
        ({"bots": True}, {"is_bot": True}, None),
        ({}, {"fork": True}, "comes from a fork"),
        ({"labels": ("preview", "demo")}, {"labels": ("demo",)}, None),
        ({"labels": ("preview",)}, {"labels": ("demo",)}, "has none of the labels preview"),
        ({"base": ("main", "release/*")}, {"base": "release/1"}, None),
        ({"base": ("main",)}, {"base": "develop"}, "goes to develop"),
        ({"branches": ("main",)}, {"number": None, "branch": "main"}, None),
        ({"branches": ("main",)}, {"number": None, "branch": "cart"}, "is not listed under triggers.branches"),
        ({}, {"number": None, "branch": "main"}, "is not listed under triggers.branches"),
    ],
)
def test_who_gets_an_environment(triggers: dict[str, Any], source: dict[str, Any], reason: str | None) -> None:
    told = why_not(Triggers(**triggers), a_source(**source), ())
    assert told is None if reason is None else reason in str(told)


@pytest.mark.parametrize("glob", ["api/", "*/", "ap?/", "**/api/", "api/**"])
def test_a_folder_covers_all_that_is_in_it(glob: str) -> None:
    assert matches([glob], "api/main.py")
    assert matches([glob], "api/deep/er/main.py")
    assert not matches([glob], "api")
    assert not matches([glob], "xapix")


def test_paths() -> None:
    triggers = Triggers(paths=("api/**",))
    assert why_not(triggers, a_source(), ["README.md", "api/main.py"]) is None
    assert why_not(triggers, a_source(), ["README.md"]) == "acme/shop#57 changes nothing under api/**."
