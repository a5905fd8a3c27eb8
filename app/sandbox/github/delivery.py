"""The thread that carries webhooks to those who asked for them, and the log of what became of each.

As GitHub does: a signed body, ten seconds for an answer, never a second try of its own accord. Deliveries go out one
after another in the order of the acts, unless a fault says otherwise.
Source: GitHub's pages on webhook events and payloads, on validating deliveries and on handling failed ones.
"""

import hashlib
import heapq
import hmac
import itertools
import json
import threading
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import requests

from app.sandbox.github.faults import Faults

_ANSWER_SECONDS = 10.0


@dataclass(frozen=True)
class Hook:
    """An address that wants webhooks: the app's own, or one of a repository's."""

    id: int
    url: str
    secret: str
    target: Literal["integration", "repository"]
    app_id: int


@dataclass
class Delivery:
    """One try to hand one event to one hook; a redelivery is a new one with the same `guid`.

    `status_code` is None until it was tried and 0 where nobody answered; `reason` then says why.
    """

    id: int
    guid: str
    hook: Hook
    event: str
    action: str | None
    payload: dict[str, Any]
    is_redelivery: bool = False
    status_code: int | None = None
    reason: str = "pending"
    delivered_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    duration: float = 0.0
    request_headers: dict[str, str] = field(default_factory=dict)
    response_headers: dict[str, str] = field(default_factory=dict)
    response_body: str = ""

    @property
    def is_delivered(self) -> bool:
        """Whether the receiver took it: any 2xx."""
        return self.status_code is not None and 200 <= self.status_code < 300


class Courier:
    """Sends deliveries from a thread of its own until `stop`."""

    def __init__(self, faults: Faults) -> None:
        self.log: list[Delivery] = []
        self._faults = faults
        self._ids = itertools.count(1)
        self._turns = itertools.count()
        self._due: list[tuple[float, int, Delivery]] = []
        self._held: list[Delivery] | None = None
        self._is_busy = False
        self._is_stopped = False
        self._changed = threading.Condition()
        self._session = requests.Session()
        self._session.trust_env = False
        self._thread = threading.Thread(target=self._run, name="sandbox-github-webhooks", daemon=True)
        self._thread.start()

    def send(self, hook: Hook, event: str, payload: dict[str, Any]) -> str:
        """Queue an event for a hook and return its GUID."""
        delivery = Delivery(next(self._ids), str(uuid.uuid4()), hook, event, payload.get("action"), payload)
        fate = self._faults.next_fate()
        if fate.is_dropped:
            delivery.status_code, delivery.reason = 0, "failed to connect to host"
            self.log.extend([] if fate.is_unlogged else [delivery])
            return delivery.guid
        self._enqueue([delivery, *(self._copy(delivery) for _ in range(fate.copies - 1))], fate.delay)
        return delivery.guid

    def redeliver(self, guid: str) -> None:
        """Send the same body under the same GUID again; raises KeyError where the log has none such."""
        found = next((delivery for delivery in self.log if delivery.guid == guid), None)
        if found is None:
            raise KeyError(f"no delivery {guid!r} in the log; look into `deliveries`")
        self._enqueue([self._copy(found, is_redelivery=True)], timedelta(0))

    def hold(self) -> None:
        """Gather what is sent from now on until `release`."""
        with self._changed:
            self._held = self._held or []

    def release(self, *, reverse: bool = True) -> None:
        """Send what was held, the newest first unless told otherwise."""
        with self._changed:
            held, self._held = self._held or [], None
        self._enqueue(held[::-1] if reverse else held, timedelta(0), is_logged=True)

    def wait_delivered(self, timeout: float = 10.0) -> None:
        """Return once nothing is queued or under way; what is held does not count. Raises TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(lambda: not self._due and not self._is_busy, timeout):
                raise TimeoutError(f"{len(self._due) + self._is_busy} deliveries were not through after {timeout} s")

    def stop(self) -> None:
        """End the thread; what is still queued stays undelivered."""
        with self._changed:
            self._is_stopped = True
            self._changed.notify_all()
        self._thread.join()
        self._session.close()

    def _enqueue(self, deliveries: list[Delivery], delay: timedelta, *, is_logged: bool = False) -> None:
        with self._changed:
            if not is_logged:
                self.log.extend(deliveries)
            if self._held is not None:
                self._held.extend(deliveries)
                return
            at = time.monotonic() + delay.total_seconds()
            for delivery in deliveries:
                heapq.heappush(self._due, (at, next(self._turns), delivery))
            self._changed.notify_all()

    def _copy(self, delivery: Delivery, *, is_redelivery: bool = False) -> Delivery:
        return Delivery(
            next(self._ids),
            delivery.guid,
            delivery.hook,
            delivery.event,
            delivery.action,
            delivery.payload,
            is_redelivery,
        )

    def _run(self) -> None:
        while (delivery := self._next()) is not None:
            try:
                self._post(delivery)
            finally:
                with self._changed:
                    self._is_busy = False
                    self._changed.notify_all()

    def _next(self) -> Delivery | None:
        with self._changed:
            while not self._is_stopped:
                wait = self._due[0][0] - time.monotonic() if self._due else None
                if wait is not None and wait <= 0:
                    self._is_busy = True
                    return heapq.heappop(self._due)[2]
                self._changed.wait(wait)
            return None

    def _post(self, delivery: Delivery) -> None:
        body = json.dumps(delivery.payload).encode()
        delivery.request_headers = _headers(delivery, body)
        delivery.delivered_at, started = datetime.now(UTC), time.monotonic()
        try:
            answer = self._session.post(
                delivery.hook.url,
                data=body,
                headers=delivery.request_headers,
                timeout=_ANSWER_SECONDS,
                allow_redirects=False,
            )
        except requests.Timeout:
            delivery.status_code, delivery.reason = 0, "timed out"
        except requests.RequestException:
            delivery.status_code, delivery.reason = 0, "failed to connect to host"
        else:
            delivery.response_headers, delivery.response_body = dict(answer.headers), answer.text
            delivery.status_code = answer.status_code
            delivery.reason = "OK" if answer.ok else f"Invalid HTTP Response: {answer.status_code}"
        delivery.duration = round(time.monotonic() - started, 3)


def sign(secret: str, body: bytes) -> str:
    """The value of `X-Hub-Signature-256` for a raw body."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def _headers(delivery: Delivery, body: bytes) -> dict[str, str]:
    hook = delivery.hook
    target = delivery.payload.get("repository", {}).get("id") if hook.target == "repository" else hook.app_id
    return {
        "Accept": "*/*",
        "Content-Type": "application/json",
        "User-Agent": "GitHub-Hookshot/5a4d0b7",
        "X-GitHub-Delivery": delivery.guid,
        "X-GitHub-Event": delivery.event,
        "X-GitHub-Hook-ID": str(hook.id),
        "X-GitHub-Hook-Installation-Target-ID": str(target),
        "X-GitHub-Hook-Installation-Target-Type": hook.target,
        "X-Hub-Signature": "sha1=" + hmac.new(hook.secret.encode(), body, hashlib.sha1).hexdigest(),
        "X-Hub-Signature-256": sign(hook.secret, body),
    }
