"""The pace of the reaper's calls: below each published rate, and never the deployments' budget."""

from app.aws.caller import HEADROOM, RATES, Bucket
from tests.fleet.door import RATES as PUBLISHED


class FakeTime:
    """A clock that moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def take(rate: float, times: int) -> float:
    """How long so many tokens take."""
    time = FakeTime()
    bucket = Bucket(rate, time, time.sleep)
    for _ in range(times):
        bucket.take()
    return time.now


def test_a_seconds_worth_goes_at_once() -> None:
    assert take(10, 10) == 0


def test_after_it_the_rate_holds() -> None:
    assert round(take(10, 30), 6) == 2.0


def test_a_rate_below_one_a_second_holds_as_well() -> None:
    assert round(take(0.5, 3), 6) == 4.0


def test_what_was_not_used_is_no_more_than_a_seconds_worth() -> None:
    time = FakeTime()
    bucket = Bucket(10, time, time.sleep)
    time.now = 60.0
    for _ in range(20):
        bucket.take()
    assert round(time.now - 60.0, 6) == 1.0


def test_every_rate_stays_below_the_published_one() -> None:
    names = {"resourcegroupstaggingapi": "tagging", "cloudwatch": "monitoring", "cloudwatch:ListMetrics": "ListMetrics"}
    for name, rate in RATES.items():
        assert HEADROOM * rate < PUBLISHED[names.get(name, name)]


def test_cloudformation_is_left_to_the_deployments_for_the_better_half() -> None:
    assert RATES["cloudformation"] <= PUBLISHED["cloudformation"] / 2
