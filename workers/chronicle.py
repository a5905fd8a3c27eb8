"""The chronicle of attempts: when the deployment of a commit began and how it ended.

An attempt begins with the first plan for a commit and ends with the plan that finds it ready or failed; a newer commit
supersedes it.
"""

import uuid
from datetime import datetime

from app.core.deployment import Deployment, Outcome
from app.core.environment import Environment, Phase
from app.core.plan import Plan
from app.store.database import Connection
from app.store.deployments import end_deployment, list_deployments, save_deployment

_ENDS = {Phase.READY: Outcome.SUCCEEDED, Phase.FAILED: Outcome.FAILED, Phase.BLOCKED: Outcome.FAILED}


def follow_attempt(connection: Connection, environment: Environment, decided: Plan, now: datetime) -> None:
    """Write down what a plan means for the attempt that is under way, or that begins with it."""
    attempts = list_deployments(connection, environment.name)
    latest = attempts[0] if attempts else None
    running = latest if latest and latest.outcome is Outcome.RUNNING else None
    commit = environment.desired.commit
    if running and (running.commit != commit or not environment.desired.is_wanted):
        end_deployment(connection, running, Outcome.SUPERSEDED, now)
        running = None
    if not environment.desired.is_wanted:
        return
    outcome = _ENDS.get(decided.phase)
    is_news = latest is None or latest.commit != commit or (outcome is None and latest.outcome is not Outcome.RUNNING)
    if running is None and is_news:
        running = Deployment(uuid.uuid4().hex, environment.name, commit, Outcome.RUNNING, now)
        save_deployment(connection, running)
    if running and outcome:
        cause = decided.reason if outcome is Outcome.FAILED else None
        end_deployment(connection, running, outcome, now, cause)
