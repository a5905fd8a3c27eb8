"""`mayfly init-apps`: the App is made in the browser, its key is written down once and never shown."""

import json
import re
import stat
import subprocess
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from html import unescape
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from app.github.manifest import EVENTS, PERMISSIONS
from tests.scenarios.world import command, environment

KEY = "-----BEGIN RSA PRIVATE KEY-----\nnobody may see this\n-----END RSA PRIVATE KEY-----\n"
APP = {"id": 42, "slug": "mayfly-acme", "html_url": "https://github.example/apps/mayfly-acme", "pem": KEY}


class GitHub(HTTPServer):
    """Redeems one code, once."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Redeemer)
        self.codes = {"good-code"}


class Redeemer(BaseHTTPRequestHandler):
    server: GitHub

    def do_POST(self) -> None:
        code = self.path.removeprefix("/app-manifests/").removesuffix("/conversions")
        is_good = code in self.server.codes
        self.server.codes.discard(code)
        body = json.dumps({**APP, "webhook_secret": "nor-this-secret"} if is_good else {}).encode()
        self.send_response(201 if is_good else 404)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture
def github() -> Iterator[GitHub]:
    with GitHub() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


class Registration:
    """One run of the command, and a browser on the same machine."""

    def __init__(self, github: GitHub, file: Path) -> None:
        settings = {
            "MAYFLY_PUBLIC_URL": "https://mayfly.example.com",
            "MAYFLY_GITHUB__API_URL": f"http://127.0.0.1:{github.server_port}",
        }
        arguments = command("init-apps", "--file", str(file), "--organization", "acme")
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen(arguments, env=environment(settings), **pipes)  # type: ignore[call-overload]
        line = self.process.stdout.readline()
        self.address = re.search(r"http://127\.0\.0\.1:\d+/\S+", line)[0]  # type: ignore[index]

    def visit(self, address: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(address, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def form(self) -> tuple[str, dict[str, Any]]:
        """The state and the manifest that the form carries."""
        _, page = self.visit(self.address)
        action, manifest = re.search(r'action="([^"]+)"', page), re.search(r'value="([^"]+)"', page)
        assert action is not None
        assert manifest is not None
        query = urllib.parse.urlsplit(unescape(action[1])).query
        return urllib.parse.parse_qs(query)["state"][0], json.loads(unescape(manifest[1]))

    def come_back(self, code: str, state: str) -> int:
        return self.visit(f"{self.address}/created?{urllib.parse.urlencode({'code': code, 'state': state})}")[0]

    def end(self) -> tuple[int, str]:
        out, err = self.process.communicate(timeout=30)
        return self.process.returncode, out + err


def test_the_app_is_made_and_its_key_is_kept_and_never_shown(github: GitHub, tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    registration = Registration(github, file)
    state, manifest = registration.form()
    assert manifest["default_permissions"] == PERMISSIONS
    assert manifest["default_events"] == list(EVENTS)
    assert manifest["hook_attributes"]["url"] == "https://mayfly.example.com/webhooks/github"
    assert registration.come_back("good-code", state) == 200

    status, said = registration.end()
    assert status == 0
    kept = json.loads(file.read_text())
    assert (kept["MAYFLY_GITHUB__PRIVATE_KEY"], kept["MAYFLY_GITHUB__APP_ID"]) == (KEY, "42")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "nobody may see" not in said
    assert "nor-this-secret" not in said
    assert "mayfly-acme/installations/new" in said


def test_nobody_else_can_hand_in_a_code(github: GitHub, tmp_path: Path) -> None:
    registration = Registration(github, tmp_path / "secrets.json")
    root = registration.address.rpartition("/")[0]
    assert registration.visit(f"{root}/created?code=good-code")[0] == 404
    assert registration.come_back("good-code", "a-forged-state") == 403
    assert github.codes == {"good-code"}
    state, _ = registration.form()
    assert registration.come_back("a-used-code", state) == 200
    status, said = registration.end()
    assert status == 1
    assert "GitHub answered 404; a code is good once and for an hour" in said
    assert not (tmp_path / "secrets.json").exists()


def test_a_file_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    file.write_text("{}")
    arguments = command("init-apps", "--file", str(file))
    settings = environment({"MAYFLY_PUBLIC_URL": "https://mayfly.example.com"})
    done = subprocess.run(arguments, env=settings, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, file.read_text()) == (1, "{}")
    assert "is there already; name another with --file" in done.stderr
