"""The playground as a person meets it, over a world that lives in this module."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from app.core.errors import PermanentError
from app.sandbox.page import ChannelMessage, Check, Conversation, Entry, Playground, PullRequest, Stack
from app.sandbox.page.markdown import markdown
from app.sandbox.page.mrkdwn import mrkdwn

NOON = datetime(2030, 5, 6, 12, 0, tzinfo=UTC)
REPOSITORY = "acme/shop"
STICKY = """<!-- mayfly -->
### SHOP-42 is ready

Stack `SHOP-42` in **eu-west-1**, <script>alert(1)</script>

| Output | Value |
|---|---|
| ApiUrl | https://api.example.com/a?b=1&c=2 |

<details><summary>Commands</summary>

- `/mayfly status`
- `/mayfly extend 2d`

</details>
"""


class TwinWorld:
    """A small world in memory: opening makes a stack, a comment and a message; the rest leaves its trace."""

    channel = "#previews"

    def __init__(self) -> None:
        self.talks: dict[int, Conversation] = {}
        self.said: list[ChannelMessage] = []
        self.running: list[Stack] = []
        self.clicks: list[tuple[str, str]] = []

    def pull_requests(self) -> Sequence[PullRequest]:
        return [talk.pull_request for talk in reversed(self.talks.values())]

    def conversation(self, repository: str, number: int) -> Conversation:
        if repository != REPOSITORY or number not in self.talks:
            raise LookupError(f"no pull request {repository}#{number}")
        return self.talks[number]

    def messages(self) -> Sequence[ChannelMessage]:
        return list(self.said)

    def names(self) -> Mapping[str, str]:
        return {"U1": "octocat"}

    def stacks(self) -> Sequence[Stack]:
        return list(self.running)

    def open(self, ticket: str, title: str) -> PullRequest:
        number = len(self.talks) + 1
        pull = PullRequest(REPOSITORY, number, f"{ticket} {title}", f"{ticket.lower()}-work", "octocat", "1f3c9a7e" * 5)
        comment = Entry(f"c{number}", "comment", "mayfly", STICKY, NOON, is_edited=True, is_bot=True)
        check = Check("mayfly", "pending", "creating the stack")
        self.talks[number] = Conversation(pull, [comment], [check])
        self.running.append(Stack(ticket, "CREATE_IN_PROGRESS", "eu-west-1"))
        self.said.append(announcement(f"{number}.000001", ticket))
        return pull

    def push(self, repository: str, number: int) -> None:
        self._event(repository, number, "pushed 0a1b2c3")

    def edit(self, repository: str, number: int, title: str) -> None:
        self._change(repository, number, title=title)

    def comment(self, repository: str, number: int, text: str) -> None:
        if "approve" in text:
            raise PermanentError("octocat may not approve; ask somebody with write permission")
        talk = self.conversation(repository, number)
        entry = Entry(f"e{len(talk.entries)}", "comment", "octocat", text, NOON)
        self.talks[number] = replace(talk, entries=[*talk.entries, entry])

    def close(self, repository: str, number: int) -> None:
        self._change(repository, number, is_open=False)
        self._event(repository, number, "closed this")

    def reopen(self, repository: str, number: int) -> None:
        self._change(repository, number, is_open=True)

    def delete_branch(self, repository: str, number: int) -> None:
        self._change(repository, number, has_branch=False, is_open=False)
        self.running.clear()

    def click(self, ts: str, action_id: str) -> None:
        self.clicks.append((ts, action_id))
        self.said = [replace(one, is_edited=True) if one.ts == ts else one for one in self.said]
        self.said.append(ChannelMessage(f"{ts}9", "octocat", "thanks :tada:", NOON, thread_ts=ts))

    def rewrite(self, number: int, text: str) -> None:
        """Somebody edits the first comment."""
        first, *rest = self.talks[number].entries
        self.talks[number] = replace(self.talks[number], entries=[replace(first, text=text), *rest])

    def _change(self, repository: str, number: int, **changes: Any) -> None:
        talk = self.conversation(repository, number)
        self.talks[number] = replace(talk, pull_request=replace(talk.pull_request, **changes))

    def _event(self, repository: str, number: int, text: str) -> None:
        talk = self.conversation(repository, number)
        event = Entry(f"e{len(talk.entries)}", "event", "octocat", text, NOON + timedelta(minutes=2))
        self.talks[number] = replace(talk, entries=[*talk.entries, event])


def announcement(ts: str, ticket: str) -> ChannelMessage:
    fields = ["*Owner*\n<@U1>", "*Branch*\n`shop-42-work`", "*Expires*\nMonday 12:00", "*Costs*\n$ 4 a month"]
    buttons = [("extend", "Extend 2 days", "primary"), ("why", "Why", None), ("destroy", "Destroy", "danger")]
    blocks: list[dict[str, Any]] = [
        {
            "type": "header",
            "text": {"type": "plain_text", "text": f":hourglass_flowing_sand: {ticket} is being created"},
        },
        {
            "type": "section",
            "text": {"type": "mrkdwn", "text": f"*{ticket}* of <https://example.com/57|#57> &lt;b&gt;"},
        },
        {"type": "section", "fields": [{"type": "mrkdwn", "text": field} for field in fields]},
        {"type": "divider"},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "_created 12:00_ from `1f3c9a7`"}]},
        {
            "type": "actions",
            "elements": [
                {"type": "button", "action_id": name, "text": {"type": "plain_text", "text": text}}
                | ({"style": style} if style else {})
                | ({"confirm": {"text": {"type": "mrkdwn", "text": "Sure?"}}} if name == "destroy" else {})
                for name, text, style in buttons
            ],
        },
    ]
    return ChannelMessage(ts, "mayfly", f"{ticket} is being created", NOON, blocks, is_bot=True)


@pytest.fixture
def world() -> TwinWorld:
    return TwinWorld()


@pytest.fixture
def playground(world: TwinWorld) -> Iterator[Playground]:
    with Playground.start(world) as started:
        yield started


@pytest.fixture
def page(chromium: Browser, playground: Playground) -> Iterator[Page]:
    """The page, just opened; a script error or a refused resource fails the test."""
    troubles: list[str] = []
    opened = chromium.new_page(viewport={"width": 1280, "height": 800})
    opened.set_default_timeout(5000)
    opened.on("pageerror", lambda error: troubles.append(str(error)))
    opened.on("console", lambda line: troubles.append(line.text) if line.type == "error" else None)
    opened.goto(playground.url)
    yield opened
    opened.close()
    assert [one for one in troubles if "409" not in one] == []


def open_draft(page: Page, ticket: str = "SHOP-42", title: str = "Faster checkout") -> None:
    page.locator(".bar").get_by_role("button", name="New draft").click()
    page.get_by_label("Ticket").fill(ticket)
    page.get_by_label("Title", exact=True).fill(title)
    page.keyboard.press("Enter")
    expect(page.locator(".head h3")).to_contain_text(f"{ticket} {title}")


def test_an_empty_world_says_what_to_do(page: Page) -> None:
    expect(page).to_have_title("Mayfly playground")
    expect(page.get_by_text("Open a draft pull request to see")).to_be_visible()
    expect(page.get_by_text("No stacks")).to_be_visible()
    expect(page.get_by_role("button", name="Push a change")).to_be_hidden()


def test_a_draft_is_seen_on_all_sides(page: Page) -> None:
    open_draft(page)
    conversation, channel = page.locator("[data-fragment=conversation]"), page.locator("[data-fragment=channel]")
    expect(conversation.get_by_role("heading", name="SHOP-42 is ready")).to_be_visible()
    expect(conversation.get_by_role("cell", name="ApiUrl")).to_be_visible()
    expect(conversation.get_by_role("link")).to_have_attribute("href", "https://api.example.com/a?b=1&c=2")
    expect(conversation.get_by_text("(edited)")).to_be_visible()
    expect(conversation.get_by_text("creating the stack")).to_be_visible()
    expect(channel.get_by_role("heading", name="⏳ SHOP-42 is being created")).to_be_visible()
    expect(channel.get_by_text("@octocat")).to_be_visible()
    expect(page.locator(".stacks")).to_contain_text("SHOP-42 CREATE_IN_PROGRESS eu-west-1")


def test_what_others_wrote_is_text_not_html(page: Page) -> None:
    open_draft(page, title="<img src=x onerror=alert(1)>")
    expect(page.locator(".prose")).to_contain_text("<script>alert(1)</script>")
    expect(page.locator("[data-fragment=channel]")).to_contain_text("<b>")
    assert page.locator("main img, main script").count() == 0


def test_the_life_of_a_pull_request(page: Page, world: TwinWorld) -> None:
    open_draft(page)
    page.get_by_role("button", name="Push a change").click()
    expect(page.get_by_text("pushed 0a1b2c3")).to_be_visible()
    page.get_by_role("button", name="Edit title").click()
    page.get_by_label("New title").fill("SHOP-42 Fastest checkout")
    page.keyboard.press("Enter")
    expect(page.locator(".head h3")).to_contain_text("Fastest checkout")
    page.get_by_role("textbox", name="Comment").or_(page.get_by_role("combobox", name="Comment")).fill("/mayfly status")
    page.keyboard.press("Enter")
    expect(page.locator(".comment").last).to_contain_text("/mayfly status")
    page.get_by_role("button", name="Close").click()
    expect(page.locator(".state")).to_have_text("Closed")
    page.get_by_role("button", name="Reopen").click()
    expect(page.locator(".state")).to_have_text("Draft")
    page.get_by_role("button", name="Delete branch").click()
    expect(page.get_by_text("branch deleted")).to_be_visible()
    expect(page.get_by_role("button", name="Push a change")).to_be_disabled()
    expect(page.get_by_text("No stacks")).to_be_visible()
    assert world.talks[1].pull_request.has_branch is False


def test_a_refusal_is_shown_in_its_own_words(page: Page, world: TwinWorld) -> None:
    open_draft(page)
    page.locator("#comment").fill("/mayfly approve 123")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("octocat may not approve; ask somebody with write permission")
    expect(page.locator("#comment")).to_have_value("/mayfly approve 123")
    assert len(world.talks[1].entries) == 1


def test_a_slack_button_is_pressed_by_keyboard_and_keeps_the_focus(page: Page, world: TwinWorld) -> None:
    open_draft(page)
    button = page.get_by_role("button", name="Extend 2 days")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".replies")).to_contain_text("thanks 🎉")
    expect(page.locator(".message .edited")).to_have_text("(edited)")
    expect(button).to_be_focused()
    assert world.clicks == [("1.000001", "extend")]


@pytest.mark.parametrize(("answer", "clicks"), [("accept", [("1.000001", "destroy")]), ("dismiss", [])])
def test_a_dangerous_button_asks_first(page: Page, world: TwinWorld, answer: str, clicks: list[Any]) -> None:
    open_draft(page)
    page.once("dialog", lambda dialog: getattr(dialog, answer)())
    page.get_by_role("button", name="Destroy").click()
    world.push(REPOSITORY, 1)
    expect(page.get_by_text("pushed 0a1b2c3")).to_be_visible()
    assert world.clicks == clicks


def test_what_happens_elsewhere_appears_and_what_was_opened_stays_open(page: Page, world: TwinWorld) -> None:
    open_draft(page)
    page.get_by_text("Commands", exact=True).click()
    world.rewrite(1, STICKY + "Deployed again.")
    expect(page.get_by_text("Deployed again.")).to_be_visible()
    expect(page.get_by_text("/mayfly extend 2d", exact=True)).to_be_visible()


def test_choosing_another_pull_request(page: Page) -> None:
    open_draft(page)
    open_draft(page, "SHOP-43", "Slower checkout")
    page.get_by_label("Pull requests").get_by_role("button", name="SHOP-42").click()
    expect(page.locator(".head h3")).to_contain_text("SHOP-42 Faster checkout")
    expect(page.locator(".pull[aria-current]")).to_contain_text("SHOP-42")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(page: Page, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    open_draft(page)
    for selector in (
        "body",
        ".comment > header time",
        "button.primary",
        ".message button.danger",
        ".state",
        ".mention",
    ):
        assert contrast(page, selector) >= 4.5, selector


def test_a_narrow_screen_stacks_the_columns_and_never_scrolls_sideways(page: Page) -> None:
    page.set_viewport_size({"width": 400, "height": 800})
    open_draft(page)
    left, right = (page.locator(".column").nth(place).bounding_box() for place in (0, 1))
    assert left is not None
    assert right is not None
    assert right["y"] >= left["y"] + left["height"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 400


def contrast(page: Page, selector: str) -> float:
    """The contrast ratio of WCAG 2 between an element's text and what is painted behind it."""
    text, ground = page.locator(selector).first.evaluate(
        """element => {
            const color = getComputedStyle(element).color;
            const clear = "rgba(0, 0, 0, 0)";
            let under = element;
            while (getComputedStyle(under).backgroundColor === clear) under = under.parentElement;
            const colors = [color, getComputedStyle(under).backgroundColor];
            return colors.map(one => one.match(/[0-9.]+/g).slice(0, 3).map(Number));
        }"""
    )
    lighter, darker = sorted((luminance(text), luminance(ground)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(color: list[float]) -> float:
    parts = [value / 255 for value in color]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("**a** _b_ `<c>` ~~d~~", "<p><strong>a</strong> <em>b</em> <code>&lt;c&gt;</code> <del>d</del></p>"),
        ("# a", "<h3>a</h3>"),
        ("1. a\n2. b", "<ol><li>a</li><li>b</li></ol>"),
        ("> a\n> b", "<blockquote><p>a<br>b</p></blockquote>"),
        ("```sh\n**a** <b>\n```", "<pre><code>**a** &lt;b&gt;</code></pre>"),
        ("snake_case_name and 2*3*4", "<p>snake_case_name and 2*3*4</p>"),
        (r"\*a\*", "<p>*a*</p>"),
        ("[a](javascript:alert)", "<p>[a](javascript:alert)</p>"),
        ("<!-- gone -->a", "<p>a</p>"),
        ('<a href="x" onclick="y">', "<p>&lt;a href=&quot;x&quot; onclick=&quot;y&quot;&gt;</p>"),
        (
            "<details><summary>a</summary>\n\nb\n</details>\n\nc",
            "<details><summary>a</summary>\n<p>b</p>\n</details>\n<p>c</p>",
        ),
        ("<details>", "<details><summary>Details</summary>\n</details>"),
        ("</details>a", "<p>a</p>"),
        ("a\n---", "<p>a<br>---</p>"),
    ],
)
def test_markdown(source: str, shown: str) -> None:
    assert markdown(source) == shown


def test_markdown_link_keeps_its_attribute() -> None:
    assert 'href="https://a.example/?q=&quot;x"' in markdown('[a](https://a.example/?q="x)')


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("*a* _b_ ~c~ `d`", "<strong>a</strong> <em>b</em> <del>c</del> <code>d</code>"),
        ("&lt;!channel&gt; &amp; 1 < 2", "&lt;!channel&gt; &amp; 1 &lt; 2"),
        (
            "<@U1> <#C1|previews> <!here>",
            " ".join(f'<span class="mention">{name}</span>' for name in ("@octocat", "#previews", "@here")),
        ),
        ("<javascript:alert(1)|a>", "&lt;javascript:alert(1)|a&gt;"),
        ("```a *b*```", "<pre><code>a *b*</code></pre>"),
        (":tada: :unknown_one: 12:30:00", "🎉 :unknown_one: 12:30:00"),
    ],
)
def test_mrkdwn(source: str, shown: str) -> None:
    assert mrkdwn(source, {"U1": "octocat"}) == shown


class TestDoor:
    def test_nothing_is_fetched_from_elsewhere(self, playground: Playground) -> None:
        answer = requests.get(playground.url, timeout=5)
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert 'src="http' not in answer.text

    @pytest.mark.parametrize(
        ("act", "values", "error"),
        [
            ("open", {"ticket": "SHOP-1", "title": " "}, "the title is empty; write one"),
            ("open", {"ticket": "S" * 41, "title": "a"}, "the ticket has 41 characters; 40 are allowed"),
            ("push", {}, "choose a pull request first"),
            ("push", [], "the act is not a JSON object"),
        ],
    )
    def test_bad_input_gets_one_line(self, playground: Playground, act: str, values: Any, error: str) -> None:
        answer = requests.post(f"{playground.url}/acts/{act}", json=values, timeout=5)
        assert (answer.status_code, answer.json()["error"]) == (409, error)

    def test_other_sites_cannot_act(self, playground: Playground, world: TwinWorld) -> None:
        form = requests.post(f"{playground.url}/acts/open", data={"ticket": "A-1", "title": "a"}, timeout=5)
        other = requests.get(playground.url, headers={"Host": "evil.example"}, timeout=5)
        assert (form.status_code, other.status_code, world.talks) == (415, 400, {})

    def test_unknown_act(self, playground: Playground) -> None:
        assert requests.post(f"{playground.url}/acts/fly", json={}, timeout=5).status_code == 404

    def test_no_thread_outlives_its_owner(self, world: TwinWorld) -> None:
        before = set(threading.enumerate())
        with Playground.start(world) as started:
            assert requests.get(f"{started.url}/scene", timeout=5).json()["chosen"] is None
        for thread in set(threading.enumerate()) - before:
            thread.join(5)
        assert set(threading.enumerate()) == before
