"""Who asks the API, and what they may see and do."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.core.visitor import LOCAL, Scope, Token, Visitor, digest, matching, workflow_of

NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
TOKEN = Token("ci", digest("mfy_a"), Scope.READ, None, NOW, NOW + timedelta(days=90))


class TestVisitor:
    @pytest.mark.parametrize(
        ("visitor", "may_list", "sees_shop", "sees_till", "writes"),
        [
            pytest.param(LOCAL, True, True, True, True, id="this machine"),
            pytest.param(TOKEN.visitor, True, True, True, False, id="token"),
            pytest.param(replace(TOKEN, scope=Scope.WRITE).visitor, True, True, True, True, id="token that writes"),
            pytest.param(replace(TOKEN, repository="Acme/Shop").visitor, True, True, False, False, id="of one"),
            pytest.param(workflow_of("acme/shop"), False, True, False, False, id="workflow"),
        ],
    )
    def test_what_each_may(
        self, visitor: Visitor, may_list: bool, sees_shop: bool, sees_till: bool, writes: bool
    ) -> None:
        assert (visitor.may_list, visitor.may_see("acme/shop"), visitor.may_see("acme/till")) == (
            may_list,
            sees_shop,
            sees_till,
        )
        assert [visitor.may(method) for method in ("GET", "HEAD", "POST", "DELETE")] == [True, True, writes, writes]

    def test_what_belongs_to_no_repository_is_not_for_those_of_one(self) -> None:
        assert TOKEN.visitor.may_see(None)
        assert not workflow_of("acme/shop").may_see(None)


class TestToken:
    def test_it_is_known_by_its_secret_alone(self) -> None:
        other = replace(TOKEN, name="other", sha256=digest("mfy_b"))
        assert matching("mfy_b", [TOKEN, other]) == other
        assert matching("mfy_c", [TOKEN, other]) is None
        assert matching("mfy_a", []) is None

    def test_where_it_stands(self) -> None:
        assert TOKEN.standing(TOKEN.expires_at - timedelta(microseconds=1)) == "live"
        assert TOKEN.standing(TOKEN.expires_at) == "expired"
        assert replace(TOKEN, revoked_at=NOW).standing(NOW) == "revoked"
