"""The schedule: the moments that a cron line of five fields names, by the clock on the wall of a time zone."""

from datetime import UTC, datetime, tzinfo

from cronsim import CronSim


def next_after(line: str, moment: datetime, zone: tzinfo) -> datetime:
    """The first moment of the schedule after this one, in UTC."""
    return next(CronSim(line, moment.astimezone(zone))).astimezone(UTC)
