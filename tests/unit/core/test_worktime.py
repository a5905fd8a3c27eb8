"""Working time: days and hours, where the people are."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from app.core.lifetime import Lifetime
from app.core.worktime import is_working_time


@pytest.mark.parametrize(
    ("moment", "zone", "is_working"),
    [
        ("2026-03-02T08:00", "UTC", True),
        ("2026-03-02T07:59", "UTC", False),
        ("2026-03-02T17:59", "UTC", True),
        ("2026-03-02T18:00", "UTC", False),
        ("2026-03-01T12:00", "UTC", False),
        ("2026-03-02T07:00", "Europe/Berlin", True),
        ("2026-03-01T23:30", "Asia/Tokyo", True),
    ],
    ids=["opens", "not yet", "still", "closed", "a Sunday", "an hour ahead", "Monday there"],
)
def test_working_time_is_where_the_people_are(moment: str, zone: str, is_working: bool) -> None:
    now = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert is_working_time(now, Lifetime(zone=ZoneInfo(zone))) is is_working
