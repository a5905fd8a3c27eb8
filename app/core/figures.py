"""Figures as people read them: moments and money, in one wording for every place."""

from datetime import UTC, datetime


def tell_moment(moment: datetime) -> str:
    """A moment to the minute, with its zone: `Thu 5 March 2026, 10:00 UTC`."""
    at = moment.astimezone(UTC)
    return f"{at:%a} {at.day} {at:%B %Y, %H:%M} UTC"


def tell_cost(dollars_per_month: float) -> str:
    """What something costs in a month, as an estimate; below a cent it is next to nothing."""
    if dollars_per_month < 0.01:
        return "less than $0.01 a month"
    return f"about ${dollars_per_month:,.2f} a month"
