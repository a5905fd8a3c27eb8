"""What no rule deletes: a named test for each row of the table."""

from datetime import timedelta
from typing import Any

import pytest

from app.core.protection import why_kept, why_resource_kept
from tests.builders import NOW, a_case, a_fleet_stack, a_loose_case, a_loose_resource, an_environment

AHEAD, BEHIND = "2026-03-02T12:00:00+01:00", "2026-03-02T10:59:59+01:00"


def tagged(**tags: str) -> dict[str, str]:
    return {"mayfly:managed": "x", **{f"mayfly:{name.replace('_', '-')}": value for name, value in tags.items()}}


KEPT = [
    (None, "Its tags could not be read, and one of them may keep it."),
    (tagged(keep="true"), "Its tag mayfly:keep says so."),
    (tagged(keep=" TRUE "), "Its tag mayfly:keep says so."),
    (tagged(keep="until monday"), "Its tag mayfly:keep cannot be understood; it is true or false."),
    (tagged(keep_until=AHEAD), "Its tag mayfly:keep-until keeps it until 2026-03-02 11:00 UTC."),
    (tagged(keep_until="2026-03-03"), "Its tag mayfly:keep-until keeps it until 2026-03-03 00:00 UTC."),
    (
        tagged(keep_until="monday"),
        "Its tag mayfly:keep-until cannot be understood; it is a time such as 2026-03-09T12:00:00Z.",
    ),
    (tagged(keep="false", keep_until=AHEAD), "Its tag mayfly:keep-until keeps it until 2026-03-02 11:00 UTC."),
]
GIVEN_UP: list[dict[str, str]] = [tagged(), tagged(keep="false"), tagged(keep=""), tagged(keep_until=BEHIND)]


@pytest.mark.parametrize(("tags", "told"), KEPT)
def test_tags_keep_a_stack(tags: dict[str, str] | None, told: str) -> None:
    assert why_kept(a_case(a_fleet_stack(tags=tags))) == told


@pytest.mark.parametrize("tags", GIVEN_UP)
def test_other_tags_keep_nothing(tags: dict[str, str]) -> None:
    assert why_kept(a_case(a_fleet_stack(tags=tags))) is None
    assert why_resource_kept(a_loose_case(a_loose_resource(tags=tags))) is None


@pytest.mark.parametrize(("tags", "told"), KEPT[1:])
def test_tags_keep_a_resource_without_a_stack(tags: dict[str, str], told: str) -> None:
    assert why_resource_kept(a_loose_case(a_loose_resource(tags=tags))) == told


@pytest.mark.parametrize(
    "name", ["CDKToolkit", "CDKToolkit-team", "aws-sam-cli-managed-default", "StackSet-a-1", "mayfly", "mayfly-events"]
)
def test_the_stacks_of_tools_are_kept(name: str) -> None:
    assert why_kept(a_case(a_fleet_stack(name))) == f"A tool may need {name}."


@pytest.mark.parametrize("name", ["SHOP-42", "mayflyer", "our-CDKToolkit"])
def test_a_name_that_is_only_like_a_tools_keeps_nothing(name: str) -> None:
    assert why_kept(a_case(a_fleet_stack(name))) is None


def test_termination_protection_keeps() -> None:
    assert why_kept(a_case(a_fleet_stack(is_protected=True))) == "It has termination protection."


@pytest.mark.parametrize(("hours", "is_kept"), [(1, True), (0, False), (-1, False)])
def test_a_keep_of_the_environment_holds_until_its_date(hours: int, is_kept: bool) -> None:
    changes: dict[str, Any] = {"environment": an_environment(keep_until=NOW + timedelta(hours=hours))}
    told = f"Its environment is kept until 2026-03-02 {10 + hours}:00 UTC." if is_kept else None
    assert why_kept(a_case(**changes)) == told
    assert why_resource_kept(a_loose_case(**changes)) == told
