"""The recovery: what GitHub sent and nobody took in is fetched, each once, whatever comes in between."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.github.client import GitHub, GitHubUnreachable, connect_github
from app.github.deliveries import DeliveryLog
from app.sandbox.github import GitHubSandbox
from app.sorting import Sorter
from app.store.arrivals import keep_arrivals
from app.store.database import Database
from app.store.inbox import stored_ids
from app.store.missed import list_missed, recovered_until
from app.store.tables import deliveries, orders
from app.store.tables import wakes as slots
from app.store.wake import Wakes
from tests.unit.workers.stage import opened_database
from workers import recovery
from workers.recovery import EVERY, ROUND, SOON, Recovery

SHOP = "acme/shop"
NOWHERE = "http://127.0.0.1:9/webhooks/github"
ONE = "GET /app/hook/deliveries/*"
LIST = "GET /app/hook/deliveries"


@dataclass
class Outage:
    """Mayfly is away, GitHub goes on, and somebody looks afterwards."""

    sandbox: GitHubSandbox
    database: Database
    wakes: Wakes
    recovery: Recovery

    def opens(self, count: int) -> list[str]:
        """So many pull requests are opened; the ids of their deliveries."""
        before = len(self.sandbox.deliveries)
        for _ in range(count):
            branch = f"SHOP-{self.sandbox.world.next_id()}"
            self.sandbox.push(SHOP, branch, {"a.txt": branch})
            self.sandbox.open_pull_request(SHOP, branch, title=branch)
        self.sandbox.wait_delivered()
        return [each.guid for each in self.sandbox.deliveries[before:]]

    def arrives(self, guid: str) -> None:
        """One of them arrived after all."""
        sent = next(each for each in self.sandbox.deliveries if each.guid == guid)
        body = json.dumps(sent.payload).encode()
        with self.database.begin() as connection:
            arrived = Sorter([]).sort(guid, sent.event, body, 0, datetime.now(UTC))
            keep_arrivals(connection, self.wakes, [arrived])

    def passes(self) -> int:
        """Pass after pass, until one leaves nothing; how many it took."""
        for number in range(1, 50):
            if self.recovery(ROUND) == EVERY:
                return number
        raise AssertionError("there is no end to it")

    @property
    def ids(self) -> list[str]:
        with self.database.read() as connection:
            return list(stored_ids(connection))

    @property
    def until(self) -> Any:
        with self.database.read() as connection:
            return recovered_until(connection)

    def asked(self, path: str) -> int:
        return sum(request.path.startswith(path) for request in self.sandbox.requests)


@pytest.fixture
def sandbox() -> Iterator[GitHubSandbox]:
    with GitHubSandbox.start() as sandbox:
        sandbox.create_repository(SHOP, files={"README.md": "x"})
        sandbox.deliver_to(NOWHERE, "a-secret-of-nobody")
        yield sandbox


@pytest.fixture
def github(sandbox: GitHubSandbox) -> GitHub:
    return connect_github(sandbox.api_url, None, str(sandbox.app_id), sandbox.private_key)


@pytest.fixture
def outage(tmp_path: Path, sandbox: GitHubSandbox, github: GitHub) -> Iterator[Outage]:
    with opened_database(tmp_path) as database:
        wakes = Wakes(database)
        clock = lambda: datetime.now(UTC)  # noqa: E731 - the sandbox's own
        yield Outage(sandbox, database, wakes, Recovery(database, wakes, DeliveryLog(github), Sorter([]), clock))
        wakes.close()


def test_everything_that_never_arrived_is_fetched_once_the_oldest_first(outage: Outage) -> None:
    missed = outage.opens(4)
    assert outage.passes() == 1
    assert outage.ids == missed
    assert (outage.passes(), outage.ids) == (1, missed)
    with outage.database.read() as connection:
        assert {*connection.execute(sa.select(deliveries.c.secret)).scalars()} == {-1}
        woken = set(connection.execute(sa.select(slots.c.key)).scalars())
    assert {key for key in woken if "#" in key} == {f"{SHOP}#{number}" for number in range(1, 5)}


def test_what_arrived_is_not_fetched(outage: Outage) -> None:
    arrived, *missed = outage.opens(2)
    outage.arrives(arrived)
    outage.passes()
    assert outage.ids == [arrived, *missed]
    assert outage.asked("/app/hook/deliveries/") == len(missed)


def test_one_that_arrives_after_all_while_it_is_being_fetched_is_kept_once(outage: Outage) -> None:
    outage.opens(1)
    late = outage.sandbox.deliveries[-1].guid
    outage.recovery._look(outage.recovery.sent)  # type: ignore[arg-type]
    outage.arrives(late)
    outage.passes()
    assert sorted(outage.ids) == sorted({each.guid for each in outage.sandbox.deliveries})


def test_several_attempts_of_one_delivery_are_one(outage: Outage) -> None:
    guid = outage.opens(1)[0]
    outage.sandbox.redeliver(guid)
    outage.sandbox.wait_delivered()
    outage.passes()
    assert outage.ids.count(guid) == 1


def test_pages_are_followed_and_a_pass_takes_no_more_than_it_may(
    outage: Outage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recovery, "AT_ONCE", 40)
    missed = outage.opens(35)
    assert len(missed) == 105
    assert outage.recovery(ROUND) == SOON
    assert len(outage.ids) == 40
    assert outage.passes() == 2
    assert outage.ids == missed


def test_the_next_look_goes_no_further_back_than_the_last(outage: Outage) -> None:
    missed = outage.opens(2)
    outage.passes()
    assert outage.until == max(each.delivered_at for each in outage.sandbox.deliveries).replace(microsecond=0)
    with outage.database.begin() as connection:
        connection.execute(deliveries.delete())
    outage.sandbox.courier.log[0].delivered_at -= timedelta(hours=1)
    outage.passes()
    assert outage.ids == missed[1:]


def test_a_comment_that_was_missed_becomes_an_order_once(outage: Outage) -> None:
    outage.opens(1)
    outage.sandbox.comment(SHOP, 1, "/mayfly status")
    outage.sandbox.wait_delivered()
    outage.passes()
    outage.passes()
    with outage.database.read() as connection:
        assert connection.execute(sa.select(orders.c.content)).scalar_one()["line"] == "/mayfly status"


@pytest.mark.parametrize("status", [404, 410])
def test_a_payload_that_is_gone_is_given_up_and_told(outage: Outage, status: int) -> None:
    missed = outage.opens(2)
    outage.sandbox.faults.refuse(ONE, status)
    assert outage.passes() == 1
    assert outage.ids == missed[1:]
    with outage.database.read() as connection:
        assert list_missed(connection, 10) == []
    asked = outage.asked("/app/hook/deliveries/")
    outage.passes()
    assert outage.asked("/app/hook/deliveries/") == asked + 1  # it is looked for again as long as GitHub lists it


@pytest.mark.parametrize("at", [LIST, ONE])
def test_an_answer_that_fails_is_asked_again_and_nothing_is_fetched_twice(outage: Outage, at: str) -> None:
    missed = outage.opens(3)
    if at == ONE:
        outage.recovery._look(outage.recovery.sent)  # type: ignore[arg-type]
    outage.sandbox.faults.refuse(at, 502, times=2)
    for _ in range(2):
        with pytest.raises(GitHubUnreachable):
            outage.recovery(ROUND)
    outage.passes()
    assert outage.ids == missed


def test_a_used_up_rate_limit_says_when_to_come_again(outage: Outage) -> None:
    outage.opens(1)
    outage.sandbox.faults.limit_rate(LIST, retry_after=timedelta(seconds=90))
    with pytest.raises(GitHubUnreachable) as limited:
        outage.recovery(ROUND)
    assert limited.value.retry_after == timedelta(seconds=90)


def test_an_answer_that_is_no_list_changes_nothing(outage: Outage) -> None:
    outage.opens(1)
    outage.sandbox.faults.answer_html(LIST, 200)
    with pytest.raises(GitHubUnreachable):
        outage.recovery(ROUND)
    assert (outage.ids, outage.until) == ([], None)


def test_with_a_token_alone_it_is_off(outage: Outage) -> None:
    off = Recovery(outage.database, outage.wakes, None, Sorter([]), lambda: datetime.now(UTC))
    assert off(ROUND) is None
