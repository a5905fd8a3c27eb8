"""Comments in a pull request's conversation."""

from app.sandbox.github.acts.scene import Scene, Where
from app.sandbox.github.payloads import events
from app.sandbox.github.world import Comment, Edit, Repository


class Comments(Scene):
    """Write, edit and delete comments; each sends `issue_comment`."""

    def comment(self, repo: Where, number: int, body: str, author: str = "octocat", *, by_app: bool = False) -> int:
        """Write a comment; returns its id."""
        with self.world.lock:
            repository, pull_request = self._find(repo, number)
            now = pull_request.updated_at = self.world.now()
            comment = Comment(self.world.next_id(), number, self.world.user(author), body, now, now, by_app=by_app)
            repository.comments[comment.id] = comment
            self._emit_comment(repository, comment, "created", author)
            return comment.id

    def edit_comment(self, repo: Where, comment_id: int, body: str, author: str = "octocat") -> None:
        """Change a comment's text; the earlier one is kept in `edits`."""
        with self.world.lock:
            repository = self.world.repository(repo)
            comment = repository.comments[comment_id]
            before, now = comment.body, self.world.now()
            comment.edits.append(Edit(before, comment.updated_at))
            comment.body, comment.updated_at = body, now
            self._emit_comment(repository, comment, "edited", author, changes={"body": {"from": before}})

    def delete_comment(self, repo: Where, comment_id: int, author: str = "octocat") -> None:
        """Take a comment away."""
        with self.world.lock:
            repository = self.world.repository(repo)
            comment = repository.comments.pop(comment_id)
            self._emit_comment(repository, comment, "deleted", author)

    def _emit_comment(self, repository: Repository, comment: Comment, action: str, author: str, **more: object) -> None:
        sender = self.world.user(author)
        told = events.tell_comment_event(self.site, self.world, repository, comment, sender, action, more)
        self._emit(repository, "issue_comment", told)
