"""Repositories and their branches."""

from collections.abc import Mapping

from app.sandbox.github.acts.pull_requests import PullRequests
from app.sandbox.github.acts.scene import Where, tip
from app.sandbox.github.git import ZERO_SHA, Content, Objects, edited
from app.sandbox.github.payloads import events
from app.sandbox.github.payloads.events import Push
from app.sandbox.github.world import Permission, Repository


class Branches(PullRequests):
    """Repositories, forks, branches, pushes and who may do what."""

    def create_repository(
        self, full_name: str, files: Mapping[str, Content], default_branch: str = "main"
    ) -> Repository:
        """A repository with one commit; its owner is an organisation. Raises ValueError for a name that is taken."""
        owner_login, _, name = full_name.partition("/")
        if not owner_login or not name or "/" in name:
            raise ValueError(f"{full_name!r} is no repository; write it as 'owner/name'")
        with self.world.lock:
            if full_name in self.world.repositories:
                raise ValueError(f"repository {full_name!r} is there already; choose another name")
            owner, now = self.world.user(owner_login), self.world.now()
            owner.type = "Organization"
            repository = Repository(self.world.next_id(), owner, name, default_branch, Objects(), now, now)
            repository.branches[default_branch] = self._commit(
                repository, edited({}, files), (), "Initial commit", "octocat"
            )
            self.world.repositories[full_name] = repository
            return repository

    def fork(self, repo: Where, owner: str) -> Repository:
        """A fork that belongs to `owner`, with all branches; it shares the objects, and no hook stands there."""
        with self.world.lock:
            parent, now = self.world.repository(repo), self.world.now()
            fork = Repository(
                self.world.next_id(),
                self.world.user(owner),
                parent.name,
                parent.default_branch,
                parent.objects,
                now,
                now,
                parent=parent,
                branches=dict(parent.branches),
            )
            return self.world.repositories.setdefault(fork.full_name, fork)

    def delete_repository(self, repo: Where) -> None:
        """A repository is gone; pull requests from it stay, with no head repository."""
        with self.world.lock:
            gone = self.world.repositories.pop(self.world.repository(repo).full_name)
            for repository in self.world.repositories.values():
                for pull_request in repository.pull_requests.values():
                    if pull_request.head_repository is gone:
                        pull_request.head_repository = None

    def set_permission(self, repo: Where, login: str, permission: Permission) -> None:
        """What `login` may do from now on."""
        with self.world.lock:
            self.world.repository(repo).permissions[self.world.user(login).login] = permission

    def create_branch(self, repo: Where, branch: str, base: str = "main", author: str = "octocat") -> str:
        """A branch at the tip of another; sends `create` and `push`."""
        with self.world.lock:
            repository = self.world.repository(repo)
            if branch in repository.branches:
                raise ValueError(f"branch {branch!r} is there already; push to it")
            sha = repository.branches[branch] = tip(repository, base)
            self._emit_birth(repository, branch, author)
            return sha

    def push(
        self,
        repo: Where,
        branch: str,
        files: Mapping[str, Content | None],
        message: str = "Change files",
        author: str = "octocat",
        *,
        force: bool = False,
    ) -> str:
        """One commit on a branch, which starts at the default branch where it is new; None deletes a file.

        With `force` the commit takes the place of the branch's last one, as an amended commit does. Sends `push` (and
        `create`), and `synchronize` for each open pull request whose head this is.
        """
        with self.world.lock:
            repository = self.world.repository(repo)
            is_new = branch not in repository.branches
            before = tip(repository, repository.default_branch if is_new else branch)
            last = repository.objects.commit(before)
            parents = last.parents if force else (before,)
            after = self._commit(repository, edited(last.files, files), parents, message, author)
            repository.branches[branch], repository.pushed_at = after, self.world.now()
            if is_new:
                self._emit_birth(repository, branch, author)
            else:
                self._emit_push(repository, Push(branch, before, after, force), author)
                self._synchronize(repository, branch, before, author)
            return after

    def delete_branch(self, repo: Where, branch: str, author: str = "octocat") -> None:
        """A branch is gone; sends `delete` and `push`, and closes the open pull requests from it or onto it."""
        with self.world.lock:
            repository = self.world.repository(repo)
            if branch == repository.default_branch:
                raise ValueError(f"{branch!r} is the default branch, which GitHub does not let go")
            before = tip(repository, branch)
            del repository.branches[branch]
            sender = self.world.user(author)
            told = events.tell_branch_event(self.site, repository, branch, sender, is_created=False)
            self._emit(repository, "delete", told)
            self._emit_push(repository, Push(branch, before, ZERO_SHA), author)
            self._close_all(repository, branch, author)

    def _emit_birth(self, repository: Repository, branch: str, author: str) -> None:
        sender = self.world.user(author)
        told = events.tell_branch_event(self.site, repository, branch, sender, is_created=True)
        self._emit(repository, "create", told)
        self._emit_push(repository, Push(branch, ZERO_SHA, repository.branches[branch]), author)
