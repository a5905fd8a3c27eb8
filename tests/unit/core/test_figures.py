"""Figures as people read them."""

import pytest

from app.core.figures import tell_cost


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
