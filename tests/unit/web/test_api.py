"""The API's shapes, to the letter of the public contract."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from app.core.environment import Phase
from app.core.stack import Resource, StackStatus
from app.settings import GitHub, Settings
from app.store.database import Database
from app.store.decisions import record_decision
from app.store.deployments import save_deployment
from app.store.environments import save_environment, save_stack
from app.store.sources import save_source
from app.store.wake import Wakes
from app.web.factory import make_doors
from tests.contract.records import DECISION, DEPLOYMENT, DESIRED, ENVIRONMENT, NOW, SOURCE, STACK, TARGET
from tests.unit.web.door import SECRET, served

TARGETS = (replace(TARGET, outputs=None), replace(TARGET, stack="bus", outputs=("Url", "Arn")))
API = replace(
    STACK, status=StackStatus.UPDATE_COMPLETE, outputs={"Url": "https://api.example.com", "DbPassword": "hunter2"}
)
BUS = replace(
    API, stack="bus", name="SHOP-42-bus", region="us-east-1", outputs={"Url": "b", "Arn": "arn:b", "Hidden": "h"}
)
PLANNED = replace(STACK, stack="web", name="SHOP-42-web", id=None, status=StackStatus.ABSENT)
MASK = "•••••• (hidden: looks like a secret)"


@pytest.fixture
def api(database: Database, wakes: Wakes) -> Iterator[httpx.Client]:
    """A client of the doors, with one environment in the store."""
    with database.begin() as connection:
        save_environment(connection, replace(ENVIRONMENT, phase=Phase.READY, desired=replace(DESIRED, targets=TARGETS)))
        save_environment(connection, replace(ENVIRONMENT, name="SHOP-1", phase=Phase.GONE))
        for record in (API, BUS, PLANNED):
            save_stack(connection, record)
        save_source(connection, SOURCE, "SHOP-42", NOW)
        save_deployment(connection, DEPLOYMENT)
        record_decision(connection, DECISION)
        record_decision(connection, replace(DECISION, subject="acme/shop#57", phase=None, actions=()))
    settings = Settings(github=GitHub(webhook_secrets=[SecretStr(SECRET)]))
    with (
        served(make_doors(settings, database, wakes, lambda: NOW)) as server,
        httpx.Client(base_url=f"http://127.0.0.1:{server.port}") as client,
    ):
        yield client


SUMMARY = {
    "name": "SHOP-42",
    "ticket": "SHOP-42",
    "phase": "ready",
    "reason": "brings c0ffee1",
    "sources": [
        {
            "repository": "acme/shop",
            "pull_request": 57,
            "branch": "SHOP-42-basket",
            "commit": "c" * 40,
            "author": "ada",
            "draft": True,
            "fork": True,
        }
    ],
    "stacks": [
        {
            "name": record.name,
            "id": STACK.id,
            "status": "UPDATE_COMPLETE",
            "account": "dev",
            "region": record.region,
        }
        for record in (API, BUS)
    ],
    "created_at": "2026-11-23T08:30:15Z",
    "last_activity_at": "2026-11-23T09:30:15Z",
    "expires_at": "2026-11-26T08:30:15Z",
    "keep_until": "2026-12-02T08:30:15Z",
    "cost_per_month": 12.5,
}


def _json(client: httpx.Client, path: str) -> Any:
    answer = client.get(f"/api/v1{path}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    return answer.json()


class TestEnvironments:
    def test_those_that_stand(self, api: httpx.Client) -> None:
        assert _json(api, "/environments") == {"environments": [SUMMARY]}

    def test_all_of_them(self, api: httpx.Client) -> None:
        found = _json(api, "/environments?all=true")["environments"]
        assert [environment["name"] for environment in found] == ["SHOP-1", "SHOP-42"]

    def test_one_with_its_resources_deployments_and_decisions(self, api: httpx.Client) -> None:
        found = _json(api, "/environments/SHOP-42")
        assert {name: found[name] for name in SUMMARY} == SUMMARY
        assert sorted(set(found) - set(SUMMARY)) == ["decisions", "deployments", "resources"]
        assert found["deployments"][0]["outcome"] == "failed"
        assert [(decision["subject"], decision["phase"]) for decision in found["decisions"]] == [
            ("SHOP-42", "updating"),
            ("acme/shop#57", None),
        ]
        assert found["resources"][0] == {
            "stack": "SHOP-42-api",
            "logical_id": "Table",
            "type": "AWS::DynamoDB::Table",
            "physical_id": "shop-42-table",
            "status": "CREATE_COMPLETE",
        }

    def test_unknown_is_null(self, api: httpx.Client, database: Database) -> None:
        bare = replace(ENVIRONMENT, ticket=None, expires_at=None, keep_until=None, cost_per_month=None)
        with database.begin() as connection:
            save_environment(connection, bare)
        found = _json(api, "/environments/SHOP-42")
        assert [found[name] for name in ("ticket", "expires_at", "keep_until", "cost_per_month")] == [None] * 4

    def test_one_that_is_not_there(self, api: httpx.Client) -> None:
        for path in ("/environments/SHOP-43", "/environments/SHOP-43/outputs", "/environments/%00"):
            answer = api.get(f"/api/v1{path}")
            assert answer.status_code == 404
            assert "/api/v1/environments" in answer.json()["detail"]


class TestOutputs:
    def test_what_a_test_run_needs(self, api: httpx.Client) -> None:
        found = _json(api, "/environments/SHOP-42/outputs")
        assert found == {
            "environment": "SHOP-42",
            "ready": True,
            "commit": "b" * 40,
            "outputs": {"api.Url": "https://api.example.com", "DbPassword": MASK, "bus.Url": "b", "Arn": "arn:b"},
            "stacks": {
                "SHOP-42-api": {
                    "account": "dev",
                    "region": "eu-west-1",
                    "outputs": {"Url": "https://api.example.com", "DbPassword": MASK},
                },
                "SHOP-42-bus": {"account": "dev", "region": "us-east-1", "outputs": {"Url": "b", "Arn": "arn:b"}},
            },
        }

    def test_a_resource_that_looks_secret_is_masked(self, api: httpx.Client, database: Database) -> None:
        secret = Resource("ApiToken", "AWS::SSM::Parameter", "ghp_" + "a" * 36, "CREATE_COMPLETE")
        with database.begin() as connection:
            save_stack(connection, replace(API, resources=(secret,)))
        assert _json(api, "/environments/SHOP-42")["resources"][0]["physical_id"] == MASK


class TestTheRest:
    def test_health_tells_nothing_else(self, api: httpx.Client) -> None:
        assert (api.get("/healthz").text, api.get("/readyz").text) == ("ok", "ok")

    def test_a_store_that_is_away_is_told_by_readiness_alone(self, api: httpx.Client, database: Database) -> None:
        database.close()
        database.engine.dispose()
        database.is_reachable = lambda: False  # type: ignore[method-assign]
        assert (api.get("/readyz").status_code, api.get("/readyz").text) == (503, "not ready")
        assert api.get("/healthz").status_code == 200

    def test_before_the_first_round_there_are_no_findings(self, api: httpx.Client) -> None:
        assert _json(api, "/findings") == {"round": None, "findings": []}

    def test_openapi_is_where_the_contract_says(self, api: httpx.Client) -> None:
        paths = _json(api, "/openapi.json")["paths"]
        assert sorted(paths) == [
            "/api/v1/environments",
            "/api/v1/environments/{name}",
            "/api/v1/environments/{name}/outputs",
            "/api/v1/findings",
        ]

    @pytest.mark.parametrize("path", ["/docs", "/webhooks/github/", "/webhooks", "/.env", "/api/v1/../../etc/passwd"])
    def test_elsewhere_there_is_nothing(self, api: httpx.Client, path: str) -> None:
        assert api.get(path).status_code == 404

    def test_the_webhook_door_is_open(self, api: httpx.Client) -> None:
        assert api.get("/webhooks/github").status_code == 405
        assert api.post("/webhooks/github", json={}).status_code == 400
