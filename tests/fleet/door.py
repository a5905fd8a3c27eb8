"""The fleet's AWS over HTTP: protocols, a log of calls, latency, rates and faults."""

import json
import re
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from tests.fleet.answers import ANSWERS, REST, Ask
from tests.fleet.world import ACCOUNT, REGION, FleetWorld

RATES = {
    "cloudformation": 10,
    "tagging": 15,
    "monitoring": 50,
    "ListMetrics": 25,
    "logs": 10,
    "lambda": 15,
    "sns": 30,
    "events": 50,
    "apigateway": 10,
}
"""Requests a second, as AWS publishes them; 10 for CloudFormation, which publishes none."""
_SCOPE = re.compile(r"Credential=[^/]+/\d+/(?P<region>[^/]+)/(?P<service>[^/]+)/")


class FleetAws:
    """The server, for the time of its block.

    `calls` is the log, by `service:Operation`; `throttled` counts refusals. `faults` maps an operation to the errors
    that its next calls get (an empty one is none), `ever` to one that it always gets. `stuck` pages lead to themselves.
    """

    def __init__(self, world: FleetWorld, latency: float = 0.0, rates: dict[str, int] | None = None) -> None:
        self.begin(world)
        self._latency = latency
        self._rates = rates or {}
        self._buckets: dict[str, _Tokens] = {}
        self._lock = threading.Lock()
        self._server = _Listener(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="fleet")

    def begin(self, world: FleetWorld) -> None:
        """Another world, with nothing asked and nothing wrong."""
        self.world = world
        self.calls: Counter[str] = Counter()
        self.throttled = 0
        self.faults: dict[str, list[str]] = {}
        self.ever: dict[str, str] = {}
        self.regions: set[str] = set()
        self.stuck = False

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def environment(self) -> dict[str, str]:
        """What boto3 needs to come here."""
        return {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self._server.server_address[1]}",
            "AWS_ACCESS_KEY_ID": ACCOUNT,
            "AWS_SECRET_ACCESS_KEY": "fleet",
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    @property
    def requests(self) -> int:
        """How many there were."""
        return sum(self.calls.values())

    def answer(self, service: str, region: str, operation: str, ask: Ask) -> tuple[int, str | Ask]:
        """Status and body of one call."""
        if self._latency:
            time.sleep(self._latency)
        with self._lock:
            self.calls[f"{service}:{operation}"] += 1
            self.regions.add(region)
            fault = self.faults[operation].pop(0) if self.faults.get(operation) else self.ever.get(operation)
            if fault is None and not self._admits(service, operation):
                self.throttled += 1
                fault = "Throttling"
        if fault:
            return 400, fault
        answers = ANSWERS.get((service, operation))
        if self.stuck and "nextToken" in ask:
            ask = {**ask, "nextToken": "0"}
        content = answers(self.world, ask) if answers else "UnknownOperationException"
        return (400 if str(content).endswith("Exception") else 200), content

    def _admits(self, service: str, operation: str) -> bool:
        name = operation if operation in self._rates else service
        if name not in self._rates:
            return True
        return self._buckets.setdefault(name, _Tokens(self._rates[name])).take()


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, aws: FleetAws) -> None:
        self.aws = aws
        super().__init__(("127.0.0.1", 0), _Door)


class _Door(BaseHTTPRequestHandler):
    """One connection."""

    server: "_Listener"
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        target = self.headers.get("X-Amz-Target")
        if target:
            self._serve(target.rpartition(".")[2], json.loads(body or "{}"))
        else:
            ask = dict(parse_qsl(body))
            self._serve(ask.pop("Action"), ask)

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        service, ask = self._scope["service"], dict(parse_qsl(parts.query))
        for known, path, operation in REST:
            if known == service and (match := path.fullmatch(parts.path)):
                self._serve(operation, {**ask, **match.groupdict()})
                return
        self._serve(f"GET {parts.path}", ask)

    @property
    def _scope(self) -> dict[str, Any]:
        match = _SCOPE.search(self.headers["Authorization"])
        assert match
        return match.groupdict()

    def _serve(self, operation: str, ask: Ask) -> None:
        scope = self._scope
        status, content = self.server.aws.answer(scope["service"], scope["region"], operation, ask)
        is_xml = scope["service"] in ("cloudformation", "sns", "sts", "s3")
        if status != 200:
            content = _error(str(content), is_xml=is_xml)
        body = (content if isinstance(content, str) else json.dumps(content)).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/xml" if is_xml else "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is given
        """Say nothing."""


@dataclass
class _Tokens:
    """What a service lets through: a second's worth at once, and then its rate."""

    rate: float
    left: float = field(init=False)
    seen: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.left = float(self.rate)

    def take(self) -> bool:
        now = time.monotonic()
        self.left = min(self.rate, self.left + (now - self.seen) * self.rate)
        self.seen = now
        if self.left < 1:
            return False
        self.left -= 1
        return True


def _error(code: str, *, is_xml: bool) -> str:
    if is_xml:
        return f"<ErrorResponse><Error><Code>{code}</Code><Message>{code} by the test</Message></Error></ErrorResponse>"
    return json.dumps({"__type": code, "message": f"{code} by the test"})
