"""The comment: what it says, that nothing breaks out of it, and that GitHub takes it however much there is."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.announcement import Announcement
from app.core.environment import Phase
from app.github.comments import LONGEST
from app.github.markdown import code, escape, write_comment
from tests.builders import NOW, a_stack_line, a_usable, an_announcement, an_output


def test_a_comment_reads_from_the_state_to_the_resources() -> None:
    assert write_comment(an_announcement()) == (
        "<!-- mayfly:SHOP-42 -->\n\n"
        "### 🟢 `SHOP-42` is ready\n\n"
        "Commit ccccccc is deployed.\n\n"
        "Ticket `SHOP-42` · commit `ccccccc` · "
        "stack [SHOP-42](https://console.example/s) in eu-west-1, `CREATE_COMPLETE`\n\n"
        "| Output | Value |\n| --- | --- |\n| ApiUrl | <https://abc.execute-api.eu-west-1.amazonaws.com/> |\n\n"
        "<details><summary>Resources</summary>\n\n- Function: [SHOP-42-orders](https://console.example/f)\n\n</details>\n\n"
        "Commands: `/mayfly extend 2d` · `/mayfly keep` · `/mayfly deploy` · `/mayfly destroy` · "
        "`/mayfly why` · `/mayfly help`"
    )


def test_an_environment_that_is_gone_keeps_its_reason_alone() -> None:
    gone = an_announcement(Phase.GONE, reason="Branch x was deleted.", outputs=(), resources=(), stacks=())
    assert write_comment(gone) == (
        "<!-- mayfly:SHOP-42 -->\n\n### ⚪ `SHOP-42` is gone\n\nBranch x was deleted.\n\nTicket `SHOP-42`\n\n"
        "Commands: `/mayfly deploy` · `/mayfly help`"
    )


def test_a_reason_that_repeats_the_headline_is_left_out() -> None:
    busy = write_comment(an_announcement(Phase.CREATING, reason="SHOP-42 is being created."))
    assert busy.count("is being created") == 1


def test_expiry_and_cost_stand_with_the_facts() -> None:
    told = write_comment(an_announcement(expires_at=NOW, cost_per_month=12.4))
    assert "commit `ccccccc` · expires 2026-03-02 10:00 UTC · about \\$12.40 a month · stack" in told
    kept = write_comment(an_announcement(expires_at=NOW, keep_until=NOW + timedelta(days=1)))
    assert "kept until 2026-03-03 10:00 UTC" in kept


def test_a_warning_stands_below_the_reason_until_the_end() -> None:
    assert "is deployed.\n\n⏳ It goes soon.\n\n" in write_comment(an_announcement(warning="It goes soon."))
    assert "⏳" not in write_comment(an_announcement(Phase.GONE, warning="It goes soon."))


def test_several_stacks_are_a_list() -> None:
    text = write_comment(an_announcement(stacks=(a_stack_line("SHOP-42-bus"), a_stack_line("SHOP-42-api"))))
    assert "commit `ccccccc`\n\n- stack [SHOP-42-bus]" in text
    assert "\n- stack [SHOP-42-api]" in text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("@ann", "@\N{WORD JOINER}ann"),
        ("see #57", "see \\#\N{WORD JOINER}57"),
        ("<img src=x>", "\\<img src=x\\>"),
        ("[x](https://evil.example)", "\\[x\\]\\(https://evil.example\\)"),
        ("a|b", "a\\|b"),
        ("one\ntwo", "one two"),
        ("**`bold`**", "\\*\\*\\`bold\\`\\*\\*"),
        ("<!-- mayfly:OTHER -->", "\\<\\!-- mayfly:OTHER --\\>"),
    ],
)
def test_prose_shows_as_it_is(text: str, shown: str) -> None:
    assert escape(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [("x", "`x`"), ("a`b", "``a`b``"), ("`", "`` ` ``"), ("a``b`c", "```a``b`c```"), ("", "` `"), ("a\nb", "`a b`")],
)
def test_code_cannot_be_left(text: str, shown: str) -> None:
    assert code(text) == shown


@given(st.text(alphabet="`ab \n", max_size=30))
def test_no_run_of_backticks_inside_is_as_long_as_the_fence(text: str) -> None:
    shown = code(text)
    fence = shown[: len(shown) - len(shown.lstrip("`"))]
    assert shown.endswith(fence)
    assert fence not in shown[len(fence) : -len(fence)].replace("`" * (len(fence) + 1), "")


def test_a_pipe_in_a_value_does_not_end_its_cell() -> None:
    assert "| Odd | `a\\|b` |" in write_comment(an_announcement(outputs=(an_output("Odd", "a|b"),)))


def test_an_address_that_could_be_left_is_no_link() -> None:
    text = write_comment(an_announcement(outputs=(an_output("Url", "https://x/><img>"),)))
    assert "| Url | `https://x/><img>` |" in text


def test_another_environments_mark_cannot_be_written_by_a_reason() -> None:
    assert write_comment(an_announcement(reason="<!-- mayfly:SHOP-1 -->")).count("<!--") == 1


FAR = "https://console.example/" + "x" * 900

LARGE = {
    "200 outputs": an_announcement(outputs=tuple(an_output(f"Output{n}", "v" * 4_000) for n in range(200))),
    "200 hostile outputs": an_announcement(outputs=tuple(an_output("|" * 255, "|`" * 2_000) for _ in range(200))),
    "500 resources": an_announcement(resources=tuple(a_usable(f"f{n}", link=FAR) for n in range(500))),
    "100 stacks": an_announcement(stacks=tuple(a_stack_line(f"S-{n}", link=FAR) for n in range(100))),
    "a long reason": an_announcement(reason="*" * 200_000),
}


@pytest.mark.parametrize("announcement", LARGE.values(), ids=LARGE)
def test_github_takes_the_comment_however_much_there_is(announcement: Announcement) -> None:
    text = write_comment(announcement)
    assert len(text) <= LONGEST
    assert text.startswith("<!-- mayfly:SHOP-42 -->\n\n### ")


def test_every_one_of_200_outputs_is_there_and_the_resources_too() -> None:
    text = write_comment(LARGE["200 outputs"])
    assert [n for n in range(200) if f"| Output{n} |" not in text] == []
    assert "did not fit" not in text
    assert "</details>" in text


def test_what_does_not_fit_is_counted() -> None:
    text = write_comment(LARGE["200 hostile outputs"])
    shown = text.count("\n| \\|")
    assert 0 < shown < 200
    assert f"_… and {200 - shown} more outputs, which did not fit into this comment._" in text


def test_many_of_a_kind_are_counted() -> None:
    assert "and 475 more\n" in write_comment(LARGE["500 resources"])


@settings(max_examples=60, deadline=None)
@given(st.text(), st.lists(st.tuples(st.text(max_size=300), st.text(max_size=5_000)), max_size=60))
def test_any_text_fits(reason: str, outputs: list[tuple[str, str]]) -> None:
    told = tuple(an_output(name, value) for name, value in outputs)
    assert len(write_comment(an_announcement(reason=reason, outputs=told))) <= LONGEST
