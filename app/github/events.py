"""The few fields of a webhook that say whose business it is.

A payload only wakes a key; what is then acted on is read from the API. So very little is decoded, strictly typed: a
JSON object whose routing fields are missing or of a wrong type is kept aside and never acted on.

The one thing that is taken from a payload is what somebody told Mayfly in a comment (`Comment`): its author is the one
whom GitHub names, and what he may do is asked of GitHub when it is done.
"""

import re
from dataclasses import asdict, dataclass
from typing import Any

import msgspec

from app.core.source import SourceKey


class _Repository(msgspec.Struct):
    full_name: str


class _Issue(msgspec.Struct):
    number: int
    pull_request: Any = None


class _PullRequestEvent(msgspec.Struct):
    action: str
    number: int
    repository: _Repository


class _RefEvent(msgspec.Struct):
    ref: str
    repository: _Repository
    ref_type: str = "branch"


class _CommentEvent(msgspec.Struct):
    action: str
    issue: _Issue
    repository: _Repository


class _Author(msgspec.Struct):
    login: str
    id: int
    type: str


class _Comment(msgspec.Struct):
    id: int
    body: str
    html_url: str
    user: _Author


class _CommandEvent(msgspec.Struct):
    comment: _Comment
    sender: _Author


class _Numbered(msgspec.Struct):
    number: int


class _Sender(msgspec.Struct):
    type: str


class _ReviewEvent(msgspec.Struct):
    action: str
    pull_request: _Numbered
    repository: _Repository
    sender: _Sender


class _CheckRun(msgspec.Struct):
    id: int
    external_id: str


class _RequestedAction(msgspec.Struct):
    identifier: str


class _PressEvent(msgspec.Struct):
    check_run: _CheckRun
    requested_action: _RequestedAction
    repository: _Repository
    sender: _Author


class _AnyEvent(msgspec.Struct):
    action: str | None = None


@dataclass(frozen=True)
class Comment:
    """A new comment of a person on a pull request, whose first line is for Mayfly."""

    repository: str
    pull_request: int
    comment: int
    author: str
    author_id: int
    line: str
    url: str

    def content(self) -> dict[str, Any]:
        """As it is kept in an order."""
        return asdict(self)


@dataclass(frozen=True)
class Press:
    """A person pressed a button of our check run, which names the environment in what we gave it as its own id."""

    repository: str
    environment: str
    action: str
    author: str
    author_id: int

    def content(self) -> dict[str, Any]:
        """As it is kept in an order."""
        return asdict(self)


class Routing(msgspec.Struct, frozen=True):
    """Where a webhook belongs; `source` is the key to wake, None for what concerns no environment: comments that tell
    Mayfly nothing, its own among them."""

    action: str | None = None
    repository: str | None = None
    pull_request: int | None = None
    source: SourceKey | None = None
    comment: Comment | None = None
    press: Press | None = None


class NotAnObject(ValueError):
    """The body is no JSON object."""


class Unroutable(ValueError):
    """The body is a JSON object, but the fields that would route it are missing or of a wrong type."""


_PULL_REQUEST = msgspec.json.Decoder(_PullRequestEvent)
_REF = msgspec.json.Decoder(_RefEvent)
_COMMENT = msgspec.json.Decoder(_CommentEvent)
_COMMAND = msgspec.json.Decoder(_CommandEvent)
_REVIEW = msgspec.json.Decoder(_ReviewEvent)
_PRESS = msgspec.json.Decoder(_PressEvent)
_ANY = msgspec.json.Decoder(_AnyEvent)
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])

REF_EVENTS = ("push", "create", "delete")
REVIEW_EVENTS = ("pull_request_review", "pull_request_review_comment")

_FULL_NAME = re.compile(r"[A-Za-z0-9_-]{1,100}/(?!\.{1,2}$)[A-Za-z0-9_.-]{1,100}")
ADDRESSED = "/mayfly"
LONGEST_LINE = 300
"""Characters of a comment's first line; what is longer is no command."""

_ADDRESSED = re.compile(rf"{ADDRESSED}(?:\s|$)")
_LOGIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,99})")
_CONTROL = re.compile(r"[\x00-\x20\x7f]")


def route(event: str, body: bytes) -> Routing:
    """Where a webhook belongs. Raises NotAnObject or Unroutable."""
    try:
        if event == "pull_request":
            return _route_pull_request(_PULL_REQUEST.decode(body))
        if event in REF_EVENTS:
            return _route_ref(_REF.decode(body))
        if event == "issue_comment":
            return _route_comment(_COMMENT.decode(body), body)
        if event in REVIEW_EVENTS:
            return _route_review(_REVIEW.decode(body))
        action = _ANY.decode(body).action
        if (event, action) == ("check_run", "requested_action"):
            return _route_press(_PRESS.decode(body))
        return Routing(action=action)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise _complaint(body, error) from None


def _complaint(body: bytes, error: Exception) -> ValueError:
    try:
        _OBJECT.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return NotAnObject("the body is no JSON object")
    return Unroutable(str(error)[:200])


def _route_pull_request(event: _PullRequestEvent) -> Routing:
    key = SourceKey(_repository(event.repository), pull_request=_positive(event.number))
    return Routing(event.action, key.repository, key.pull_request, key)


def _route_ref(event: _RefEvent) -> Routing:
    repository = _repository(event.repository)
    branch = event.ref.removeprefix("refs/heads/")
    if event.ref_type != "branch" or branch.startswith("refs/") or not branch:
        return Routing(repository=repository)
    if _CONTROL.search(branch):
        raise msgspec.ValidationError("ref is no name that Git would take")
    return Routing(repository=repository, source=SourceKey(repository, branch=branch))


def _route_comment(event: _CommentEvent, body: bytes) -> Routing:
    repository = _repository(event.repository)
    if event.issue.pull_request is None:
        return Routing(event.action, repository)
    key = SourceKey(repository, pull_request=_positive(event.issue.number))
    comment = _comment(_COMMAND.decode(body), repository, event.issue.number) if _may_command(event, body) else None
    return Routing(event.action, repository, key.pull_request, key if comment else None, comment)


def _route_review(event: _ReviewEvent) -> Routing:
    """A person's review says that the environment is in use; what it says otherwise concerns nobody here."""
    repository, number = _repository(event.repository), _positive(event.pull_request.number)
    is_persons = event.sender.type == "User" and event.action in ("submitted", "created")
    return Routing(event.action, repository, number, SourceKey(repository, pull_request=number) if is_persons else None)


def _route_press(event: _PressEvent) -> Routing:
    """An order and no wake-up: what it changes wakes whom it concerns."""
    repository, sender = _repository(event.repository), event.sender
    if not _LOGIN.fullmatch(sender.login):
        raise msgspec.ValidationError("sender.login is none of GitHub's")
    environment = event.check_run.external_id.rpartition(":")[0][:LONGEST_LINE]
    action = event.requested_action.identifier
    is_ours = environment.isprintable() and environment and action.startswith(f"{ADDRESSED[1:]}:") and len(action) <= 20
    press = Press(repository, environment, action, sender.login, sender.id)
    return Routing("requested_action", repository, press=press if is_ours and sender.type == "User" else None)


def _may_command(event: _CommentEvent, body: bytes) -> bool:
    """Whether it is worth a second look: most comments are not for Mayfly, and one that was edited never is."""
    return event.action == "created" and ADDRESSED[1:].encode() in body


def _comment(event: _CommandEvent, repository: str, number: int) -> Comment | None:
    """What a person, no bot and no App, says to Mayfly; a comment in whose name somebody else acts says nothing."""
    comment, author = event.comment, event.comment.user
    line = comment.body.split("\n", 1)[0].rstrip()[:LONGEST_LINE]
    if not _ADDRESSED.match(line) or (author.type, event.sender.type) != ("User", "User"):
        return None
    if event.sender.id != author.id:
        return None
    if not _LOGIN.fullmatch(author.login) or not comment.html_url.isprintable() or len(comment.html_url) > 500:
        raise msgspec.ValidationError("comment.user.login or comment.html_url is none of GitHub's")
    shown = "".join(each if each.isprintable() else " " for each in line)
    return Comment(repository, number, _positive(comment.id, 2**63), author.login, author.id, shown, comment.html_url)


def _repository(found: _Repository) -> str:
    if not _FULL_NAME.fullmatch(found.full_name):
        raise msgspec.ValidationError("repository.full_name is no owner/name")
    return found.full_name


def _positive(number: int, limit: int = 2**31) -> int:
    if not 0 < number < limit:
        raise msgspec.ValidationError("the number is no pull request's or comment's")
    return number
