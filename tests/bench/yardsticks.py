"""What the door is measured against, on the same server: `python -m tests.bench.yardsticks NAME PORT DATABASE`.

`bare` checks the signature and answers; nothing can be quicker without another server. `usual` is how a webhook is
mostly received by those who keep it at all: FastAPI, the body parsed, one commit for each request.
"""

import hashlib
import hmac
import json
import sqlite3
import sys
from collections.abc import Callable
from typing import Any

import psycopg
import uvicorn
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import PlainTextResponse

from tests.bench.sender import SECRET

_TABLE = "CREATE TABLE usual (id text PRIMARY KEY, event text, action text, number integer, body {})"


async def bare(scope: Any, receive: Any, send: Any) -> None:
    """Check the signature and answer."""
    if scope["type"] != "http":
        return
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            break
    given = next((value for name, value in scope["headers"] if name == b"x-hub-signature-256"), b"")
    right = b"sha256=" + hmac.digest(SECRET.encode(), b"".join(parts), hashlib.sha256).hex().encode()
    status = 202 if hmac.compare_digest(given, right) else 401
    head = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"4")]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": b"kept"})


def usual(keep: Callable[[tuple[Any, ...]], None]) -> FastAPI:
    """An endpoint as it is usually written."""
    app = FastAPI()

    @app.post("/webhooks/github", status_code=202)
    async def receive(request: Request) -> PlainTextResponse:
        body = await request.body()
        right = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(request.headers["x-hub-signature-256"], right):
            raise HTTPException(401)
        event, delivery = request.headers["x-github-event"], request.headers["x-github-delivery"]
        found = json.loads(body)
        keep((delivery, event, found.get("action"), found.get("number"), body))
        return PlainTextResponse("kept", status_code=202)

    return app


def keep_in_sqlite(path: str) -> Callable[[tuple[Any, ...]], None]:
    """One row, one commit, synced."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(_TABLE.format("blob"))

    def keep(row: tuple[Any, ...]) -> None:
        with connection:
            connection.execute("INSERT OR IGNORE INTO usual VALUES (?, ?, ?, ?, ?)", row)

    return keep


def keep_in_postgresql(url: str) -> Callable[[tuple[Any, ...]], None]:
    """One row, one commit."""
    connection = psycopg.connect(url, autocommit=True)
    connection.execute(_TABLE.format("bytea").encode())

    def keep(row: tuple[Any, ...]) -> None:
        connection.execute("INSERT INTO usual VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING", row)

    return keep


def main() -> None:
    """Serve one of the two."""
    name, port, url = sys.argv[1:4]
    app: Any = bare
    if name == "usual":
        is_file = url.startswith("sqlite:///")
        app = usual(keep_in_sqlite(url.removeprefix("sqlite:///")) if is_file else keep_in_postgresql(url))
    uvicorn.run(app, port=int(port), log_config=None, access_log=False, ws="none", http="httptools")


if __name__ == "__main__":
    main()
