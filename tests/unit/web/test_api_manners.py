"""The API's manners: errors in one line, long lists in pages, ETags, and a description that is true."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from pydantic import BaseModel

from app.core.environment import Phase
from app.core.finding import State
from app.store.database import Database
from app.store.environments import save_environment, save_stack
from app.store.findings import save_findings
from app.store.rounds import add_round
from app.store.sources import save_source
from app.store.wake import Wakes
from app.web.api.examples import EXAMPLES
from app.web.api.page import MOST
from app.web.api.shapes import EnvironmentsShape, FindingsShape, OutputsShape, ProblemShape, WholeEnvironmentShape
from app.web.factory import make_doors
from tests.contract.records import DEPLOYMENT, ENVIRONMENT, FINDING, NOW, ROUND, SOURCE, STACK
from tests.unit.web.door import served
from tests.unit.web.test_metrics import make_settings

FEW = 7


@pytest.fixture
def api(database: Database, wakes: Wakes) -> Iterator[httpx.Client]:
    """A client of the doors, with a handful of environments and findings in the store."""
    with database.begin() as connection:
        for number in range(FEW):
            born = NOW + timedelta(minutes=number // 2)  # two share a moment
            name = f"SHOP-{number}"
            save_environment(connection, replace(ENVIRONMENT, name=name, phase=Phase.READY, created_at=born))
            save_stack(connection, replace(STACK, environment=name, name=name))
            save_source(connection, replace(SOURCE, pull_request=number), name, NOW)
            subject = replace(FINDING.subject, key=name, cost_per_month=float(number // 2))
            save_findings(connection, [replace(FINDING, id=f"f{number}", state=State.FLAGGED, subject=subject)])
        add_round(connection, ROUND)
    with (
        served(make_doors(make_settings(), database, wakes, lambda: NOW)) as server,
        httpx.Client(base_url=f"http://127.0.0.1:{server.port}") as client,
    ):
        yield client


def _problem(answer: httpx.Response, status: int) -> str:
    """The one line of a problem, whose form is checked."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    told = ProblemShape.model_validate(answer.json())
    assert (told.status, told.instance, told.type) == (status, answer.request.url.path, "about:blank")
    assert "\n" not in told.detail
    assert "Traceback" not in answer.text
    return told.detail


def _pages(api: httpx.Client, path: str, kind: str) -> list[list[Any]]:
    """Every page from the first on, as the header `Link` leads."""
    pages, following = [], path
    while following:
        answer = api.get(following)
        pages.append(answer.json()[kind])
        link = answer.links.get("next", {})
        following = link.get("url", "")
    return pages


class TestProblems:
    @pytest.mark.parametrize("path", ["/api/v1", "/api/v1/", "/api/v1/nothing", "/api/v1/environments/"])
    def test_a_path_that_is_not_there(self, api: httpx.Client, path: str) -> None:
        assert _problem(api.get(path), 404).endswith("/api/v1/openapi.json says what there is")

    def test_an_environment_that_is_not_there(self, api: httpx.Client) -> None:
        told = _problem(api.get("/api/v1/environments/SHOP-404/outputs"), 404)
        assert told == "there is no environment 'SHOP-404'; /api/v1/environments lists those there are"

    @pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
    def test_a_method_that_is_not_taken(self, api: httpx.Client, method: str) -> None:
        answer = api.request(method, "/api/v1/environments")
        assert method in _problem(answer, 405)
        assert answer.headers["allow"] == "GET"

    @pytest.mark.parametrize("query", ["limit=0", "limit=501", "limit=many", "all=perhaps", "cursor=" + "a" * 401])
    def test_a_parameter_that_cannot_be_read(self, api: httpx.Client, query: str) -> None:
        assert f"the query parameter {query.partition('=')[0]}: " in _problem(
            api.get(f"/api/v1/environments?{query}"), 422
        )

    @pytest.mark.parametrize(
        "cursor", ["", "!", "AAAA", "bnVsbA", "WzEsMl0", "ÄÖ", "WyIwMDAxLTAxLTAxVDAwOjAwOjAwIiwiYSJd"]
    )
    @pytest.mark.parametrize("path", ["environments", "findings"])
    def test_a_cursor_that_no_page_gave(self, api: httpx.Client, path: str, cursor: str) -> None:
        told = _problem(api.get(f"/api/v1/{path}", params={"cursor": cursor}), 422)
        assert told.startswith("the query parameter cursor: no page gave this one")

    def test_a_database_that_does_not_answer(self, api: httpx.Client, database: Database) -> None:
        with database.begin() as connection:
            connection.execute(sa.text("DROP TABLE sources"))
        answer = api.get("/api/v1/environments")
        assert _problem(answer, 503) == "the database does not answer; ask again in a few seconds"
        assert answer.headers["retry-after"] == "5"

    def test_a_fault_of_our_own(self, api: httpx.Client, database: Database) -> None:
        with database.begin() as connection:
            connection.execute(sa.text("UPDATE environments SET phase = 'no-such-phase'"))
        assert _problem(api.get("/api/v1/environments"), 500).startswith("a fault of Mayfly's own")


class TestPages:
    @pytest.mark.parametrize(("limit", "sizes"), [(3, [3, 3, 1]), (6, [6, 1]), (7, [7]), (500, [7])])
    def test_environments_come_once_each_in_order(self, api: httpx.Client, limit: int, sizes: list[int]) -> None:
        pages = _pages(api, f"/api/v1/environments?limit={limit}", "environments")
        assert [len(page) for page in pages] == sizes
        names = [each["name"] for page in pages for each in page]
        assert names == [f"SHOP-{number}" for number in (6, 4, 5, 2, 3, 0, 1)]

    def test_what_came_meanwhile_repeats_nothing(self, api: httpx.Client, database: Database) -> None:
        first = api.get("/api/v1/environments?limit=4")
        with database.begin() as connection:
            save_environment(
                connection, replace(ENVIRONMENT, name="SHOP-99", phase=Phase.READY, created_at=NOW + timedelta(days=1))
            )
        second = api.get(first.links["next"]["url"])
        assert [each["name"] for each in second.json()["environments"]] == ["SHOP-3", "SHOP-0", "SHOP-1"]

    def test_a_page_keeps_what_else_was_asked(self, api: httpx.Client) -> None:
        assert "all=true" in api.get("/api/v1/environments?limit=1&all=true").links["next"]["url"]

    def test_findings_come_once_each_the_most_expensive_first(self, api: httpx.Client) -> None:
        pages = _pages(api, "/api/v1/findings?limit=3", "findings")
        assert [len(page) for page in pages] == [3, 3, 1]
        assert [each["cost_per_month"] for page in pages for each in page] == [3, 2, 2, 1, 1, 0, 0]

    def test_who_names_no_limit_has_all_that_may_stand_at_once(self, api: httpx.Client) -> None:
        assert len(api.get("/api/v1/environments").json()["environments"]) == FEW
        assert MOST == 500


PATHS = ("environments", "environments/SHOP-1", "environments/SHOP-1/outputs", "findings")


class TestFreshness:
    @pytest.mark.parametrize("path", PATHS)
    def test_what_is_known_is_not_sent_again(self, api: httpx.Client, path: str) -> None:
        tag = api.get(f"/api/v1/{path}").headers["etag"]
        for known in (tag, f'W/{tag}, "other"', "*"):
            again = api.get(f"/api/v1/{path}", headers={"if-none-match": known})
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert api.get(f"/api/v1/{path}", headers={"if-none-match": '"other"'}).status_code == 200

    def test_what_changed_is(self, api: httpx.Client, database: Database) -> None:
        tag = api.get("/api/v1/environments/SHOP-1").headers["etag"]
        with database.begin() as connection:
            save_environment(connection, replace(ENVIRONMENT, name="SHOP-1", reason="something else"))
        answer = api.get("/api/v1/environments/SHOP-1", headers={"if-none-match": tag})
        assert answer.status_code == 200
        assert answer.headers["etag"] != tag

    def test_no_one_between_keeps_it_for_another(self, api: httpx.Client) -> None:
        headers = api.get("/api/v1/environments").headers
        assert (headers["cache-control"], headers["vary"]) == ("private, no-cache", "authorization")


class TestDescription:
    @pytest.mark.parametrize(
        ("path", "shape"),
        list(zip(PATHS, (EnvironmentsShape, WholeEnvironmentShape, OutputsShape, FindingsShape), strict=True)),
    )
    def test_the_shapes_are_those_of_the_answers(self, api: httpx.Client, path: str, shape: type[BaseModel]) -> None:
        shape.model_validate(api.get(f"/api/v1/{path}").json(), strict=False)

    def test_the_examples_have_the_shapes(self) -> None:
        for shape, example in EXAMPLES.items():
            shape.model_validate(example)

    def test_each_answer_has_an_example(self, api: httpx.Client) -> None:
        for path, operations in api.get("/api/v1/openapi.json").json()["paths"].items():
            for status, told in operations["get"]["responses"].items():
                media = told.get("content", {})
                assert status == "304" or all("example" in content for content in media.values()), (path, status)
                assert int(status) < 400 or list(media) == ["application/problem+json"], (path, status)

    def test_a_deployment_has_the_shape(self, api: httpx.Client, database: Database) -> None:
        from app.store.deployments import save_deployment

        with database.begin() as connection:
            save_deployment(connection, replace(DEPLOYMENT, environment="SHOP-1"))
        found = WholeEnvironmentShape.model_validate(api.get("/api/v1/environments/SHOP-1").json())
        assert len(found.deployments) == 1
