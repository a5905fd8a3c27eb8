"""One request to the API: who asks for what, and the ways to answer or to refuse.

The refusals are GitHub's, in status and shape. Source: GitHub's pages on troubleshooting the REST API.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from starlette.datastructures import QueryParams
from starlette.responses import JSONResponse, Response

from app.sandbox.github.acts import Acts
from app.sandbox.github.git import Commit
from app.sandbox.github.identity import Caller, Tokens
from app.sandbox.github.payloads.site import Json, Site
from app.sandbox.github.world import PullRequest, Repository, World

DOCUMENTATION = "https://docs.github.com/rest"
K = TypeVar("K")
V = TypeVar("V")

_PAGE_SIZE = 30
_LARGEST_PAGE = 100


class Refusal(Exception):
    """The request is not carried out; the message is what GitHub says."""

    def __init__(self, status: int, message: str, errors: Sequence[Json] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.errors = list(errors)

    def tell(self) -> Response:
        """The refusal as GitHub writes it."""
        told: Json = {"message": str(self), "documentation_url": DOCUMENTATION, "status": str(self.status)}
        return JSONResponse({**told, "errors": self.errors} if self.errors else told, self.status)


def not_found() -> Refusal:
    """Not there, or not for this caller to know."""
    return Refusal(404, "Not Found")


def invalid(resource: str, field: str, message: str) -> Refusal:
    """A field whose value GitHub does not take."""
    error = {"resource": resource, "code": "custom", "field": field, "message": message}
    return Refusal(422, "Validation Failed", [error])


@dataclass(frozen=True)
class Call:
    """A request, after its token was recognised."""

    acts: Acts
    tokens: Tokens
    site: Site
    caller: Caller
    path: str
    parts: Mapping[str, Any]
    query: QueryParams
    accept: str
    body: Json

    @property
    def world(self) -> World:
        """Everything there is."""
        return self.acts.world

    @property
    def login(self) -> str:
        """Who acts."""
        return self.caller.user.login

    @property
    def is_app(self) -> bool:
        """Whether an installation acts, and no person."""
        return self.caller.kind == "installation"

    @property
    def repository(self) -> Repository:
        """The repository that the path names."""
        found = self.world.repositories.get(f"{self.parts['owner']}/{self.parts['repo']}")
        if found is None or not self.caller.may_see(found):
            raise not_found()
        return found

    @property
    def pull_request(self) -> PullRequest:
        """The pull request that the path names."""
        return self.one(self.repository.pull_requests, self.parts["number"])

    @property
    def page_size(self) -> int:
        """How many things a page holds: 30 unless asked otherwise, 100 at most."""
        return max(1, min(self._number("per_page", _PAGE_SIZE), _LARGEST_PAGE))

    def one(self, things: Mapping[K, V], key: K) -> V:
        """The thing of that key, or 404."""
        if key not in things:
            raise not_found()
        return things[key]

    def commit(self, ref: str) -> Commit:
        """The commit that a ref means; 422 in GitHub's words where none does."""
        found = self.repository.find_commit(ref)
        if found is None:
            raise Refusal(422, f"No commit found for SHA: {ref}")
        return found

    def text(self, resource: str, field: str, longest: int | None = None) -> str:
        """A text of the body that must be there; 422 where it is missing or longer than GitHub takes."""
        value = self.body.get(field)
        if not isinstance(value, str) or not value:
            error = {"resource": resource, "code": "missing_field", "field": field}
            raise Refusal(422, "Validation Failed", [error])
        if longest is not None and len(value) > longest:
            raise invalid(resource, field, f"{field} is too long (maximum is {longest} characters)")
        return value

    def optional(self, field: str, kind: type[V]) -> V | None:
        """A value of the body that may be absent; 422 in GitHub's words where it is of another kind."""
        value = self.body.get(field)
        if value is None or isinstance(value, kind):
            return value
        raise Refusal(422, f"Invalid request.\n\nFor 'properties/{field}', {value!r} is not of type {kind.__name__}.")

    def choice(self, resource: str, field: str, allowed: Sequence[str]) -> str:
        """A text of the body that must be one of a few."""
        value = self.text(resource, field)
        if value not in allowed:
            raise invalid(resource, field, f"{field} must be one of: {', '.join(allowed)}")
        return value

    def paged(self, things: Sequence[V], tell: Callable[[V], Json], key: str | None = None) -> Response:
        """One page of a list, with the `Link` header; under `key`, and counted, where GitHub wraps that list."""
        size, page = self.page_size, max(1, self._number("page", 1))
        last = max(1, -(-len(things) // size))
        told = [tell(thing) for thing in things[(page - 1) * size : page * size]]
        steps = {"prev": page - 1, "next": page + 1, "last": last, "first": 1}
        due = {"prev": page > 1, "next": page < last, "last": page < last, "first": page > 1}
        links = [f'<{self._page_url(size, steps[name])}>; rel="{name}"' for name in steps if due[name]]
        content = told if key is None else {"total_count": len(things), key: told}
        return JSONResponse(content, headers={"Link": ", ".join(links)} if links else None)

    def _number(self, name: str, default: int) -> int:
        value = self.query.get(name, "")
        return int(value) if value.isascii() and value.isdigit() else default

    def _page_url(self, size: int, page: int) -> str:
        rest = {name: value for name, value in self.query.items() if name not in {"page", "per_page"}}
        return f"{self.site.api}{self.path}?{urlencode({**rest, 'per_page': size, 'page': page})}"


Route = tuple[str, str, Callable[[Call], Any]]
"""Method, path with Starlette's placeholders, and what answers."""

REPOSITORY = "/repos/{owner}/{repo}"
