"""The stand-in itself: the acts, with an API and webhooks around them."""

from collections.abc import Sequence
from typing import Literal, Self

from app.sandbox.github.acts import Acts
from app.sandbox.github.acts.scene import Where
from app.sandbox.github.api import Api, Asked
from app.sandbox.github.conversation import Conversation, gather
from app.sandbox.github.delivery import Courier, Delivery, Hook
from app.sandbox.github.faults import Faults
from app.sandbox.github.identity import Tokens
from app.sandbox.github.payloads import events
from app.sandbox.github.payloads.site import Site
from app.sandbox.github.world import Repository, World
from app.sandbox.server import Server

InstallationAction = Literal["created", "deleted", "suspend", "unsuspend"]


class GitHubSandbox(Acts):
    """A GitHub on this machine, until `stop`; also a context manager.

    `faults` is what goes wrong next, `tokens` the tokens that are good here.
    """

    def __init__(self, port: int, organization: str, app: str, login: str, html_url: str | None) -> None:
        world, self.faults = World(organization, app), Faults()
        self.tokens = Tokens(world, login)
        super().__init__(world, Courier(self.faults), Site("", ""))
        self._api = Api(self, self.tokens, self.faults, html_url)
        try:
            self._server = Server.start(self._api, port=port, name="github")
        except Exception:
            self.courier.stop()
            raise
        self.site = Site(self._server.url, html_url or self._server.url)

    @classmethod
    def start(
        cls,
        port: int = 0,
        *,
        organization: str = "acme",
        app: str = "mayfly",
        login: str = "mayfly-bot",
        html_url: str | None = None,
    ) -> Self:
        """A GitHub with nobody on it but the organisation that owns the app, and the login that `token` stands for.

        Links for people go to `html_url`, or to this server, which has no pages. Raises OSError for a taken port.
        """
        return cls(port, organization, app, login, html_url)

    @property
    def api_url(self) -> str:
        """Where the API answers, `http://127.0.0.1:PORT`."""
        return self.site.api

    @property
    def html_url(self) -> str:
        """Where the links for people lead."""
        return self.site.html

    @property
    def token(self) -> str:
        """The personal token of `login`."""
        return self.tokens.personal

    @property
    def app_id(self) -> int:
        """The number of the app, for its JWT."""
        return self.world.app.id

    @property
    def private_key(self) -> str:
        """The app's private key, in PEM."""
        return self.tokens.private_key

    @property
    def requests(self) -> list[Asked]:
        """Every request to the API so far."""
        return list(self._api.requests)

    @property
    def deliveries(self) -> list[Delivery]:
        """Every delivery so far, in the order in which they came up, with what became of them."""
        return list(self.courier.log)

    def deliver_to(
        self, url: str, secret: str, *, target: Literal["integration", "repository"] = "integration"
    ) -> Hook:
        """Send webhooks there from now on: as the app's own hook, or as one that stands in every repository."""
        with self.world.lock:
            hook = Hook(self.world.next_id(), url, secret, target, self.app_id)
            self.hooks.append(hook)
            return hook

    def redeliver(self, guid: str) -> None:
        """Send a delivery again under the same GUID; raises KeyError where the log has none such."""
        self.courier.redeliver(guid)

    def wait_delivered(self, timeout: float = 10.0) -> None:
        """Return once nothing is queued or under way; what `hold` holds does not count. Raises TimeoutError."""
        self.courier.wait_delivered(timeout)

    def hold_deliveries(self) -> None:
        """Gather deliveries until `release_deliveries`."""
        self.courier.hold()

    def release_deliveries(self, *, reverse: bool = True) -> None:
        """Send what was held, the newest first unless told otherwise."""
        self.courier.release(reverse=reverse)

    def ping(self, hook: Hook) -> str:
        """Send a `ping` to a hook and return its GUID."""
        with self.world.lock:
            return self.courier.send(hook, "ping", events.tell_ping(self.site, self.world, hook))

    def change_installation(self, action: InstallationAction) -> None:
        """Install, remove, suspend or resume the app; its tokens follow, and `installation` is sent."""
        with self.world.lock:
            app = self.world.app
            app.is_deleted = action == "deleted"
            app.suspended_at = self.world.now() if action == "suspend" else None
            told = events.tell_installation_event(self.site, self.world, action, self._watched())
            self.tell_hooks("installation", told)

    def announce_repositories(self, action: Literal["added", "removed"], repos: Sequence[Where]) -> None:
        """Send `installation_repositories` for these."""
        with self.world.lock:
            repositories = [self.world.repository(repo) for repo in repos]
            told = events.tell_installation_repositories_event(self.site, self.world, action, repositories)
            self.tell_hooks("installation_repositories", told)

    def conversation(self, repo: Where, number: int) -> Conversation:
        """All that a pull request's page would show."""
        with self.world.lock:
            return gather(*self._find(repo, number))

    def stop(self) -> None:
        """End the server and the deliveries; one under way is waited for, at most ten seconds."""
        self._server.stop()
        self.courier.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _watched(self) -> list[Repository]:
        return [repository for repository in self.world.repositories.values() if repository.is_watched]
