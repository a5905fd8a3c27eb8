"""The API against its own description, with requests that nobody would think of."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import Phase as Stage
from schemathesis import Case, GenerationMode, openapi
from schemathesis.specs.openapi.checks import ignored_auth, negative_data_rejection, positive_data_acceptance

from app.core.environment import Phase
from app.core.finding import State
from app.core.visitor import Scope, Token, digest
from app.store.database import Database
from app.store.deployments import save_deployment
from app.store.environments import save_environment, save_stack
from app.store.findings import save_findings
from app.store.rounds import add_round
from app.store.sources import save_source
from app.store.tokens import add_token
from app.store.wake import Wakes
from app.web.factory import make_doors
from tests.contract.records import DEPLOYMENT, ENVIRONMENT, FINDING, NOW, ROUND, SOURCE, STACK
from tests.unit.web.door import served
from tests.unit.web.test_metrics import make_settings

SECRET = "mfy_a-secret-of-32-random-bytes-of-course"
HEADERS = {"authorization": f"Bearer {SECRET}"}
OPERATIONS = ("environments", "environments/{name}", "environments/{name}/outputs", "findings")
EXAMPLES = 15
NOT_OURS = [ignored_auth, negative_data_rejection, positive_data_acceptance]
"""Whether a token is asked for is tested below; a query parameter that nobody knows is let be, and a
cursor that no page gave is refused, which no schema can say."""


class _Ticking:
    """A clock that goes on by a second with each look, so that no bucket is ever empty."""

    def __init__(self) -> None:
        self._now = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        self._now += timedelta(seconds=1)
        return self._now


@pytest.fixture
def address(database: Database, wakes: Wakes) -> Iterator[str]:
    """Where the doors answer of a store that has one of everything, and a token."""
    with database.begin() as connection:
        save_environment(connection, replace(ENVIRONMENT, phase=Phase.READY))
        save_stack(connection, STACK)
        save_source(connection, SOURCE, "SHOP-42", NOW)
        save_deployment(connection, DEPLOYMENT)
        save_findings(connection, [replace(FINDING, state=State.FLAGGED)])
        add_round(connection, ROUND)
        token = Token("ci", digest(SECRET), Scope.WRITE, None, NOW, NOW + timedelta(days=9000))
        assert add_token(connection, token)
    with served(make_doors(make_settings(), database, wakes, _Ticking())) as server:
        yield f"http://127.0.0.1:{server.port}/api/v1/openapi.json"


@pytest.mark.parametrize("mode", GenerationMode, ids=lambda mode: mode.value)
@pytest.mark.parametrize("path", OPERATIONS)
def test_no_request_is_answered_as_nobody_said(address: str, path: str, mode: GenerationMode) -> None:
    schema = openapi.from_url(address, headers=HEADERS)
    operation = schema[f"/api/v1/{path}"]["GET"]
    answered: set[int] = set()

    @seed(42)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Stage.explicit, Stage.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(mode))
    def ask(case: Case[Any]) -> None:
        answered.add(case.call_and_validate(headers=HEADERS, excluded_checks=NOT_OURS).status_code)

    ask()
    assert answered
    assert answered <= {200, 401, 404, 422}


def test_an_operation_is_not_done_for_who_has_no_token(address: str) -> None:
    schema = openapi.from_url(address, headers=HEADERS)
    for path in OPERATIONS:
        case = schema[f"/api/v1/{path}"]["GET"].Case(path_parameters={"name": "SHOP-42"})
        assert case.call().status_code == 401
        assert case.call(headers=HEADERS).status_code == 200
