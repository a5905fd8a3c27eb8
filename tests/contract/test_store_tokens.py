"""Access tokens, on both databases."""

from dataclasses import replace

from app.store.database import Database
from app.store.tokens import add_token, list_tokens, revoke_token
from tests.contract.records import NOW, TOKEN, defaulted


class TestTokens:
    def test_a_round_trip(self, database: Database) -> None:
        assert defaulted(TOKEN) == []
        with database.begin() as connection:
            assert add_token(connection, TOKEN)
            assert list_tokens(connection) == [TOKEN]

    def test_a_name_is_free_again_once_it_is_revoked(self, database: Database) -> None:
        live = replace(TOKEN, revoked_at=None)
        with database.begin() as connection:
            assert add_token(connection, live)
            assert not add_token(connection, replace(live, sha256=b"t" * 32))
            assert revoke_token(connection, "ci", NOW)
            assert not revoke_token(connection, "ci", NOW)
            assert add_token(connection, replace(live, sha256=b"t" * 32))
            assert [(each.sha256, each.revoked_at) for each in list_tokens(connection)] == [
                (b"s" * 32, NOW),
                (b"t" * 32, None),
            ]
