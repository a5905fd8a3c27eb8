"""The Slack message: what it says, that nothing breaks out of it, and that Slack takes it however much there is."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.announcement import Announcement
from app.core.environment import Phase
from app.sandbox.slack.limits import UPDATE_BYTES, check
from app.sandbox.slack.records import Content
from app.slack.blocks import fitted, link, write_message
from tests.builders import a_source, a_stack_line, a_usable, an_announcement, an_output

HOSTILE = "<!channel> <@U1> a&b `code` *bold* |pipe|\nsecond line <https://evil.example|click>"


def blocks_of(announcement: Announcement) -> list[dict[str, Any]]:
    return [block.to_dict() for block in write_message(announcement).blocks]


def texts_of(announcement: Announcement) -> list[str]:
    """Every text of the blocks, in reading order."""
    found: list[str] = []
    for block in blocks_of(announcement):
        found += [element["text"] for element in block.get("elements", ())]
        found += [block["text"]["text"]] if "text" in block else []
    return found


def is_taken(announcement: Announcement) -> bool:
    """Whether Slack takes the message, as a post and as an edit; raises what it would answer."""
    message = write_message(announcement)
    check(Content(message.text, tuple(block.to_dict() for block in message.blocks)))
    return len(message.text.encode()) <= UPDATE_BYTES


def test_the_notification_says_what_and_why() -> None:
    assert write_message(an_announcement()).text == "SHOP-42 is ready. Commit ccccccc is deployed."


def test_a_reason_that_repeats_the_headline_is_left_out() -> None:
    busy = an_announcement(Phase.CREATING, reason="SHOP-42 is being created.")
    assert write_message(busy).text == "SHOP-42 is being created."
    assert texts_of(busy)[0] == ":large_yellow_circle: *SHOP-42* is being created"


def test_the_order_is_state_source_outputs_resources_stacks() -> None:
    text = "\n".join(texts_of(an_announcement()))
    places = [text.index(word) for word in ("is ready", "acme/shop#57", "*Outputs*", "*Resources*", "*Stacks*")]
    assert places == sorted(places)


def test_an_address_is_a_link_and_other_values_are_code() -> None:
    outputs = (an_output("Url", "https://api.example/?a=1&b=2"), an_output("Table", "shop|42"))
    text = texts_of(an_announcement(outputs=outputs))[-1]
    assert "• Url: <https://api.example/?a=1&amp;b=2>" in text
    assert "• Table: `shop|42`" in text


def test_the_commit_is_named_once() -> None:
    assert "\n".join(texts_of(an_announcement())).count("ccccccc") == 1
    assert "commit `ccccccc`" in texts_of(an_announcement(reason="It failed."))


def test_an_environment_that_is_gone_names_no_commit_and_no_details() -> None:
    gone = an_announcement(Phase.GONE, reason="Branch x was deleted.", outputs=(), resources=(), stacks=())
    assert [block["type"] for block in blocks_of(gone)] == ["section", "context"]
    assert "ccccccc" not in str(blocks_of(gone))


@pytest.mark.parametrize(
    "announcement",
    [
        an_announcement(reason=HOSTILE),
        an_announcement(sources=(a_source(title=HOSTILE, author=HOSTILE, url="https://github.com/|<x>"),)),
        an_announcement(sources=(a_source(None, branch=HOSTILE, url=""),)),
        an_announcement(outputs=(an_output(HOSTILE, HOSTILE), an_output("Url", f"https://{HOSTILE}"))),
        an_announcement(resources=(a_usable(HOSTILE),), stacks=(a_stack_line(HOSTILE, HOSTILE),)),
    ],
    ids=["reason", "title", "branch", "output", "resource"],
)
def test_hostile_text_neither_calls_people_nor_links(announcement: Announcement) -> None:
    everything = "\n".join([write_message(announcement).text, *texts_of(announcement)])
    assert "<!" not in everything
    assert "<@" not in everything
    assert "<https://evil" not in everything
    assert is_taken(announcement)


def test_slack_is_told_to_make_nothing_of_what_looks_like_a_mention() -> None:
    texts = [block["text"] for block in blocks_of(an_announcement()) if "text" in block]
    assert [text["verbatim"] for text in texts] == [True] * len(texts)


def test_a_link_cannot_be_broken_out_of() -> None:
    assert link("https://x/|<y>", "a|b>c") == "<https://x/%7C%3Cy%3E|a¦b&gt;c>"


LONG = "&" * 4_000
LARGE = {
    "nothing": an_announcement(sources=(), outputs=(), resources=(), stacks=(), reason=""),
    "200 outputs": an_announcement(outputs=tuple(an_output(f"Output{n}", "v" * 50) for n in range(200))),
    "200 addresses": an_announcement(outputs=tuple(an_output(f"O{n}", "https://x/?" + "&" * 550) for n in range(200))),
    "long values": an_announcement(outputs=tuple(an_output(f"O{n}", LONG) for n in range(5))),
    "long names": an_announcement(outputs=tuple(an_output("&" * 255, f"https://{LONG}") for _ in range(5))),
    "500 resources": an_announcement(resources=tuple(a_usable(f"{LONG}{n}") for n in range(500))),
    "60 stacks": an_announcement(stacks=tuple(a_stack_line(f"SHOP-42-{n}") for n in range(60))),
    "long reason": an_announcement(reason=LONG, sources=tuple(a_source(n + 1, title=LONG) for n in range(40))),
}


@pytest.mark.parametrize("announcement", LARGE.values(), ids=LARGE)
def test_slack_takes_the_message_however_much_there_is(announcement: Announcement) -> None:
    assert is_taken(announcement)


def test_what_does_not_fit_is_counted() -> None:
    lines = "\n".join(texts_of(LARGE["500 resources"])).splitlines()
    details = lines[lines.index("*Outputs*") :]
    every = 3 + 1 + 500 + 1  # heads, one output, the resources, one stack
    assert details[-1].startswith(f"_… and {every - len(details) + 1} more lines")


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300), st.lists(st.tuples(st.text(max_size=80), st.text(max_size=700)), max_size=40), st.text())
def test_slack_takes_any_text(reason: str, outputs: Sequence[tuple[str, str]], title: str) -> None:
    told = tuple(an_output(name, value) for name, value in outputs)
    assert is_taken(an_announcement(reason=reason, outputs=told, sources=(a_source(title=title),)))


@given(st.text(), st.integers(2, 50))
def test_a_cut_never_splits_an_escape(text: str, longest: int) -> None:
    told = fitted(text, longest)
    assert len(told) <= longest
    rest = told.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "")
    assert not set(rest) & set("&<>\n")
