"""How often one visitor may ask."""

from datetime import UTC, datetime, timedelta

from app.web.api.rate import Buckets

NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)


class TestBuckets:
    def test_an_empty_one_says_how_long_to_wait(self) -> None:
        buckets = Buckets(per_second=2, burst=3)
        assert [buckets.take("a", NOW) for _ in range(3)] == [None] * 3
        assert buckets.take("a", NOW) == SECOND / 2
        assert buckets.take("a", NOW + SECOND / 4) == SECOND / 4
        assert buckets.take("a", NOW + SECOND / 2) is None

    def test_it_never_holds_more_than_its_burst(self) -> None:
        buckets = Buckets(per_second=2, burst=3)
        buckets.take("a", NOW)
        later = NOW + 1000 * SECOND
        assert [buckets.take("a", later) is None for _ in range(4)] == [True, True, True, False]

    def test_each_has_their_own(self) -> None:
        buckets = Buckets(per_second=1, burst=1)
        assert buckets.take("a", NOW) is None
        assert buckets.take("b", NOW) is None
        assert buckets.take("a", NOW) == SECOND

    def test_a_clock_that_goes_back_gives_nothing(self) -> None:
        buckets = Buckets(per_second=1, burst=1)
        assert buckets.take("a", NOW) is None
        assert buckets.take("a", NOW - 10 * SECOND) == SECOND

    def test_there_are_never_more_than_so_many(self) -> None:
        buckets = Buckets(per_second=1, burst=1, most=2)
        for key in "abc":
            assert buckets.take(key, NOW) is None
        assert buckets.take("c", NOW) == SECOND
        assert buckets.take("a", NOW) is None
