"""The database's examination: version, schema, clock, and whether anybody works."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from app.core.diagnosis import Diagnosis, ill, well
from app.store.database import Database, DatabaseFault
from app.store.vitals import Vitals, take_vitals

MOST_DRIFT = timedelta(seconds=5)
"""Signatures, tokens and timers all believe the clock."""


def examine_database(database: Database, clock: Callable[[], datetime]) -> Iterator[Diagnosis]:
    """Ask the database about itself."""
    try:
        vitals = take_vitals(database)
    except DatabaseFault as fault:
        reason = " ".join(str(getattr(fault, "orig", fault)).split())[:200]
        yield ill("database", f"cannot be reached: {reason}", "check MAYFLY_DATABASE_URL and that the server runs")
        return
    yield _version(vitals)
    yield _schema(vitals)
    yield _clock(vitals, clock())
    yield _workers(vitals)


def _version(vitals: Vitals) -> Diagnosis:
    if vitals.is_supported:
        return well("database", vitals.product)
    return ill("database", f"{vitals.product} is too old", "use PostgreSQL 13 or newer, or SQLite 3.35 or newer")


def _schema(vitals: Vitals) -> Diagnosis:
    if vitals.is_current:
        return well("schema", "up to date")
    return ill("schema", "is not this version's", "run `mayfly migrate`; every process also does it at its start")


def _clock(vitals: Vitals, now: datetime) -> Diagnosis:
    drift = abs(vitals.now - now)
    if drift <= MOST_DRIFT:
        return well("clock", "this machine and the database agree")
    text = f"this machine and the database are {drift.total_seconds():.0f} s apart"
    return ill("clock", text, "let both follow a time server")


def _workers(vitals: Vitals) -> Diagnosis:
    if vitals.living_workers:
        return well("workers", f"{vitals.living_workers} at work")
    return ill("workers", "none is at work, so nothing is deployed", "start `mayfly serve`, or `mayfly worker`")
