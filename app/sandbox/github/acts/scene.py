"""What the acts stand on: the world, and the events that go out to the hooks."""

from app.sandbox.github.delivery import Courier, Hook
from app.sandbox.github.git import Commit, Files, Signature
from app.sandbox.github.payloads import events
from app.sandbox.github.payloads.site import Json, Site
from app.sandbox.github.world import PullRequest, Repository, World

Where = Repository | str


class Scene:
    """The world, and everyone who hears of what happens in it."""

    def __init__(self, world: World, courier: Courier, site: Site) -> None:
        self.world = world
        self.courier = courier
        self.site = site
        self.hooks: list[Hook] = []

    def tell_hooks(self, event: str, payload: Json) -> None:
        """Send an event to every hook; what goes to the app names the installation."""
        installation = {"installation": events.tell_installation_shortly(self.world)}
        for hook in self.hooks:
            more = installation if hook.target == "integration" and "installation" not in payload else {}
            self.courier.send(hook, event, {**payload, **more})

    def _emit(self, repository: Repository, event: str, payload: Json) -> None:
        if repository.is_watched:
            self.tell_hooks(event, payload)

    def _emit_pull_request(
        self, repository: Repository, pull_request: PullRequest, action: str, author: str, **more: object
    ) -> None:
        pull_request.updated_at, sender = self.world.now(), self.world.user(author)
        told = events.tell_pull_request_event(self.site, repository, pull_request, sender, action, more)
        self._emit(repository, "pull_request", told)

    def _find(self, repo: Where, number: int) -> tuple[Repository, PullRequest]:
        repository = self.world.repository(repo)
        if number not in repository.pull_requests:
            known = ", ".join(map(str, repository.pull_requests)) or "none yet"
            raise KeyError(f"no pull request {number} in {repository.full_name}; there are: {known}")
        return repository, repository.pull_requests[number]

    def _commit(self, repository: Repository, files: Files, parents: tuple[str, ...], message: str, login: str) -> str:
        user = self.world.user(login)
        commit = Commit(files, parents, message, Signature(login, user.email, self.world.now()), login)
        return repository.objects.add(commit)


def tip(repository: Repository, branch: str) -> str:
    """The commit at the end of a branch; raises KeyError, naming the branches, where there is none."""
    if branch not in repository.branches:
        known = ", ".join(repository.branches)
        raise KeyError(f"no branch {branch!r} in {repository.full_name}; there are: {known}")
    return repository.branches[branch]
