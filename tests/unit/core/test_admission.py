"""Who gets a place, who waits, and for whom."""

from datetime import UTC, datetime, timedelta

from app.core.admission import Claim, Limits, find_excess, queue_of, why_wait

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
ROOMY = Limits(environments=25, per_repository=10, per_author=3)


def claim(
    name: str, repository: str = "acme/shop", author: str = "ada", *, minute: int = 0, is_admitted: bool = False
) -> Claim:
    return Claim(name, repository, author, NOON + timedelta(minutes=minute), is_admitted)


def there(name: str, repository: str = "acme/shop", author: str = "ada", minute: int = 0) -> Claim:
    return claim(name, repository, author, minute=minute, is_admitted=True)


def test_there_is_a_place() -> None:
    assert why_wait("A-1", [claim("A-1")], ROOMY) is None


def test_one_that_has_its_place_waits_for_nothing() -> None:
    assert why_wait("A-1", [there("A-1")], Limits(1, 1, 1)) is None


def test_the_limit_in_all() -> None:
    wait = why_wait("A-2", [there("A-1"), claim("A-2", "acme/other", "bob")], Limits(1, 10, 10))
    assert wait is not None
    assert wait.position == 1
    assert wait.reason == (
        "Number 1 in the queue: there is 1 environment in all, as many as there may be. "
        "The oldest is A-1; when one goes, a place is free."
    )


def test_the_limit_of_a_repository_lets_others_in() -> None:
    claims = [there("A-1"), claim("A-2"), claim("B-1", "acme/other", "bob", minute=5)]
    limits = Limits(10, 1, 10)
    assert why_wait("B-1", claims, limits) is None
    wait = why_wait("A-2", claims, limits)
    assert wait is not None
    assert "of acme/shop" in wait.reason


def test_the_limit_of_an_author_names_their_oldest() -> None:
    claims = [there("A-1", minute=3), there("A-2", minute=1), there("A-3", minute=2), claim("A-4", minute=9)]
    wait = why_wait("A-4", claims, ROOMY)
    assert wait is not None
    assert "The oldest is A-2;" in wait.reason


def test_whoever_waits_longest_comes_first() -> None:
    claims = [there("A-1"), claim("A-3", minute=3), claim("A-2", minute=2)]
    assert [one.environment for one in queue_of(claims)] == ["A-2", "A-3"]
    limits = Limits(2, 10, 10)
    assert why_wait("A-2", claims, limits) is None
    wait = why_wait("A-3", claims, limits)
    assert wait is not None
    assert wait.position == 1


def test_nobody_jumps_the_queue() -> None:
    """A place that is free belongs to the first in the queue, whoever asks."""
    claims = [there("A-1"), claim("A-2", minute=1), claim("A-3", minute=2)]
    assert why_wait("A-3", claims, Limits(2, 10, 10)) is not None


def test_a_busy_repository_does_not_starve_another() -> None:
    busy = [claim(f"A-{number}", author=f"dev{number}", minute=number) for number in range(20)]
    quiet = claim("B-1", "acme/quiet", "bob", minute=30)
    order = [one.environment for one in queue_of([*busy, quiet])]
    assert order.index("B-1") <= 1


def test_positions_count_those_that_really_wait() -> None:
    claims = [there("A-1"), claim("A-2", minute=1), claim("A-3", minute=2), claim("A-4", minute=3)]
    waits = [why_wait(name, claims, Limits(10, 2, 10)) for name in ("A-2", "A-3", "A-4")]
    assert [wait and wait.position for wait in waits] == [None, 1, 2]


def test_within_the_limits_nobody_is_one_too_many() -> None:
    claims = [there("A-1"), there("A-2", minute=1), there("A-3", minute=2), claim("A-4")]
    assert find_excess(claims, ROOMY) == {}


def test_where_a_limit_was_lowered_the_newest_are_too_many() -> None:
    claims = [there("A-3", minute=3), there("A-1", minute=1), there("A-2", minute=2), there("B-1", author="bob")]
    assert find_excess(claims, Limits(10, 10, 2)) == {
        "A-3": "It is one too many: without it, there are 2 environments of ada, as many as there may be."
    }
