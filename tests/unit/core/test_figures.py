"""Figures as people read them."""

from datetime import datetime, timedelta, timezone

import pytest

from app.core.figures import tell_cost, tell_moment


def test_a_moment_names_its_zone_which_is_always_the_same() -> None:
    at = datetime(2026, 3, 5, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    assert tell_moment(at) == "Wed 4 March 2026, 23:30 UTC"


@pytest.mark.parametrize(
    ("dollars", "told"),
    [
        (0.0, "less than $0.01 a month"),
        (0.5, "about $0.50 a month"),
        (1234.567, "about $1,234.57 a month"),
    ],
)
def test_a_cost_is_an_estimate(dollars: float, told: str) -> None:
    assert tell_cost(dollars) == told
