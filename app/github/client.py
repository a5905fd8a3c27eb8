"""One request to GitHub: as whom, with what patience, and what its faults mean.

PyGithub brings authentication, token renewal and throttling. Requests are made by path, never by an address that an
answer contained, so a hostile or misconfigured answer cannot lead a token elsewhere.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, BinaryIO, cast
from urllib.parse import quote

import github
import jwt
import requests
import urllib3
from github import Auth, GithubException
from github.GithubException import RateLimitExceededException

from app.core.errors import ConfigurationError, PermanentError, TransientError
from app.github.manifest import PERMISSIONS

TIMEOUT_SECONDS = 15
PAGE = 100
MOST_PAGES = 50
_ITSELF = "/"
"""In place of an owner: the App itself."""


class GitHubUnreachable(TransientError):
    """GitHub did not answer; the same request may work later."""


class GitHubRefused(PermanentError):
    """GitHub refused a request."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class GitHubMissing(GitHubRefused):
    """GitHub shows nothing there, or nothing to us."""


class GitHub:
    """GitHub's API, as an App or with a token."""

    def __init__(
        self, api_url: str, *, token: str | None = None, app_id: str | None = None, private_key: str | None = None
    ) -> None:
        self._api_url = api_url.rstrip("/")
        self._token = token
        self._app = Auth.AppAuth(app_id, private_key) if app_id and private_key else None
        self.app_id = app_id if self._app else None
        self._lock = threading.Lock()
        self._speakers: dict[str, github.Github] = {}

    @property
    def is_app(self) -> bool:
        """Whether Mayfly speaks as a GitHub App, which may write check runs."""
        return self._app is not None

    def get(self, repository: str, path: str, **parameters: Any) -> Any:
        """The answer to a GET below the repository, or None for 404. Raises GitHubUnreachable or GitHubRefused."""
        try:
            return self.ask(repository, "GET", path, parameters=parameters)
        except GitHubMissing:
            return None

    def get_all(self, repository: str, path: str, **parameters: Any) -> list[Any]:
        """Every item of a list, page after page. Raises GitHubMissing where there is none."""
        items: list[Any] = []
        for page in range(1, MOST_PAGES + 1):
            found = self.ask(repository, "GET", path, parameters={"per_page": PAGE, "page": page, **parameters})
            if not isinstance(found, list):
                raise GitHubUnreachable(f"GitHub answered {path} with something that is no list")
            items += found
            if len(found) < PAGE:
                break
        return items

    def ask(self, repository: str, verb: str, path: str, **arguments: Any) -> Any:
        """One request below `/repos/<repository>`; raises GitHubMissing for 404."""
        speaker = self._speaker(repository)
        with speaking():
            _, answer = speaker.requester.requestJsonAndCheck(verb, f"/repos/{quote(repository)}{path}", **arguments)
            return answer

    def profile(self, repository: str, login: str) -> Any:
        """An account's public profile, or None, asked for with the rights that we have on `repository`."""
        speaker = self._speaker(repository)
        try:
            with speaking():
                return speaker.requester.requestJsonAndCheck("GET", f"/users/{quote(login, safe='')}")[1]
        except GitHubMissing:
            return None

    def graphql(self, repository: str, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        """The answer to a GraphQL query, asked with the rights that we have on `repository`."""
        speaker = self._speaker(repository)
        with speaking():
            _, answer = speaker.requester.graphql_query(query, variables)
        return dict(answer["data"])

    def ask_app(self, verb: str, path: str, **arguments: Any) -> Any:
        """One request in the name of the App itself, such as `/app`. Raises GitHubRefused where there is no App."""
        return self.ask_app_with_headers(verb, path, **arguments)[1]

    def ask_app_with_headers(self, verb: str, path: str, **arguments: Any) -> tuple[dict[str, Any], Any]:
        """The same, with the headers of the answer, their names in small letters."""
        speaker = self._app_speaker()
        with speaking():
            return speaker.requester.requestJsonAndCheck(verb, path, **arguments)

    def installed_repositories(self) -> list[str]:
        """Every repository that the App is installed on; a token has no such list."""
        if self._app is None:
            return []
        names: list[str] = []
        with speaking():
            for installation in github.GithubIntegration(auth=self._app, base_url=self._api_url).get_installations():
                names += [repository.full_name for repository in installation.get_repos()]
        return names

    def own_login(self, repository: str) -> str:
        """The login under which we write: a token's user, or the App's bot."""
        if self._app is None:
            speaker, path = self._speaker(repository), "/user"
        else:
            speaker, path = self._connect(self._app), "/app"
        with speaking():
            _, answer = speaker.requester.requestJsonAndCheck("GET", path)
        return str(answer["login"]) if self._app is None else f"{answer['slug']}[bot]"

    @contextmanager
    def tarball(self, repository: str, commit: str) -> Iterator[BinaryIO]:
        """The archive of a commit as a stream of its compressed bytes."""
        auth = self._speaker(repository).requester.auth
        headers = {"Authorization": f"{auth.token_type} {auth.token}"} if auth else {}
        address = f"{self._api_url}/repos/{quote(repository)}/tarball/{quote(commit)}"
        with speaking(), requests.get(address, headers=headers, stream=True, timeout=TIMEOUT_SECONDS) as answer:
            if answer.status_code >= 500 or answer.status_code == 429:
                raise GitHubUnreachable(f"GitHub answered {answer.status_code} for the archive of {commit[:7]}")
            if answer.status_code != 200:
                raise GitHubRefused(
                    f"GitHub answered {answer.status_code} for the archive of {commit[:7]} of {repository}",
                    answer.status_code,
                )
            answer.raw.decode_content = False
            yield cast("BinaryIO", answer.raw)

    def _speaker(self, repository: str) -> github.Github:
        """PyGithub with the rights that we have on the repository; an App has one installation per owner."""
        owner = repository.partition("/")[0] if self._app else ""
        with self._lock:
            if owner not in self._speakers:
                self._speakers[owner] = self._connect(self._auth_for(repository))
            return self._speakers[owner]

    def _app_speaker(self) -> github.Github:
        """PyGithub in the name of the App itself. Raises GitHubRefused where there is no App."""
        if self._app is None:
            raise GitHubRefused("only a GitHub App can ask that, and a token is configured", 401)
        with self._lock:
            if _ITSELF not in self._speakers:
                self._speakers[_ITSELF] = self._connect(self._app)
            return self._speakers[_ITSELF]

    def _auth_for(self, repository: str) -> Auth.Auth | None:
        if self._app is None:
            return Auth.Token(self._token) if self._token else None
        with speaking():
            app = self._connect(self._app)
            _, found = app.requester.requestJsonAndCheck("GET", f"/repos/{quote(repository)}/installation")
        return self._app.get_installation_auth(found["id"], PERMISSIONS, app.requester)

    def _connect(self, auth: Auth.Auth | None) -> github.Github:
        return github.Github(
            auth=auth,
            base_url=self._api_url,
            timeout=TIMEOUT_SECONDS,
            user_agent="mayfly",
            per_page=PAGE,
            retry=None,
            seconds_between_requests=0,
            seconds_between_writes=0.1,
        )


def connect_github(api_url: str, token: str | None, app_id: str | None, private_key: str | None) -> GitHub:
    """GitHub with whichever credentials are set. Raises ConfigurationError where they cannot be used."""
    if app_id and private_key:
        private_key = private_key.replace("\\n", "\n")  # how many container platforms carry a key in one line
        _check_key(app_id, private_key)
    return GitHub(api_url, token=token, app_id=app_id, private_key=private_key)


def _check_key(app_id: str, private_key: str) -> None:
    """Sign something, so that a key which is none is found at start and not with the first pull request."""
    try:
        Auth.AppAuth(app_id, private_key).create_jwt()
    except (AssertionError, ValueError, jwt.PyJWTError):
        raise ConfigurationError(
            "MAYFLY_GITHUB__PRIVATE_KEY is no App's key: it is the .pem file that GitHub made, with all its lines"
        ) from None


@contextmanager
def speaking() -> Iterator[None]:
    """Turn what PyGithub and requests raise inside the block into our errors."""
    try:
        yield
    except RateLimitExceededException as error:
        raise GitHubUnreachable("GitHub's rate limit is used up", _retry_after(error)) from None
    except GithubException as error:
        raise _translate(error) from None
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        raise GitHubUnreachable(f"GitHub did not answer: {type(error).__name__}") from None


def _translate(error: GithubException) -> Exception:
    content = error.data if isinstance(error.data, dict) else {}
    message = " ".join(str(content.get("message", "")).split())[:200]
    if error.status >= 500 or error.status == 429:
        return GitHubUnreachable(f"GitHub answered {error.status}", _retry_after(error))
    if error.status == 404:
        return GitHubMissing(f"GitHub shows nothing there, or nothing to us: {message}", 404)
    hint = {401: "; the token or App key is wrong or expired", 403: "; the App or token lacks a permission"}
    return GitHubRefused(f"GitHub answered {error.status}: {message}{hint.get(error.status, '')}", error.status)


def _retry_after(error: GithubException) -> timedelta | None:
    seconds = (error.headers or {}).get("retry-after", "")
    return timedelta(seconds=int(seconds)) if seconds.isdigit() else None
