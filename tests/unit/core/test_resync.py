"""What a round of resync makes of what it saw."""

from datetime import UTC, datetime, timedelta

import pytest

from app.core.resync import Known, Sighting, judge, missing, most_at_once, unlike
from app.core.source import SourceKey

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
GRACE = timedelta(minutes=15)


def pull(number: int, repository: str = "acme/shop") -> SourceKey:
    return SourceKey(repository, pull_request=number)


def seen(number: int, *, rounds: int = 1, minutes: int = 20) -> Sighting:
    return Sighting(pull(number), NOON - timedelta(minutes=minutes), rounds)


def test_an_unknown_pull_request_is_looked_at() -> None:
    assert unlike({pull(1): "aaa"}, []) == [pull(1)]


def test_a_push_that_nobody_told_of_is_looked_at() -> None:
    assert unlike({pull(1): "bbb"}, [Known(pull(1), "aaa")]) == [pull(1)]


def test_what_is_as_known_is_left_alone() -> None:
    assert unlike({pull(1): "aaa"}, [Known(pull(1), "aaa")]) == []


def test_missing_are_those_of_repositories_that_could_be_read() -> None:
    known = [Known(pull(1), "a"), Known(pull(2), "b"), Known(pull(1, "acme/dark"), "c")]
    assert missing({pull(1): "a"}, known, ["acme/shop"]) == [pull(2)]


def test_nothing_is_due_at_first_sight() -> None:
    found = judge([pull(1)], [], 10, NOON, GRACE)
    assert found.due == ()
    assert found.sightings == (Sighting(pull(1), NOON, 1),)


def test_nothing_is_due_within_the_grace_time() -> None:
    assert judge([pull(1)], [seen(1, minutes=14)], 10, NOON, GRACE).due == ()


def test_due_after_two_rounds_and_the_grace_time() -> None:
    assert judge([pull(1)], [seen(1, minutes=15)], 10, NOON, GRACE).due == (pull(1),)


def test_a_sighting_that_is_not_repeated_is_forgotten() -> None:
    assert judge([], [seen(1)], 10, NOON, GRACE).sightings == ()


def test_a_sighting_outlasts_a_round_in_which_its_source_was_not_asked_about() -> None:
    found = judge([], [seen(1, rounds=2)], 10, NOON, GRACE, unclear={pull(1), pull(2)})
    assert (found.sightings, found.due) == ((seen(1, rounds=2),), ())


def test_the_breaker_holds_all_where_there_are_too_many() -> None:
    many = [pull(number) for number in range(4)]
    found = judge(many, [seen(number) for number in range(4)], 10, NOON, GRACE)
    assert found.due == ()
    assert found.held == tuple(many)


def test_those_that_are_not_due_yet_count_for_the_breaker() -> None:
    fresh = [seen(number, minutes=1) for number in range(1, 3)]
    asked_earlier = seen(3, minutes=1)
    found = judge([pull(0), pull(1), pull(2)], [seen(0), *fresh, asked_earlier], 10, NOON, GRACE, unclear={pull(3)})
    assert (found.due, found.held) == ((), (pull(0),))


def test_a_person_may_confirm_them() -> None:
    many = [pull(number) for number in range(4)]
    found = judge(many, [seen(number) for number in range(4)], 10, NOON, GRACE, is_confirmed=True)
    assert found.due == tuple(many)


@pytest.mark.parametrize(("live", "most"), [(0, 3), (10, 3), (15, 3), (20, 4), (100, 20)])
def test_the_breaker_grows_with_the_fleet(live: int, most: int) -> None:
    assert most_at_once(live) == most
