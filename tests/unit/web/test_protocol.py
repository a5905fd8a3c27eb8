"""The server's protocol over real sockets: whoever dawdles is cut off, and nobody else notices."""

import time
from collections.abc import Iterator

import pytest

from app.web.protocol import PatientProtocol
from app.web.receiver import Receiver
from app.web.writer import DeliveryWriter
from tests.unit.web.door import (
    NOW,
    OPENED,
    SECRET,
    Served,
    head_of,
    in_threads,
    read_all,
    request,
    request_head,
    served,
)

CHUNKED = [("transfer-encoding", "chunked"), ("connection", "close")]


class Hasty(PatientProtocol):
    """Patient for a moment."""

    seconds = 0.4


@pytest.fixture
def server(writer: DeliveryWriter) -> Iterator[Served]:
    """GitHub's door behind a hasty server."""
    with served(Receiver([SECRET], [], writer, lambda: NOW), Hasty) as running:
        yield running


def _status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer else 0


class TestInTime:
    def test_a_delivery_is_taken(self, server: Served) -> None:
        assert _status(server.send(request())) == 202

    def test_a_connection_that_is_kept_serves_many(self, server: Served) -> None:
        whole = request_head(head_of()) + OPENED
        with server.connect() as connection:
            for _ in range(3):
                connection.sendall(whole)
                assert _status(connection.recv(65536)) == 202
                time.sleep(0.3)  # longer in all than one request may take

    def test_chunks_are_put_together(self, server: Served) -> None:
        head = request_head(head_of(without="content-length", extra=CHUNKED))
        chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (OPENED[:20], OPENED[20:]))
        assert _status(server.send(head, chunks, b"0\r\n\r\n")) == 202


class TestTooSlow:
    @pytest.mark.parametrize(
        "parts",
        [[], [b"POST /webhooks"], [b"POST /webhooks/github HTTP/1.1\r\nhost: x\r\n"], [request()[:-1]]],
        ids=["silence", "half a line", "half a head", "half a body"],
    )
    def test_the_connection_is_cut_with_no_answer(self, server: Served, parts: list[bytes]) -> None:
        began = time.monotonic()
        assert server.send(*parts) == b""
        assert 0.3 < time.monotonic() - began < 5

    def test_a_drop_now_and_then_does_not_help(self, server: Served) -> None:
        with server.connect() as connection:
            began = time.monotonic()
            try:
                for byte in request():
                    connection.sendall(bytes([byte]))
                    time.sleep(0.02)
            except ConnectionError:
                pass
            assert read_all(connection) == b""
            assert time.monotonic() - began < 3

    def test_others_do_not_notice(self, server: Served) -> None:
        slow = [server.connect() for _ in range(50)]
        for connection in slow:
            connection.sendall(b"POST /webhooks/github HTTP/1.1\r\n")
        assert [_status(answer) for answer in in_threads(8, lambda _: server.send(request()))] == [202] * 8
        assert {read_all(connection) for connection in slow} == {b""}
        for connection in slow:
            connection.close()


class TestTooLarge:
    def test_a_head_without_end_is_cut_off(self, writer: DeliveryWriter) -> None:
        with served(Receiver([SECRET], [], writer, lambda: NOW)) as patient:
            began = time.monotonic()
            assert patient.send(b"POST /webhooks/github HTTP/1.1\r\nx: ", *[b"x" * 50_000] * 2) == b""
            assert time.monotonic() - began < PatientProtocol.seconds / 2

    def test_an_announced_body_is_refused_at_once(self, server: Served) -> None:
        headers = [*head_of(without="content-length"), (b"content-length", b"26214401")]
        with server.connect() as connection:
            connection.sendall(request_head(headers))
            assert _status(connection.recv(65536)) == 413

    def test_a_chunked_body_is_counted_and_the_refusal_arrives(self, server: Served) -> None:
        head = request_head(head_of(without="content-length", extra=CHUNKED))
        chunk = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
        with server.connect() as connection:
            connection.sendall(head)
            for _ in range(26):
                connection.sendall(chunk)
            assert _status(connection.recv(65536)) == 413

    def test_a_length_and_chunks_together_are_refused(self, server: Served) -> None:
        assert _status(server.send(request_head(head_of(extra=CHUNKED)), b"0\r\n\r\n")) == 400


class TestNotHttp:
    @pytest.mark.parametrize(
        "data", [b"\x16\x03\x01\x02\x00\x01", b"GET\r\n\r\n", b"\x00" * 100, b"POST / HTTP/9.9\r\n\r\n"]
    )
    def test_the_door_stands(self, server: Served, data: bytes) -> None:
        assert _status(server.send(data)) == 400
        assert _status(server.send(request())) == 202
