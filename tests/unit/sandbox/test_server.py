"""The server behind every stand-in: a real address that ends with its owner."""

import asyncio
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from app.sandbox.server import Server, drop_connection


async def greet(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["path"] == "/broken":
        await drop_connection(scope, receive)
        return
    await PlainTextResponse("hello")(scope, receive, send)


def test_app_answers_at_the_url() -> None:
    with Server.start(greet, name="greeting") as server:
        assert server.url == f"http://127.0.0.1:{server.port}"
        assert httpx.get(server.url).text == "hello"


def test_stop_closes_the_address_and_ends_the_thread() -> None:
    server = Server.start(greet, name="ends")
    server.stop()
    server.stop()
    assert "sandbox-ends" not in [thread.name for thread in threading.enumerate()]
    with pytest.raises(httpx.ConnectError):
        httpx.get(server.url)


def test_stop_does_not_wait_for_an_idle_client() -> None:
    with Server.start(greet, name="idle") as server, httpx.Client() as client:
        assert client.get(server.url).status_code == 200
        server.stop()
        with pytest.raises(httpx.ConnectError):
            client.get(server.url)


def test_answer_under_way_is_ended_before_the_server() -> None:
    asked = threading.Event()

    async def ponder(scope: Scope, receive: Receive, send: Send) -> None:
        asked.set()
        await asyncio.sleep(0.1)
        await PlainTextResponse("thought")(scope, receive, send)

    with Server.start(ponder, name="slow") as server, ThreadPoolExecutor(1) as pool:
        answer = pool.submit(httpx.get, server.url)
        assert asked.wait(5)
        server.stop()
        assert answer.result(5).text == "thought"


def test_endless_answer_does_not_hold_the_server() -> None:
    asked = threading.Event()

    async def hang(_scope: Scope, _receive: Receive, _send: Send) -> None:
        asked.set()
        await asyncio.Event().wait()

    with Server.start(hang, name="endless") as server, ThreadPoolExecutor(1) as pool:
        answer = pool.submit(httpx.get, server.url)
        assert asked.wait(5)
        server.stop()
        assert answer.result(5).status_code == 500


def test_drop_connection_gives_the_client_no_answer() -> None:
    with Server.start(greet, name="broken") as server:
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            httpx.get(server.url + "/broken")
        assert httpx.get(server.url).text == "hello"


def test_taken_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=f"port {port} for the late server is taken"):
            Server.start(greet, port=port, name="late")
