"""One line a diagnosis, and one answer for all of them."""

from app.core.diagnosis import Health, ill, is_fit, missing, unsure, well


def test_a_line_says_what_is_wrong_and_how_to_mend_it() -> None:
    assert ill("slack scopes", "chat:write is missing", "add it and reinstall the app").line() == (
        "wrong   slack scopes             chat:write is missing; add it and reinstall the app"
    )
    assert well("database", "PostgreSQL 16").line() == "ok      database                 PostgreSQL 16"


def test_what_cannot_be_tried_is_no_fault() -> None:
    assert is_fit([well("a", ""), unsure("b", "")])
    assert not is_fit([well("a", ""), ill("b", "", "")])
    assert [health.value for health in Health] == ["ok", "unsure", "wrong"]


def test_what_is_missing_comes_in_order() -> None:
    assert missing(["b", "a", "c"], ["b"]) == ["a", "c"]
