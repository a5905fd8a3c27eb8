"""Issues (the conversation side of pull requests), comments, reactions and labels."""

from typing import Any

from starlette.responses import JSONResponse, Response

from app.sandbox.github.payloads.issues import REACTIONS, tell_comment, tell_issue, tell_label, tell_reaction
from app.sandbox.github.routes.call import REPOSITORY, Call, Refusal, Route
from app.sandbox.github.world import Comment, Reaction

_LONGEST_COMMENT = 65536


def get_issue(call: Call) -> Any:
    """A pull request as an issue."""
    return tell_issue(call.site, call.repository, call.pull_request)


def list_comments(call: Call) -> Any:
    """The conversation, oldest first."""
    repository = call.repository
    comments = repository.comments_on(call.pull_request.number)
    return call.paged(comments, lambda comment: tell_comment(call.site, call.world, repository, comment))


def create_comment(call: Call) -> Any:
    """Write a comment, of at most 65,536 characters."""
    body = call.text("IssueComment", "body", _LONGEST_COMMENT)
    number = call.acts.comment(call.repository, call.pull_request.number, body, call.login, by_app=call.is_app)
    return JSONResponse(_tell(call, call.repository.comments[number]), 201)


def get_comment(call: Call) -> Any:
    """One comment."""
    return _tell(call, _comment(call))


def edit_comment(call: Call) -> Any:
    """Change a comment."""
    body = call.text("IssueComment", "body", _LONGEST_COMMENT)
    call.acts.edit_comment(call.repository, _comment(call).id, body, call.login)
    return get_comment(call)


def delete_comment(call: Call) -> Any:
    """Take a comment away."""
    call.acts.delete_comment(call.repository, _comment(call).id, call.login)
    return Response(status_code=204)


def create_reaction(call: Call) -> Any:
    """Put an emoji on a comment; the same one by the same account stays one, and answers 200."""
    comment, content = _comment(call), call.choice("Reaction", "content", REACTIONS)
    same = [each for each in comment.reactions if (each.user, each.content) == (call.caller.user, content)]
    if not same:
        comment.reactions.append(Reaction(call.world.next_id(), call.caller.user, content, call.world.now()))
    reaction = same[0] if same else comment.reactions[-1]
    return JSONResponse(tell_reaction(call.site, reaction), 200 if same else 201)


def list_labels(call: Call) -> Any:
    """The labels of a pull request."""
    repository, labels = call.repository, call.pull_request.labels
    return call.paged(labels, lambda label: tell_label(call.site, repository, label))


def add_labels(call: Call) -> Any:
    """Put labels on a pull request; the body is a list of names, bare or under `labels`."""
    for name in call.optional("labels", list) or []:
        call.acts.add_label(call.repository, call.pull_request.number, str(name), call.login)
    return list_labels(call)


def remove_label(call: Call) -> Any:
    """Take a label away."""
    name = call.parts["name"]
    if name not in [label.name for label in call.pull_request.labels]:
        raise Refusal(404, "Label does not exist")
    call.acts.remove_label(call.repository, call.pull_request.number, name, call.login)
    return list_labels(call)


def _comment(call: Call) -> Comment:
    return call.one(call.repository.comments, call.parts["id"])


def _tell(call: Call, comment: Comment) -> Any:
    return tell_comment(call.site, call.world, call.repository, comment)


_ISSUE = REPOSITORY + "/issues/{number:int}"
_COMMENT = REPOSITORY + "/issues/comments/{id:int}"

ROUTES: tuple[Route, ...] = (
    ("GET", _ISSUE, get_issue),
    ("GET", _ISSUE + "/comments", list_comments),
    ("POST", _ISSUE + "/comments", create_comment),
    ("GET", _COMMENT, get_comment),
    ("PATCH", _COMMENT, edit_comment),
    ("DELETE", _COMMENT, delete_comment),
    ("POST", _COMMENT + "/reactions", create_reaction),
    ("GET", _ISSUE + "/labels", list_labels),
    ("POST", _ISSUE + "/labels", add_labels),
    ("DELETE", _ISSUE + "/labels/{name}", remove_label),
)
