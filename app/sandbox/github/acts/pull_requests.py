"""Pull requests, from opening to merge."""

from app.sandbox.github.acts.scene import Scene, Where, tip
from app.sandbox.github.git import Commit, File, changes
from app.sandbox.github.payloads import events
from app.sandbox.github.payloads.events import Push
from app.sandbox.github.payloads.issues import tell_label
from app.sandbox.github.payloads.site import Json
from app.sandbox.github.world import Label, PullRequest, Repository


class PullRequests(Scene):
    """Open, edit, label, close, merge, reopen; each sends `pull_request`."""

    def open_pull_request(
        self,
        repo: Where,
        head: str,
        base: str = "main",
        *,
        title: str,
        body: str | None = "",
        draft: bool = True,
        author: str = "octocat",
        head_repository: Where | None = None,
    ) -> int:
        """A pull request, from the repository itself or from a fork; returns its number."""
        with self.world.lock:
            repository = self.world.repository(repo)
            home = self.world.repository(head_repository or repository)
            now, number = self.world.now(), max(repository.pull_requests, default=0) + 1
            pull_request = PullRequest(
                self.world.next_id(),
                number,
                self.world.user(author),
                title,
                body,
                draft,
                home,
                home.owner,
                head,
                tip(home, head),
                base,
                tip(repository, base),
                now,
                now,
            )
            repository.pull_requests[number] = pull_request
            self._emit_pull_request(repository, pull_request, "opened", author)
            return number

    def edit_pull_request(
        self,
        repo: Where,
        number: int,
        *,
        title: str | None = None,
        body: str | None = None,
        base: str | None = None,
        author: str = "octocat",
    ) -> None:
        """Change what is given; sends `edited` with what stood there before, unless nothing changes."""
        with self.world.lock:
            repository, pull_request = self._find(repo, number)
            before: Json = {}
            for name, value in (("title", title), ("body", body)):
                if value is not None and value != getattr(pull_request, name):
                    before[name] = {"from": getattr(pull_request, name) or ""}
                    setattr(pull_request, name, value)
            if base is not None and base != pull_request.base:
                before["base"] = {"ref": {"from": pull_request.base}, "sha": {"from": pull_request.base_sha}}
                pull_request.base, pull_request.base_sha = base, tip(repository, base)
            if before:
                self._emit_pull_request(repository, pull_request, "edited", author, changes=before)

    def close_pull_request(self, repo: Where, number: int, *, merged: bool = False, author: str = "octocat") -> None:
        """Close, or merge and close; a merge moves the base branch and sends its `push` first."""
        with self.world.lock:
            repository, pull_request = self._find(repo, number)
            if pull_request.state == "closed":
                return
            if merged:
                self._merge(repository, pull_request, author)
            pull_request.state, pull_request.closed_at = "closed", self.world.now()
            self._emit_pull_request(repository, pull_request, "closed", author)

    def reopen_pull_request(self, repo: Where, number: int, author: str = "octocat") -> None:
        """Open again. Raises ValueError where GitHub cannot: after a merge, or with its branch gone."""
        with self.world.lock:
            repository, pull_request = self._find(repo, number)
            home = pull_request.head_repository
            if pull_request.is_merged or home is None or pull_request.head not in home.branches:
                raise ValueError(f"pull request {number} cannot be reopened: it is merged or its branch is gone")
            pull_request.state, pull_request.closed_at = "open", None
            pull_request.head_sha = home.branches[pull_request.head]
            self._emit_pull_request(repository, pull_request, "reopened", author)

    def mark_ready(self, repo: Where, number: int, author: str = "octocat") -> None:
        """A draft is ready for review."""
        self._set_draft(repo, number, author, is_draft=False)

    def convert_to_draft(self, repo: Where, number: int, author: str = "octocat") -> None:
        """Back to a draft."""
        self._set_draft(repo, number, author, is_draft=True)

    def add_label(self, repo: Where, number: int, name: str, author: str = "octocat") -> None:
        """Put a label on a pull request; the repository learns it where it is new."""
        with self.world.lock:
            repository, pull_request = self._find(repo, number)
            label = repository.labels.setdefault(name, Label(self.world.next_id(), name))
            if label not in pull_request.labels:
                pull_request.labels.append(label)
                self._emit_label(repository, pull_request, label, "labeled", author)

    def remove_label(self, repo: Where, number: int, name: str, author: str = "octocat") -> None:
        """Take a label away."""
        with self.world.lock:
            repository, pull_request = self._find(repo, number)
            for label in [label for label in pull_request.labels if label.name == name]:
                pull_request.labels.remove(label)
                self._emit_label(repository, pull_request, label, "unlabeled", author)

    def _synchronize(self, home: Repository, branch: str, before: str, author: str) -> None:
        after = home.branches[branch]
        for repository in self.world.repositories.values():
            for pull_request in repository.pull_requests.values():
                is_head = pull_request.head_repository is home and pull_request.head == branch
                if is_head and pull_request.state == "open":
                    pull_request.head_sha = after
                    pull_request.base_sha = repository.branches.get(pull_request.base, pull_request.base_sha)
                    self._emit_pull_request(repository, pull_request, "synchronize", author, before=before, after=after)

    def _close_all(self, home: Repository, branch: str, author: str) -> None:
        for repository in list(self.world.repositories.values()):
            for number, pull_request in repository.pull_requests.items():
                is_head = pull_request.head_repository is home and pull_request.head == branch
                is_base = repository is home and pull_request.base == branch
                if is_head or is_base:
                    self.close_pull_request(repository, number, author=author)

    def _merge(self, repository: Repository, pull_request: PullRequest, author: str) -> None:
        before = tip(repository, pull_request.base)
        objects = repository.objects
        head = objects.commit(pull_request.head_sha)
        common = objects.commit(objects.merge_base(before, head.sha) or before)
        message = f"Merge pull request #{pull_request.number} from {pull_request.head_owner.login}/{pull_request.head}"
        files = _merged(objects.commit(before), common, head)
        after = self._commit(repository, files, (before, head.sha), message, author)
        repository.branches[pull_request.base], repository.pushed_at = after, self.world.now()
        pull_request.merged_by, pull_request.merge_sha = self.world.user(author), after
        self._emit_push(repository, Push(pull_request.base, before, after), author)
        self._synchronize(repository, pull_request.base, before, author)

    def _set_draft(self, repo: Where, number: int, author: str, *, is_draft: bool) -> None:
        with self.world.lock:
            repository, pull_request = self._find(repo, number)
            if pull_request.draft != is_draft:
                pull_request.draft = is_draft
                action = "converted_to_draft" if is_draft else "ready_for_review"
                self._emit_pull_request(repository, pull_request, action, author)

    def _emit_label(
        self, repository: Repository, pull_request: PullRequest, label: Label, action: str, author: str
    ) -> None:
        told = tell_label(self.site, repository, label)
        self._emit_pull_request(repository, pull_request, action, author, label=told)

    def _emit_push(self, repository: Repository, push: Push, author: str) -> None:
        told = events.tell_push_event(self.site, repository, push, self.world.user(author))
        self._emit(repository, "push", told)


def _merged(ours: Commit, common: Commit, theirs: Commit) -> dict[str, File]:
    files = dict(ours.files)
    for change in changes(common.files, theirs.files):
        if change.new is None:
            files.pop(change.path, None)
        else:
            files[change.path] = change.new
    return files
