"""The tokens of GitHub's workflows, against a GitHub on this machine: one good, and every way to forge one."""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from app.github.workflows import KEPT, PAUSE, ForgedIdentity, KeysUnreachable, Workflows
from app.sandbox.github.sandbox import GitHubSandbox

SHOP = "acme/shop"
KEYS = "/.well-known/jwks"


@pytest.fixture
def github() -> Iterator[GitHubSandbox]:
    """A GitHub."""
    with GitHubSandbox.start() as started:
        yield started


@pytest.fixture
def workflows(github: GitHubSandbox) -> Workflows:
    """Whoever knows its workflows."""
    return Workflows(github.api_url)


def _now() -> datetime:
    return datetime.now(UTC)


def _token(github: GitHubSandbox, **changed: Any) -> str:
    return github.tokens.workflows.issue(github.api_url, SHOP, **changed)


def _asked(github: GitHubSandbox) -> int:
    return sum(asked.path == KEYS for asked in github.requests)


def _seconds(span: timedelta) -> int:
    return int((_now() + span).timestamp())


class TestGoodOnes:
    def test_a_workflow_is_known_by_its_repository(self, github: GitHubSandbox, workflows: Workflows) -> None:
        assert workflows.repository(_token(github), _now()) == SHOP

    def test_one_that_is_meant_for_several(self, github: GitHubSandbox, workflows: Workflows) -> None:
        assert workflows.repository(_token(github, aud=["other", "mayfly"]), _now()) == SHOP

    def test_the_keys_are_fetched_once(self, github: GitHubSandbox, workflows: Workflows) -> None:
        for _ in range(3):
            workflows.repository(_token(github), _now())
        assert _asked(github) == 1

    def test_a_new_key_is_found_after_a_minute_and_the_old_one_forgotten(
        self, github: GitHubSandbox, workflows: Workflows
    ) -> None:
        old = _token(github)
        workflows.repository(old, _now())
        github.tokens.workflows.turn_key()
        with pytest.raises(ForgedIdentity):
            workflows.repository(_token(github), _now())
        assert workflows.repository(_token(github), _now() + PAUSE) == SHOP
        with pytest.raises(ForgedIdentity):
            workflows.repository(old, _now() + PAUSE)
        assert _asked(github) == 2

    def test_keys_grow_old(self, github: GitHubSandbox, workflows: Workflows) -> None:
        workflows.repository(_token(github), _now())
        later = _token(github, exp=_seconds(2 * KEPT))
        assert workflows.repository(later, _now() + KEPT) == SHOP
        assert _asked(github) == 2


class TestForgedOnes:
    @pytest.mark.parametrize(
        "changed",
        [
            {"aud": "sts.amazonaws.com"},
            {"aud": None},
            {"iss": "https://token.actions.githubusercontent.com"},
            {"iss": None},
            {"exp": _seconds(timedelta(minutes=-2))},
            {"exp": None},
            {"exp": "soon"},
            {"iat": _seconds(timedelta(minutes=5))},
            {"iat": None},
            {"nbf": _seconds(timedelta(minutes=5))},
            {"repository": None},
            {"repository": "shop"},
            {"repository": ["acme/shop"]},
        ],
        ids="-".join,
    )
    def test_claims_that_are_not_for_us(
        self, github: GitHubSandbox, workflows: Workflows, changed: dict[str, Any]
    ) -> None:
        with pytest.raises(ForgedIdentity, match="GitHub's token is not good"):
            workflows.repository(_token(github, **changed), _now())

    def test_no_signature(self, github: GitHubSandbox, workflows: Workflows) -> None:
        head, body, _ = _token(github).split(".")
        for alg in ("none", "HS256"):
            kid = jwt.get_unverified_header(f"{head}.{body}.AAAA")["kid"]
            forged = base64.urlsafe_b64encode(json.dumps({"alg": alg, "kid": kid}).encode()).decode().rstrip("=")
            with pytest.raises(ForgedIdentity):
                workflows.repository(f"{forged}.{body}.AAAA", _now())

    def test_another_ones_signature(self, github: GitHubSandbox, workflows: Workflows) -> None:
        one, other = _token(github), _token(github, repository="acme/till")
        with pytest.raises(ForgedIdentity):
            workflows.repository(".".join([*other.split(".")[:2], one.split(".")[2]]), _now())

    def test_another_github(self, workflows: Workflows) -> None:
        with GitHubSandbox.start() as other, pytest.raises(ForgedIdentity):
            workflows.repository(other.tokens.workflows.issue(workflows.issuer, SHOP), _now())

    def test_many_forged_ones_fetch_nothing(self, github: GitHubSandbox, workflows: Workflows) -> None:
        for number in range(20):
            forged = jwt.encode({"iss": workflows.issuer}, "k" * 32, "HS256", {"kid": str(number)})
            with pytest.raises(ForgedIdentity):
                workflows.repository(forged, _now())
        assert _asked(github) == 1

    @pytest.mark.parametrize("token", ["a.b.c", "e30.e30.e30", "eyJhbGciOiJSUzI1NiIsImtpZCI6MX0.e30.e30"])
    def test_what_is_no_token(self, workflows: Workflows, token: str) -> None:
        with pytest.raises(ForgedIdentity):
            workflows.repository(token, _now())


class TestOutages:
    def test_a_github_that_is_away_is_asked_once_a_minute(self, github: GitHubSandbox, workflows: Workflows) -> None:
        token, now = _token(github, exp=_seconds(timedelta(hours=1))), _now()
        github.stop()
        for _ in range(2):
            with pytest.raises(KeysUnreachable) as caught:
                workflows.repository(token, now)
            assert caught.value.retry_after == PAUSE

    def test_an_issuer_that_says_it_is_another_is_not_believed(self, github: GitHubSandbox) -> None:
        workflows = Workflows(github.api_url.replace("127.0.0.1", "localhost"))
        workflows.issuer = f"{workflows.issuer}/elsewhere"
        with pytest.raises(KeysUnreachable):
            workflows.repository(_token(github), _now())
