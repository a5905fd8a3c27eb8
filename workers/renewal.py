"""Renewal, the part that writes: a repository's artifacts are forgotten, and so are sent again."""

from dataclasses import replace

import structlog

from app.core.blueprint import Preparation
from app.core.environment import Environment
from app.core.plan import Actual
from app.core.renewal import afresh, without_artifacts
from app.store.database import Connection
from app.store.environments import save_stack
from app.store.preparations import forget_artifacts, save_preparation

log = structlog.get_logger()


def renew(connection: Connection, environment: Environment, actual: Actual) -> Actual:
    """What is there once nothing is taken for sent any more, where a stack failed because an artifact is not there."""
    lacking = without_artifacts(actual.records, actual.preparation)
    if not lacking:
        return actual
    forgotten = forget_artifacts(connection, environment.repository)
    log.warning("an artifact is gone; all are sent again", stack=lacking[0].name, forgotten=forgotten)
    preparation = Preparation(environment.desired.commit, is_renewed=True)
    save_preparation(connection, environment.name, preparation)
    records = tuple(afresh(record) if record in lacking else record for record in actual.records)
    for record in records:
        save_stack(connection, record)
    return replace(actual, records=records, preparation=preparation)
