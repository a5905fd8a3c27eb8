"""Planned faults of whole calls: an error instead of the answer, or a connection that breaks."""

import json
from dataclasses import dataclass
from fnmatch import fnmatchcase
from html import escape
from typing import Literal
from uuid import uuid4

from .calls import Call

Answer = tuple[int, dict[str, str], bytes]


@dataclass
class Fault:
    """One plan for the calls of a service and action (fnmatch); `times` is how often it still strikes, None for ever.

    `drop-before` breaks the connection before anything is done, `drop-after` once it has taken effect.
    """

    service: str
    action: str
    kind: Literal["error", "drop-before", "drop-after"]
    times: int | None = 1
    code: str = ""
    message: str = ""
    status: int = 400

    def __post_init__(self) -> None:
        if self.kind not in {"error", "drop-before", "drop-after"}:
            raise ValueError(f"kind is {self.kind!r}; choose error, drop-before or drop-after")

    @property
    def name(self) -> str:
        """How the log calls it: the error's code, or which way the connection broke."""
        return self.code or self.kind

    def meets(self, call: Call) -> bool:
        return self.times != 0 and self.service == call.service and fnmatchcase(call.action, self.action)

    def answer(self, call: Call) -> Answer:
        """The error in the words of the call's protocol."""
        request_id = str(uuid4())
        if call.protocol in {"json", "rest"}:
            body = json.dumps({"__type": self.code, "message": self.message}).encode()
            named = {"x-amzn-errortype": self.code, "x-amzn-requestid": request_id}
            return self.status, {"content-type": "application/json", **named}, body
        error = f"<Code>{escape(self.code)}</Code><Message>{escape(self.message)}</Message>"
        if call.protocol == "s3":
            xml = f"<Error>{error}<RequestId>{request_id}</RequestId></Error>"
        else:
            side = "Sender" if self.status < 500 else "Receiver"
            told = f"<Error><Type>{side}</Type>{error}</Error>"
            xml = f"<ErrorResponse>{told}<RequestId>{request_id}</RequestId></ErrorResponse>"
        return self.status, {"content-type": "text/xml"}, xml.encode()


class Faults:
    """All planned faults, the oldest first in line."""

    def __init__(self) -> None:
        self._plans: list[Fault] = []

    def plan(self, fault: Fault) -> None:
        self._plans.append(fault)

    def forget(self) -> None:
        self._plans.clear()

    def draw(self, call: Call) -> Fault | None:
        """The fault that meets this call, one time less from now on."""
        fault = next((plan for plan in self._plans if plan.meets(call)), None)
        if fault and fault.times is not None:
            fault.times -= 1
        return fault
