"""What people do on GitHub, each act with the events that it sends.

    scene          what the acts stand on: the world, and the events that go out
    comments       write, edit and delete comments
    pull_requests  open, edit, label, close, merge, reopen
    branches       repositories and forks, branches, pushes, permissions

Every act takes a repository as `owner/name` or as its record, and whoever acts by login. The API's routes that change a
conversation go through the same acts, so what a bot writes is delivered like what a person wrote.
"""

from app.sandbox.github.acts.branches import Branches
from app.sandbox.github.acts.comments import Comments

__all__ = ["Acts"]


class Acts(Branches, Comments):
    """All of them."""
