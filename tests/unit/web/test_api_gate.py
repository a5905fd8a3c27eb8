"""The API's gate: who is let in, and how the others are told."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from app.core.environment import Phase
from app.core.finding import State
from app.core.visitor import Scope, Token, digest
from app.sandbox.github.sandbox import GitHubSandbox
from app.settings import Settings, Web
from app.store.database import Database
from app.store.environments import save_environment
from app.store.findings import save_findings
from app.store.sources import save_source
from app.store.tokens import add_token, revoke_token
from app.store.wake import Wakes
from app.web.factory import make_doors
from tests.contract.records import ENVIRONMENT, FINDING, NOW, SOURCE
from tests.unit.web.test_metrics import make_settings

SECRET = "mfy_a-secret-of-32-random-bytes-of-course"
TOKEN = Token("ci", digest(SECRET), Scope.READ, None, NOW, NOW + timedelta(days=90))
HERE = {"host": "127.0.0.1:8080"}


@pytest.fixture
def filled(database: Database) -> Database:
    """A store with an environment and a finding of each of two repositories."""
    with database.begin() as connection:
        for number, name in enumerate(("shop", "till")):
            repository = f"acme/{name}"
            save_environment(connection, replace(ENVIRONMENT, name=name.upper(), phase=Phase.READY))
            save_source(connection, replace(SOURCE, repository=repository, pull_request=number), name.upper(), NOW)
            subject = replace(FINDING.subject, key=name, repository=repository)
            save_findings(connection, [replace(FINDING, id=name, state=State.FLAGGED, subject=subject)])
        lost = replace(FINDING.subject, key="lost", repository=None)
        save_findings(connection, [replace(FINDING, id="lost", state=State.FLAGGED, subject=lost)])
    return database


class Caller:
    """Asks the doors as somebody at an address, with the clock at a moment."""

    def __init__(self, settings: Settings, database: Database, wakes: Wakes) -> None:
        self.now = NOW
        self._doors = make_doors(settings, database, wakes, lambda: self.now)

    def ask(
        self,
        path: str = "/api/v1/environments",
        *,
        method: str = "GET",
        address: str = "127.0.0.1",
        secret: str | None = None,
        headers: Mapping[str, str] = HERE,
    ) -> httpx.Response:
        """One request and its answer."""
        given = {**headers, **({"authorization": f"Bearer {secret}"} if secret else {})}
        return asyncio.run(self._ask(method, path, address, given))

    async def _ask(self, method: str, path: str, address: str, headers: dict[str, str]) -> httpx.Response:
        transport = httpx.ASGITransport(self._doors, client=(address, 1234), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as client:
            return await client.request(method, path, headers=headers)


@pytest.fixture
def caller(filled: Database, wakes: Wakes) -> Caller:
    """Somebody who asks doors that listen on loopback."""
    return Caller(make_settings(), filled, wakes)


def _keep(database: Database, **changed: Any) -> None:
    with database.begin() as connection:
        assert add_token(connection, replace(TOKEN, **changed))


def _refused(answer: httpx.Response, status: int = 401) -> str:
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    if status == 401:
        assert answer.headers["www-authenticate"].startswith('Bearer realm="mayfly"')
    return str(answer.json()["detail"])


class TestWithoutTokens:
    @pytest.mark.parametrize("address", ["127.0.0.1", "127.1.2.3", "::1"])
    @pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost:8080", "[::1]:8080", "localhost"])
    def test_this_machine_is_let_in(self, caller: Caller, address: str, host: str) -> None:
        assert caller.ask(address=address, headers={"host": host}).status_code == 200

    @pytest.mark.parametrize("path", ["/api/v1/environments", "/api/v1/findings", "/api/v1/openapi.json", "/api/v1/x"])
    @pytest.mark.parametrize("address", ["10.0.0.7", "203.0.113.9", "2001:db8::1", "", "unix"])
    def test_another_machine_is_told_how_to_make_one(self, caller: Caller, address: str, path: str) -> None:
        assert "`mayfly token create --name ci`" in _refused(caller.ask(path, address=address))

    @pytest.mark.parametrize(
        "headers",
        [
            {"x-forwarded-for": "127.0.0.1"},
            {"forwarded": "for=127.0.0.1"},
            {"via": "1.1 proxy"},
            {"x-real-ip": "127.0.0.1"},
            {"host": "rebound.example.com:8080"},
            {"host": "127.0.0.1.example.com"},
        ],
        ids="-".join,
    )
    def test_what_comes_through_a_proxy_or_a_page_is_not_from_here(
        self, caller: Caller, headers: dict[str, str]
    ) -> None:
        _refused(caller.ask(headers=HERE | headers))

    @pytest.mark.parametrize(
        "changed",
        [{"web": Web(host="0.0.0.0")}, {"web": Web(host="::")}, {"web": Web(host="mayfly.example.com")}],
        ids=["every-address", "every-address-6", "name"],
    )
    def test_doors_for_others_always_ask(self, filled: Database, wakes: Wakes, changed: dict[str, Any]) -> None:
        open_to_all = Caller(make_settings().model_copy(update=changed), filled, wakes)
        _refused(open_to_all.ask())
        _keep(filled)
        assert open_to_all.ask(address="10.0.0.7", secret=SECRET).status_code == 200

    def test_health_asks_for_nothing(self, caller: Caller) -> None:
        assert caller.ask("/healthz", address="10.0.0.7").text == "ok"


class TestTokens:
    def test_whoever_has_one_is_let_in_from_anywhere(self, caller: Caller, filled: Database) -> None:
        _keep(filled)
        assert caller.ask(secret=SECRET, address="10.0.0.7", headers={"via": "1.1 proxy"}).status_code == 200

    def test_once_there_was_one_this_machine_is_asked_too(self, caller: Caller, filled: Database) -> None:
        _keep(filled)
        _refused(caller.ask())
        with filled.begin() as connection:
            revoke_token(connection, "ci", NOW)
        _refused(caller.ask())
        assert "the token ci is revoked" in _refused(caller.ask(secret=SECRET))

    def test_one_ends_when_it_says(self, caller: Caller, filled: Database) -> None:
        _keep(filled)
        caller.now = TOKEN.expires_at - timedelta(seconds=1)
        assert caller.ask(secret=SECRET).status_code == 200
        caller.now = TOKEN.expires_at
        assert "the token ci is expired" in _refused(caller.ask(secret=SECRET))

    @pytest.mark.parametrize("secret", ["mfy_", SECRET[:-1], SECRET + "a", SECRET.upper(), "a.b.c", "x"])
    def test_a_forged_one_is_refused_and_not_told_again(self, caller: Caller, filled: Database, secret: str) -> None:
        _keep(filled)
        answer = caller.ask(secret=secret)
        _refused(answer)
        assert secret not in answer.text.replace("mfy_...", "") or len(secret) < 5
        assert 'error="invalid_token"' in answer.headers["www-authenticate"]

    @pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", f"Basic {SECRET}", SECRET, f"bearer{SECRET}"])
    def test_a_header_that_cannot_be_read(self, caller: Caller, filled: Database, header: str) -> None:
        _keep(filled)
        _refused(caller.ask(headers=HERE | {"authorization": header}))

    def test_one_that_reads_does_not_write(self, caller: Caller, filled: Database) -> None:
        _keep(filled)
        _keep(filled, name="deploy", sha256=digest("mfy_w"), scope=Scope.WRITE)
        assert "`--scope write`" in _refused(caller.ask(method="POST", secret=SECRET), 403)
        _refused(caller.ask(method="POST", secret="mfy_w"), 405)

    def test_one_of_a_repository_sees_that_one_alone(self, caller: Caller, filled: Database) -> None:
        _keep(filled, repository="ACME/shop")
        listed = caller.ask(secret=SECRET).json()["environments"]
        assert [each["name"] for each in listed] == ["SHOP"]
        found = caller.ask("/api/v1/findings", secret=SECRET).json()["findings"]
        assert len(found) == 1
        assert caller.ask("/api/v1/environments/SHOP/outputs", secret=SECRET).status_code == 200
        for path in ("/api/v1/environments/TILL", "/api/v1/environments/TILL/outputs"):
            told = _refused(caller.ask(path, secret=SECRET), 404)
            assert told == _refused(caller.ask(path.replace("TILL", "NONE"), secret=SECRET), 404).replace(
                "NONE", "TILL"
            )


class TestRate:
    def test_whoever_asks_too_often_waits(self, caller: Caller, filled: Database) -> None:
        _keep(filled)
        statuses = [caller.ask("/api/v1/x", secret=SECRET).status_code for _ in range(201)]
        assert statuses == [404] * 200 + [429]
        answer = caller.ask(secret=SECRET)
        assert answer.headers["retry-after"] == "1"
        assert "ask again in 1 s" in _refused(answer, 429)
        caller.now += timedelta(seconds=1)
        assert caller.ask(secret=SECRET).status_code == 200

    def test_whoever_guesses_waits_and_keeps_nobody_else_out(self, caller: Caller, filled: Database) -> None:
        _keep(filled)
        statuses = [caller.ask(secret=f"mfy_{number}").status_code for number in range(201)]
        assert statuses == [401] * 200 + [429]
        assert caller.ask(secret=SECRET).status_code == 200


class TestWorkflows:
    """Jobs of GitHub Actions, known by GitHub's own tokens."""

    @pytest.fixture
    def github(self) -> Iterator[GitHubSandbox]:
        """Whoever gives them their tokens."""
        with GitHubSandbox.start() as started:
            yield started

    @pytest.fixture
    def job(self, github: GitHubSandbox, filled: Database, wakes: Wakes) -> Caller:
        """A job on some machine of GitHub's."""
        asked = make_settings()
        reached = asked.github.model_copy(update={"api_url": github.api_url})
        caller = Caller(asked.model_copy(update={"github": reached}), filled, wakes)
        caller.now = datetime.now(UTC)
        return caller

    def test_one_reads_its_own_repositorys_outputs(self, github: GitHubSandbox, job: Caller) -> None:
        secret = github.tokens.workflows.issue(github.api_url, "acme/shop")
        for path in ("/api/v1/environments/SHOP", "/api/v1/environments/SHOP/outputs"):
            assert job.ask(path, address="203.0.113.9", secret=secret).status_code == 200
        _refused(job.ask("/api/v1/environments/TILL/outputs", address="203.0.113.9", secret=secret), 404)

    @pytest.mark.parametrize("path", ["/api/v1/environments", "/api/v1/findings"])
    def test_one_lists_nothing(self, github: GitHubSandbox, job: Caller, path: str) -> None:
        secret = github.tokens.workflows.issue(github.api_url, "acme/shop")
        told = _refused(job.ask(path, secret=secret), 403)
        assert told.startswith("the workflow of acme/shop sees its repository's environments alone")
        _refused(job.ask(path, secret=secret, method="POST"), 403)

    def test_a_forged_one_is_told_why(self, github: GitHubSandbox, job: Caller) -> None:
        secret = github.tokens.workflows.issue(github.api_url, "acme/shop", aud="another")
        assert "GitHub's token is not good" in _refused(job.ask(secret=secret))

    def test_keys_that_cannot_be_fetched_are_no_fault_of_the_job(self, github: GitHubSandbox, job: Caller) -> None:
        secret = github.tokens.workflows.issue(github.api_url, "acme/shop")
        github.stop()
        answer = job.ask(secret=secret)
        assert "ask again later" in _refused(answer, 503)
        assert answer.headers["retry-after"] == "60"
