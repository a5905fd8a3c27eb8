"""The loopback page: one form that carries the manifest to GitHub, and the way back with the code."""

import html
import json
import secrets
import urllib.parse
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from app.github.manifest import app_manifest

HOST = "127.0.0.1"
_HEAD = "<!doctype html><html lang=en><meta charset=utf-8><title>Mayfly</title><main>"
_POLICY = "default-src 'none'; form-action *; style-src 'none'; frame-ancestors 'none'"


@dataclass
class Visit:
    """What one run of the page knows: its unguessable path, the state that GitHub hands back, and the code."""

    form_url: str
    name: str
    public_url: str
    path: str = field(default_factory=lambda: f"/{secrets.token_urlsafe(24)}")
    state: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    code: str | None = None

    def answer(self, target: str, port: int) -> tuple[HTTPStatus, str]:
        """The page for a path, and nothing for any other."""
        url = urllib.parse.urlsplit(target)
        if url.path == self.path:
            return HTTPStatus.OK, self._form(port)
        if url.path == f"{self.path}/created":
            return self._take(urllib.parse.parse_qs(url.query))
        return HTTPStatus.NOT_FOUND, "Nothing is here."

    def _form(self, port: int) -> str:
        manifest = app_manifest(self.name, self.public_url, f"http://{HOST}:{port}{self.path}/created")
        action = html.escape(f"{self.form_url}?state={self.state}", quote=True)
        content = html.escape(json.dumps(manifest), quote=True)
        return (
            f"<h1>Make the GitHub App</h1><p>GitHub shows what the App may do and asks for its name.</p>"
            f'<form action="{action}" method=post><input type=hidden name=manifest value="{content}">'
            "<button>Go to GitHub</button></form>"
        )

    def _take(self, query: dict[str, list[str]]) -> tuple[HTTPStatus, str]:
        state, code = query.get("state", [""])[0], query.get("code", [""])[0]
        if self.code is not None or not code or not secrets.compare_digest(state.encode(), self.state.encode()):
            return HTTPStatus.FORBIDDEN, "This did not begin here. Run <code>mayfly init-apps</code> again."
        self.code = code
        return HTTPStatus.OK, "<h1>The App is made</h1><p>Close this page and go back to the terminal.</p>"


def receive_code(server: HTTPServer, visit: Visit) -> str:
    """Serve until GitHub's code has come back."""
    while visit.code is None:
        server.handle_request()
    return visit.code


def open_server(visit: Visit) -> HTTPServer:
    """A server on a free port of this machine, for this visit alone."""

    class Page(BaseHTTPRequestHandler):
        timeout = 10  # seconds for one request, so that a silent client holds nobody up

        def do_GET(self) -> None:
            """Answer."""
            status, text = visit.answer(self.path, self.connection.getsockname()[1])
            body = f"{_HEAD}{text}</main>".encode()
            self.send_response(status)
            for name, value in _headers(body).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - the name that the library gave it
            """Say nothing: an address holds the code."""

    return HTTPServer((HOST, 0), Page)


def _headers(body: bytes) -> dict[str, str]:
    return {
        "content-type": "text/html; charset=utf-8",
        "content-length": str(len(body)),
        "content-security-policy": _POLICY,
        "referrer-policy": "no-referrer",
        "cache-control": "no-store",
    }
