"""What a test or the demo tells the stand-in, and what it asks of it.

Everything goes over HTTP to `/_sandbox/...` on the address that also speaks AWS, so a control works from any process
that knows the address.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.error import HTTPError
from urllib.request import Request, urlopen

Operation = Literal["create", "update", "delete"]


@dataclass(frozen=True)
class AwsCall:
    """One call that reached the stand-in.

    `at` is ISO 8601 in UTC; `status` is None where the connection was broken before an answer; `fault` says which
    planned fault met the call, if any; `parameters` holds names and tokens only, never a secret or a body.
    """

    at: str
    service: str
    action: str
    region: str
    status: int | None
    fault: str | None
    parameters: dict[str, str] = field(default_factory=dict)


class AwsControl:
    """Sets timings, failures and faults of one stand-in and reads its log."""

    def __init__(self, endpoint_url: str) -> None:
        self.endpoint_url = endpoint_url

    def set_timings(
        self, *, create: float | None = None, update: float | None = None, delete: float | None = None
    ) -> None:
        """How many seconds a whole stack operation takes from now on; what is not named stays as it is."""
        timings = {"create": create, "update": update, "delete": delete}
        self._ask("PUT", "timings", {name: seconds for name, seconds in timings.items() if seconds is not None})

    @contextmanager
    def holding(self, *operations: Operation) -> Iterator[None]:
        """Until the block ends no operation of these kinds comes to its end: it stands in the midst of a resource."""
        self._ask("PUT", "holds", {"operations": operations})
        try:
            yield
        finally:
            self._ask("PUT", "holds", {"operations": []})

    def fail_resource(
        self,
        logical_id: str,
        *,
        reason: str,
        on: Operation = "create",
        stack: str = "*",
        times: int | None = None,
    ) -> None:
        """Make a resource fail with `reason` while its stack is created, updated or deleted.

        `stack` is a pattern of stack names (fnmatch), `times` how often, for ever where it is None. What follows is
        CloudFormation's own ladder: rollback, deletion, or DELETE_FAILED.
        """
        failure = {"logical_id": logical_id, "reason": reason, "on": on, "stack": stack, "times": times}
        self._ask("POST", "failures", failure)

    def error(
        self,
        service: str,
        action: str = "*",
        *,
        code: str,
        message: str = "Planned by the sandbox",
        status: int = 400,
        times: int | None = 1,
    ) -> None:
        """Answer the next `times` calls (for ever where None) with this error instead of doing what they ask."""
        fault = {"kind": "error", "code": code, "message": message, "status": status}
        self._fault(service, action, times, fault)

    def throttle(self, service: str, action: str = "*", *, times: int | None = 1) -> None:
        """Answer "Rate exceeded", as AWS does to who calls too often."""
        self.error(service, action, code="Throttling", message="Rate exceeded", status=400, times=times)

    def unavailable(self, service: str, action: str = "*", *, times: int | None = 1) -> None:
        """Answer 503 ServiceUnavailable."""
        message = "Service is unable to handle request."
        self.error(service, action, code="ServiceUnavailable", message=message, status=503, times=times)

    def expire_token(self, service: str, action: str = "*", *, times: int | None = 1) -> None:
        """Answer that the caller's credentials have expired."""
        message = "The security token included in the request is expired"
        self.error(service, action, code="ExpiredToken", message=message, status=403, times=times)

    def drop(
        self, service: str, action: str = "*", *, when: Literal["before", "after"] = "before", times: int | None = 1
    ) -> None:
        """Break the connection without an answer, `before` the work is done or `after` it took effect."""
        self._fault(service, action, times, {"kind": f"drop-{when}"})

    def calls(self, service: str | None = None, action: str | None = None) -> list[AwsCall]:
        """The calls so far, oldest first, of one service or action where named. At most the last 20,000 are kept."""
        every = [AwsCall(**entry) for entry in self._ask("GET", "calls")["calls"]]
        return [call for call in every if service in {None, call.service} and action in {None, call.action}]

    def forget_calls(self) -> None:
        """Empty the log."""
        self._ask("DELETE", "calls")

    def heal(self) -> None:
        """Drop all planned failures and faults; stacks and timings stay."""
        self._ask("DELETE", "faults")

    def reset(self) -> None:
        """As good as new: no resource, no stack, no plan, no log, the first timings."""
        self._ask("POST", "reset")

    def _fault(self, service: str, action: str, times: int | None, fault: dict[str, Any]) -> None:
        self._ask("POST", "faults", {"service": service, "action": action, "times": times, **fault})

    def _ask(self, method: str, what: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        address = f"{self.endpoint_url}/_sandbox/{what}"
        request = Request(address, method=method, data=json.dumps(body or {}).encode())
        try:
            with urlopen(request, timeout=30) as answer:
                told: dict[str, Any] = json.load(answer)
        except HTTPError as refusal:
            raise ValueError(f"the AWS stand-in refused {method} {what}: {refusal.read().decode()}") from None
        return told
