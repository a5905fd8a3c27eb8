"""Answers to a comment: a reaction, and where words are needed one short comment, once."""

from dataclasses import dataclass

from app.github.client import GitHub, GitHubMissing
from app.github.comments import Comments
from app.github.markdown import escape

DONE, REFUSED, SEEN = "+1", "-1", "eyes"
"""How GitHub calls its reactions (https://docs.github.com/en/rest/reactions/reactions)."""


@dataclass(frozen=True)
class Conversation:
    """One pull request's conversation."""

    github: GitHub
    repository: str
    number: int

    def react(self, comment: int, reaction: str) -> bool:
        """Put a reaction on a comment, which stays one however often; False where the comment is gone."""
        try:
            path = f"/issues/comments/{comment}/reactions"
            self.github.ask(self.repository, "POST", path, input={"content": reaction})
        except GitHubMissing:
            return False
        return True

    def say_once(self, subject: str, text: str) -> None:
        """Write a comment unless the one about `subject` stands there already."""
        comments = Comments(self.github, self.repository, self.number)
        if comments.find(subject) is None:
            lines = "\n".join(f"> {escape(line)}" if line else ">" for line in text.splitlines())
            comments.post(f"<!-- mayfly:{subject} -->\n{lines}")
