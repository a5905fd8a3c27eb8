"""What a webhook receiver must do, each with its test: verify, keep, answer to the letter."""

import hashlib
import json
import uuid
from typing import Any, ClassVar

import pytest
import sqlalchemy as sa

from app.core.errors import ConfigurationError
from app.settings import Settings
from app.store.database import Database
from app.store.tables import deliveries, orders
from app.store.tables import wakes as slots
from app.store.wake import Wakes
from app.web.factory import make_doors
from app.web.receiver import Receiver
from app.web.writer import DeliveryWriter
from tests.unit.web.door import NOW, OLD_SECRET, OPENED, SECRET, Door, head_of, sign

Lines = list[dict[str, Any]]
A_GUID = "5dc060c1-c3c8-47a3-a28b-f627857de437"


@pytest.fixture
def kept(database: Database) -> Any:
    """Every delivery that is on disk."""

    def rows() -> list[Any]:
        with database.read() as connection:
            return list(connection.execute(sa.select(deliveries).order_by(deliveries.c.number)))

    return rows


@pytest.fixture
def woken(database: Database) -> Any:
    """Every key that was woken."""

    def keys() -> list[str]:
        with database.read() as connection:
            return list(connection.execute(sa.select(slots.c.key).where(slots.c.queued.is_not(None))).scalars())

    return keys


class TestA1TheSignatureComesFirst:
    def test_a_body_that_is_not_ours_is_refused_unread(self, door: Door, kept: Any) -> None:
        for body in (OPENED, b"no json", b'{"a":' * 100_000):
            assert door.deliver(body, signature=sign(body, "somebody-elses-secret")).status == 401
        assert kept() == []

    def test_a_single_changed_byte_is_refused(self, door: Door) -> None:
        changed = OPENED.replace(b"57", b"58")
        assert door.deliver_chunks([changed], head_of(OPENED)).status == 401

    def test_the_raw_bytes_are_signed_not_their_meaning(self, door: Door) -> None:
        body = OPENED.replace(b" ", b"")
        assert door.deliver_chunks([body], head_of(OPENED)).status == 401

    @pytest.mark.parametrize("signature", ["ü" * 64, "sha256=", "sha256=" + "ü" * 64, "sha256=" + "0" * 63, "", "\x00"])
    def test_a_signature_of_another_form_is_refused(self, door: Door, signature: str) -> None:
        assert door.deliver(signature=signature).status == 401

    def test_a_missing_signature_is_refused(self, door: Door) -> None:
        assert door.deliver(without="x-hub-signature-256").status == 401


class TestA2NoSecret:
    def test_no_door_opens_without_a_secret(self, database: Database, wakes: Wakes) -> None:
        with pytest.raises(ConfigurationError, match="MAYFLY_GITHUB__WEBHOOK_SECRETS"):
            make_doors(Settings(), database, wakes, lambda: NOW)


class TestA3Sha256Only:
    def test_sha1_is_not_taken(self, door: Door) -> None:
        old = "sha1=" + hashlib.sha1(OPENED).hexdigest()
        assert door.deliver(without="x-hub-signature-256", extra=[("x-hub-signature", old)]).status == 401
        assert door.deliver(signature=old).status == 401


class TestA4OneOfEach:
    @pytest.mark.parametrize(
        "name", ["x-hub-signature-256", "x-github-event", "x-github-delivery", "content-type", "content-length"]
    )
    def test_a_header_given_twice_is_refused(self, door: Door, name: str) -> None:
        value = next(value for known, value in head_of() if known == name.encode())
        headers = [*head_of(), (name.upper().encode(), value)]
        answer = door.deliver_chunks([OPENED], headers)
        assert (answer.status, name in answer.text) == (400, True)


class TestA5Rotation:
    def test_two_secrets_are_valid_at_once_and_it_is_noted_which_one_it_was(self, door: Door, kept: Any) -> None:
        assert door.deliver().status == 202
        assert door.deliver(signature=sign(OPENED, OLD_SECRET)).status == 202
        assert [row.secret for row in kept()] == [0, 1]


class TestA6Form:
    @pytest.mark.parametrize("delivery", ["1", "x" * 36, f"{A_GUID}0", f"../{A_GUID[3:]}"])
    def test_an_id_that_is_none_is_refused(self, door: Door, delivery: str) -> None:
        assert door.deliver(delivery=delivery).status == 400

    @pytest.mark.parametrize("event", ["", "Pull_Request", "a" * 65, "push\t", "../push", "pushü"])
    def test_an_event_that_is_none_is_refused(self, door: Door, event: str) -> None:
        assert door.deliver(event=event).status == 400

    @pytest.mark.parametrize("name", ["x-github-event", "x-github-delivery"])
    def test_a_missing_one_is_refused(self, door: Door, name: str) -> None:
        assert door.deliver(without=name).status == 400


class TestA7Size:
    def test_a_body_announced_as_too_large_is_refused_unread(self, door: Door) -> None:
        for length in (25 * 1024 * 1024 + 1, 10**19, 10**5000):
            headers = [pair for pair in head_of() if pair[0] != b"content-length"]
            headers.append(
                (b"content-length", str(length).encode()) if length < 10**20 else (b"content-length", b"9" * 5000)
            )
            assert door.deliver_chunks([], headers).status == 413

    def test_a_body_of_exactly_the_largest_size_is_taken(self, door: Door, kept: Any) -> None:
        body = OPENED[:-1] + b', "x": "' + b"x" * (25 * 1024 * 1024 - len(OPENED) - 9) + b'"}'
        assert len(body) == 25 * 1024 * 1024
        assert door.deliver(body).status == 202
        assert len(kept()) == 1

    def test_a_body_without_a_length_is_counted(self, door: Door) -> None:
        headers = head_of(without="content-length", extra=[("transfer-encoding", "chunked")])
        assert door.deliver_chunks([b"x" * 1024 * 1024] * 26, headers).status == 413

    @pytest.mark.parametrize("length", ["-1", "1.5", "0x10", "", "٣"])
    def test_a_length_that_is_no_number_is_refused(self, door: Door, length: str) -> None:
        headers = [*head_of(without="content-length"), (b"content-length", length.encode())]
        assert door.deliver_chunks([OPENED], headers).status == 400

    def test_a_compressed_body_is_refused(self, door: Door) -> None:
        assert door.deliver(extra=[("content-encoding", "gzip")]).status == 415

    def test_a_form_is_refused(self, door: Door) -> None:
        assert door.deliver(content_type="application/x-www-form-urlencoded").status == 415
        assert door.deliver(without="content-type").status == 415
        assert door.deliver(content_type="Application/JSON; charset=utf-8").status == 202


class TestA8KeptBeforeAnswered:
    def test_what_was_answered_for_is_on_disk_and_has_woken_its_source(self, door: Door, kept: Any, woken: Any) -> None:
        assert door.deliver().status == 202
        (row,) = kept()
        assert (row.event, row.action, row.source, row.state) == ("pull_request", "opened", "acme/shop#57", "received")
        assert (row.received_at, row.body_sha256) == (NOW, hashlib.sha256(OPENED).digest())
        assert woken() == ["acme/shop#57"]


class TestA9Repeats:
    def test_a_repeat_is_answered_202_and_does_nothing(self, door: Door, kept: Any, log_lines: Lines) -> None:
        for _ in range(2):
            assert door.deliver(delivery="0e0ac16e-5f8b-4c5c-8e6b-aaaaaaaaaaaa").status == 202
        assert len(kept()) == 1
        assert [line["outcome"] for line in log_lines] == ["stored", "repeated"]

    def test_an_id_is_the_same_in_capitals(self, door: Door, kept: Any) -> None:
        for delivery in ("0e0ac16e-5f8b-4c5c-8e6b-aaaaaaaaaaaa", "0E0AC16E-5F8B-4C5C-8E6B-AAAAAAAAAAAA"):
            assert door.deliver(delivery=delivery).status == 202
        assert len(kept()) == 1

    def test_another_body_under_a_known_id_changes_nothing_and_is_told(
        self, door: Door, kept: Any, woken: Any, log_lines: Lines
    ) -> None:
        door.deliver(delivery="0e0ac16e-5f8b-4c5c-8e6b-aaaaaaaaaaaa")
        other = OPENED.replace(b"57", b"58")
        assert door.deliver(other, delivery="0e0ac16e-5f8b-4c5c-8e6b-aaaaaaaaaaaa").status == 202
        assert [row.pull_request for row in kept()] == [57]
        assert woken() == ["acme/shop#57"]
        assert any("another body" in line["event"] for line in log_lines)


class TestA10WhatIsNotForUs:
    @pytest.mark.parametrize("event", ["ping", "installation", "star", "an_event_of_tomorrow"])
    def test_an_event_that_concerns_no_environment_is_kept_and_ignored(
        self, door: Door, kept: Any, woken: Any, event: str
    ) -> None:
        assert door.deliver(b'{"action": "created", "zen": "x"}', event=event).status == 202
        assert [row.state for row in kept()] == ["ignored"]
        assert woken() == []

    def test_an_unknown_action_wakes_all_the_same(self, door: Door, woken: Any) -> None:
        assert door.deliver(OPENED.replace(b"opened", b"action_of_tomorrow")).status == 202
        assert woken() == ["acme/shop#57"]

    def test_a_repository_that_is_not_listed_is_ignored(self, writer: DeliveryWriter, kept: Any, woken: Any) -> None:
        picky = Door(Receiver([SECRET], ["acme/Bus"], writer, lambda: NOW))
        assert picky.deliver().status == 202
        assert picky.deliver(OPENED.replace(b"acme/shop", b"ACME/bus")).status == 202
        assert [row.state for row in kept()] == ["ignored", "received"]
        assert woken() == ["ACME/bus#57"]


class TestWhatIsSaidToMayfly:
    ADA: ClassVar = {"login": "ada", "id": 7, "type": "User"}

    def _say(self, door: Door, **changed: Any) -> int:
        comment = {"id": 99, "body": "/mayfly destroy", "html_url": "https://github.com/x", "user": self.ADA}
        event = {
            "action": "created",
            "repository": {"full_name": "acme/shop"},
            "issue": {"number": 57, "pull_request": {}},
            "comment": comment,
            "sender": self.ADA,
        }
        return door.deliver(json.dumps({**event, **changed}).encode(), event="issue_comment").status

    def _orders(self, database: Database) -> list[Any]:
        with database.read() as connection:
            return list(connection.execute(sa.select(orders)))

    def test_it_becomes_an_order_together_with_its_delivery(
        self, door: Door, database: Database, kept: Any, woken: Any
    ) -> None:
        assert self._say(door) == 202
        (order,) = self._orders(database)
        assert (order.id, order.origin, order.received_at) == ("comment:99", "comment", NOW)
        assert order.content == {
            "repository": "acme/shop",
            "pull_request": 57,
            "comment": 99,
            "author": "ada",
            "author_id": 7,
            "line": "/mayfly destroy",
            "url": "https://github.com/x",
        }
        assert len(kept()) == 1
        assert set(woken()) == {"acme/shop#57", "comment:99"}

    def test_the_same_comment_under_another_id_is_one_order(self, door: Door, database: Database, kept: Any) -> None:
        assert [self._say(door), self._say(door)] == [202, 202]
        assert (len(kept()), len(self._orders(database))) == (2, 1)

    def test_no_order_comes_from_an_edit_or_from_a_repository_that_is_not_listed(
        self, writer: DeliveryWriter, database: Database, door: Door
    ) -> None:
        picky = Door(Receiver([SECRET], ["acme/bus"], writer, lambda: NOW))
        assert [self._say(picky), self._say(door, action="edited")] == [202, 202]
        assert self._orders(database) == []


class TestA12Methods:
    @pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW"])
    def test_only_post_is_answered(self, door: Door, method: str) -> None:
        answer = door.deliver(method=method)
        assert answer.status == 405
        assert (b"allow", b"POST") in answer.headers


class TestTheLog:
    def test_each_delivery_has_one_line_with_its_id(self, door: Door, log_lines: Lines) -> None:
        delivery = str(uuid.uuid4())
        door.deliver(delivery=delivery)
        door.deliver(delivery=delivery, signature="sha256=" + "0" * 64)
        door.deliver(b"[]", delivery=delivery)
        door.deliver(delivery="<script>", extra=[("user-agent", "\x1b[31m")])
        assert [(line["event"], line["delivery"], line.get("status")) for line in log_lines] == [
            ("delivery kept", delivery, None),
            ("delivery refused", delivery, 401),
            ("delivery refused", delivery, 400),
            ("delivery refused", None, 400),
        ]
