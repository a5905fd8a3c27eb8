"""The world at one moment, as the fragments of HTML that the page swaps in."""

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import groupby
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from app.sandbox.page.markdown import markdown
from app.sandbox.page.mrkdwn import mrkdwn, plain
from app.sandbox.page.world import ChannelMessage, PullRequest, World


def page(world: World) -> str:
    """The page around the fragments."""
    return _templates().get_template("playground.html").render(channel=world.channel)


def scene(world: World, repository: str, number: int) -> dict[str, Any]:
    """The fragments by name, which pull request is chosen, and what can be done with it.

    The chosen one is the one that was asked for, or else the newest.
    """
    pulls = world.pull_requests()
    chosen = _chosen(pulls, repository, number)
    talk = world.conversation(chosen.repository, chosen.number) if chosen else None
    return {
        "chosen": _described(chosen) if chosen else None,
        "can": _possible(chosen),
        "fragments": {
            "pulls": _render("pulls.html", pulls=pulls, chosen=chosen),
            "conversation": _render("conversation.html", talk=talk),
            "channel": _render("channel.html", threads=_threads(world.messages()), names=world.names()),
            "stacks": _render("stacks.html", stacks=world.stacks(), tone=_tone),
        },
    }


def _chosen(pulls: Sequence[PullRequest], repository: str, number: int) -> PullRequest | None:
    wanted = (one for one in pulls if (one.repository, one.number) == (repository, number))
    return next(wanted, pulls[0] if pulls else None)


def _described(pull: PullRequest) -> dict[str, Any]:
    return {"repository": pull.repository, "number": pull.number, "title": pull.title}


def _possible(pull: PullRequest | None) -> list[str]:
    """The acts whose buttons are enabled."""
    if pull is None:
        return []
    always = ["edit", "comment"]
    if not pull.has_branch:
        return always
    return [*always, "push", "close", "delete_branch"] if pull.is_open else [*always, "push", "reopen", "delete_branch"]


def _threads(messages: Sequence[ChannelMessage]) -> list[tuple[ChannelMessage, list[ChannelMessage]]]:
    """Each message of the channel with the replies under it."""
    replies = sorted((one for one in messages if one.is_reply), key=lambda one: (one.thread_ts or "", one.ts))
    under = {root: list(group) for root, group in groupby(replies, key=lambda one: one.thread_ts)}
    return [(one, under.get(one.ts, [])) for one in messages if not one.is_reply]


def _tone(status: str) -> str:
    """How a stack status feels: good, bad, busy."""
    if status.endswith("_FAILED") or "ROLLBACK" in status:
        return "bad"
    return "busy" if status.endswith("_IN_PROGRESS") else "good"


def _render(template: str, **values: Any) -> str:
    return _templates().get_template(template).render(**values)


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("app.sandbox.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"markdown": markdown, "plain": plain}
    environment.globals["spoken"] = _spoken
    return environment


def _spoken(text: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """A text object of Block Kit, or safe HTML from it."""
    return plain(text["text"]) if text["type"] == "plain_text" else mrkdwn(text["text"], names)
