"""The Slack message: what it says and offers, that nothing breaks out of it, and that Slack takes whatever there is."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.announcement import Announcement, Offer
from app.core.environment import Phase
from app.sandbox.slack.limits import check
from app.sandbox.slack.records import Content
from app.slack.blocks import write_message, write_warning
from app.slack.buttons import PREFIX
from app.slack.mrkdwn import fitted, link
from tests.builders import NOW, a_source, a_stack_line, a_usable, an_announcement, an_output
from tests.unit.slack.shapes import EVERY_SHAPE, HOSTILE, blocks_of, every_message, is_taken, read, texts_of

FRIDAY = NOW + timedelta(days=4)


def said(announcement: Announcement, **people: str) -> str:
    return read(write_message(announcement, people))


def test_the_notification_says_what_and_why() -> None:
    assert write_message(an_announcement()).text == "SHOP-42 is ready. Commit ccccccc is deployed."


def test_a_reason_that_repeats_the_headline_is_left_out() -> None:
    busy = an_announcement(Phase.CREATING, reason="SHOP-42 is being created.")
    assert write_message(busy).text == "SHOP-42 is being created."
    assert texts_of(write_message(busy))[0] == ":large_yellow_circle: *SHOP-42* is being created"


def test_the_order_is_state_source_outputs_facts_buttons() -> None:
    text = said(an_announcement())
    places = [text.index(word) for word in ("is ready", "acme/shop#57", "*Outputs*", "Ticket", "stack", "Extend")]
    assert places == sorted(places)


def test_an_address_is_a_link_and_other_values_are_code() -> None:
    text = said(an_announcement(outputs=(an_output("Url", "https://api.example/?a=1&b=2"), an_output("Table", "s|42"))))
    assert "• Url: <https://api.example/?a=1&amp;b=2>" in text
    assert "• Table: `s|42`" in text


def test_the_commit_is_named_once() -> None:
    assert said(an_announcement()).count("ccccccc") == 1
    assert "commit `ccccccc`" in said(an_announcement(reason="It failed."))


class TestPeople:
    def test_an_author_who_is_known_in_slack_is_mentioned(self) -> None:
        assert "A better cart by <@U0000001> (ann)" in said(an_announcement(), ann="U0000001")

    def test_another_is_named(self) -> None:
        assert "A better cart by ann" in said(an_announcement(), bob="U0000001")


class TestTicket:
    def test_it_leads_to_the_pull_request_that_names_it(self) -> None:
        told = an_announcement(sources=(a_source(url="https://github.com/acme/shop/pull/57"),))
        assert "Ticket <https://github.com/acme/shop/pull/57|SHOP-42>" in said(told)

    def test_an_issue_of_the_repository_leads_there(self) -> None:
        told = an_announcement(ticket="#12", sources=(a_source(url="https://github.com/acme/shop/pull/57"),))
        assert "Ticket <https://github.com/acme/shop/issues/12|#12>" in said(told)

    def test_without_a_page_it_is_named(self) -> None:
        assert "Ticket `SHOP-42`" in said(an_announcement())


class TestLife:
    def test_age_expiry_and_cost_stand_in_one_line(self) -> None:
        told = an_announcement(created_at=NOW, expires_at=FRIDAY, cost_per_month=12.4)
        now, friday = int(NOW.timestamp()), int(FRIDAY.timestamp())
        form = "{date_short_pretty} at {time}"
        assert (
            f"since <!date^{now}^{form}|2026-03-02 10:00 UTC>"
            f" · expires <!date^{friday}^{form}|2026-03-06 10:00 UTC> · about $12.40 a month"
        ) in said(told)

    def test_what_is_unknown_is_left_out(self) -> None:
        text = said(an_announcement())
        assert not any(word in text for word in ("since", "expires", "month"))

    def test_what_is_kept_says_until_when(self) -> None:
        text = said(an_announcement(expires_at=NOW, keep_until=FRIDAY))
        assert "kept until <!date^" in text
        assert "expires" not in text

    def test_a_keep_that_ends_before_the_expiry_changes_nothing(self) -> None:
        assert "expires" in said(an_announcement(expires_at=FRIDAY, keep_until=NOW))


class TestWarning:
    WARNING = "SHOP-42 goes by itself at 2026-03-06 10:00 UTC, in less than 24h; `/mayfly keep` holds it."

    def test_it_calls_the_author_and_offers_what_helps(self) -> None:
        message = write_warning(an_announcement(warning=self.WARNING), {"ann": "U0000001"})
        assert texts_of(message)[0] == f":hourglass_flowing_sand: <@U0000001> {self.WARNING}"
        assert [b["action_id"] for b in blocks_of(message)[-1]["elements"]] == [
            "mayfly:extend",
            "mayfly:keep",
            "mayfly:destroy",
        ]

    def test_slack_takes_it(self) -> None:
        told = replace(EVERY_SHAPE["long reason"], warning=HOSTILE * 100)
        message = write_warning(told)
        check(Content(message.text, tuple(blocks_of(message))))
        assert "<!" not in read(message)

    def test_each_warning_can_be_found_by_itself(self) -> None:
        first, second = (write_warning(an_announcement(warning=text)) for text in ("one", "two"))
        assert first.environment != second.environment


class TestButtons:
    @pytest.mark.parametrize(
        ("phase", "offered"),
        [
            (Phase.READY, ["extend", "keep", "redeploy", "destroy", "why"]),
            (Phase.FAILED, ["redeploy", "extend", "keep", "destroy", "why"]),
            (Phase.DELETING, ["why"]),
            (Phase.GONE, ["redeploy"]),
        ],
        ids=lambda value: value.value if isinstance(value, Phase) else "",
    )
    def test_each_phase_offers_what_makes_sense(self, phase: Phase, offered: list[str]) -> None:
        buttons = blocks_of(write_message(an_announcement(phase)))[-1]["elements"]
        assert [button["action_id"] for button in buttons] == [f"{PREFIX}{name}" for name in offered]
        assert {button["value"] for button in buttons} == {"SHOP-42"}

    def test_destroying_is_asked_about_first(self) -> None:
        buttons = blocks_of(write_message(an_announcement()))[-1]["elements"]
        assert [b["action_id"] for b in buttons if "confirm" in b] == [f"{PREFIX}{Offer.DESTROY}"]


def test_an_environment_that_is_gone_names_no_commit_and_no_details() -> None:
    gone = an_announcement(Phase.GONE, reason="Branch x was deleted.", outputs=(), resources=(), stacks=())
    message = write_message(gone)
    assert [block["type"] for block in blocks_of(message)] == ["section", "context", "context", "actions"]
    assert "ccccccc" not in read(message)


def test_of_many_outputs_the_links_are_shown_and_the_thread_is_named() -> None:
    many = (*(an_output(f"O{n}", "value") for n in range(30)), an_output("Url", "https://api.example/"))
    text = said(an_announcement(outputs=many))
    assert "• Url: <https://api.example/>" in text
    assert "_and 21 more in the thread_" in text


@pytest.mark.parametrize(
    "announcement",
    [
        an_announcement(reason=HOSTILE),
        an_announcement(reason=HOSTILE * 40),
        an_announcement(sources=(a_source(title=HOSTILE, author=HOSTILE, url="https://github.com/|<x>"),)),
        an_announcement(sources=tuple(a_source(n + 1, title=HOSTILE, author=HOSTILE) for n in range(9))),
        an_announcement(sources=(a_source(None, branch=HOSTILE, url=""),)),
        an_announcement(outputs=(an_output(HOSTILE, HOSTILE), an_output("Url", f"https://{HOSTILE}"))),
        an_announcement(outputs=tuple(an_output(HOSTILE, HOSTILE) for _ in range(20))),
        an_announcement(resources=(a_usable(HOSTILE),), stacks=(a_stack_line(HOSTILE, HOSTILE),)),
        an_announcement(stacks=tuple(a_stack_line(HOSTILE, HOSTILE) for _ in range(9))),
        an_announcement(ticket=HOSTILE),
    ],
    ids=["reason", "long reason", "title", "titles", "branch", "output", "outputs", "resource", "stacks", "ticket"],
)
def test_hostile_text_neither_calls_people_nor_links(announcement: Announcement) -> None:
    messages = every_message(announcement)
    everything = "\n".join([*(message.text for message in messages), *(read(message) for message in messages)])
    assert "<!" not in everything
    assert "<@" not in everything
    assert "<https://evil" not in everything
    assert is_taken(announcement)


def test_slack_is_told_to_make_nothing_of_what_looks_like_a_mention() -> None:
    texts = [block["text"] for block in blocks_of(write_message(an_announcement())) if "text" in block]
    assert [text["verbatim"] for text in texts] == [True] * len(texts)


def test_a_link_cannot_be_broken_out_of() -> None:
    assert link("https://x/|<y>", "a|b>c") == "<https://x/%7C%3Cy%3E|a¦b&gt;c>"


@pytest.mark.parametrize("announcement", EVERY_SHAPE.values(), ids=EVERY_SHAPE)
def test_slack_takes_the_message_however_much_there_is(announcement: Announcement) -> None:
    assert is_taken(announcement)


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
