"""Lateness: how long CloudFormation may be at work before people are told that it takes unusually long.

Nothing is given up: the stack is followed all the same, only less often.
"""

from datetime import datetime, timedelta

from app.core.stack import StackRecord

DEADLINE = timedelta(minutes=60)
"""After so long an operation is reported as late; a custom resource that never answers takes CloudFormation an hour."""


def is_late(record: StackRecord, now: datetime) -> bool:
    """Whether what is under way on a stack has taken longer than it should."""
    return record.started_at is not None and now - record.started_at > DEADLINE


def told_if_late(record: StackRecord, text: str, now: datetime) -> str:
    """What is said of a stack that is waited for, and that the wait is unusual where it is."""
    if record.started_at is None or not is_late(record, now):
        return text
    since = f"{record.started_at:%H:%M} UTC on {record.started_at:%d %B}"
    return f"{text} It has taken since {since}, which is unusual: see its events. It is still followed."
