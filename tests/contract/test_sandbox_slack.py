"""The Slack stand-in, asked through Slack's own client, over real HTTP."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
import requests
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web import WebClient
from slack_sdk.webhook import WebhookClient

from app.sandbox.slack import Breakage, SlackSandbox

BUTTON = {"type": "button", "text": {"type": "plain_text", "text": "Extend"}, "action_id": "extend", "value": "SHOP-42"}
ACTIONS = {"type": "actions", "block_id": "acts", "elements": [BUTTON]}


def section(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


@pytest.fixture(scope="module")
def slack() -> Iterator[SlackSandbox]:
    with SlackSandbox.start() as sandbox:
        yield sandbox


@pytest.fixture
def room(slack: SlackSandbox) -> str:
    """A channel of this test alone, by its name."""
    return f"#{slack.add_channel(f'room-{slack.workspace.number()}').name}"


@pytest.fixture
def client(slack: SlackSandbox) -> WebClient:
    return WebClient(token=slack.bot_token, base_url=slack.api_url, retry_handlers=[], timeout=5)


def refusal(error: pytest.ExceptionInfo[SlackApiError]) -> str:
    return str(error.value.response["error"])


class TestMessages:
    def test_post_update_delete(self, slack: SlackSandbox, client: WebClient, room: str) -> None:
        posted = client.chat_postMessage(channel=room, text="creating", blocks=[section("*SHOP-42* creating"), ACTIONS])
        place, ts = posted["channel"], posted["ts"]
        client.chat_update(channel=place, ts=ts, text="ready", blocks=[section("*SHOP-42* ready")])

        (message,) = slack.channel(room)
        assert (message.ts, message.text, len(message.blocks)) == (ts, "ready", 1)
        assert [version.content.text for version in message.edits] == ["creating"]
        assert message.edits[0].replaced_at >= message.posted_at
        assert message.user == client.auth_test()["user_id"]

        client.chat_delete(channel=place, ts=ts)
        assert slack.channel(room) == []

    def test_update_with_text_alone_drops_the_blocks(self, slack: SlackSandbox, client: WebClient, room: str) -> None:
        posted = client.chat_postMessage(channel=room, text="a", blocks=[section("a")])
        client.chat_update(channel=posted["channel"], ts=posted["ts"], text="b")
        assert (slack.channel(room)[0].text, slack.channel(room)[0].blocks) == ("b", ())

    def test_ids_are_made_up_for_blocks_without(self, slack: SlackSandbox, client: WebClient, room: str) -> None:
        client.chat_postMessage(channel=room, text="a", blocks=[section("a"), section("b"), ACTIONS])
        names = [block["block_id"] for block in slack.channel(room)[0].blocks]
        assert len(set(names)) == 3
        assert names[2] == "acts"

    def test_metadata_comes_back_only_when_asked(self, client: WebClient, room: str) -> None:
        metadata = {"event_type": "environment", "event_payload": {"name": "SHOP-42"}}
        place = client.chat_postMessage(channel=room, text="a", metadata=metadata)["channel"]
        assert "metadata" not in client.conversations_history(channel=place)["messages"][0]
        asked = client.conversations_history(channel=place, include_all_metadata=True)
        assert asked["messages"][0]["metadata"] == metadata

    def test_metadata_outlives_an_update(self, slack: SlackSandbox, client: WebClient, room: str) -> None:
        metadata = {"event_type": "environment", "event_payload": {"name": "SHOP-42"}}
        posted = client.chat_postMessage(channel=room, text="a", metadata=metadata)
        client.chat_update(channel=posted["channel"], ts=posted["ts"], text="b")
        assert slack.channel(room)[0].metadata == metadata

    def test_threads(self, client: WebClient, room: str) -> None:
        root = client.chat_postMessage(channel=room, text="root")
        place = root["channel"]
        reply = client.chat_postMessage(channel=room, text="reply", thread_ts=root["ts"])
        assert reply["message"]["thread_ts"] == root["ts"]
        (shown,) = client.conversations_history(channel=place)["messages"]
        assert (shown["text"], shown["reply_count"], shown["latest_reply"]) == ("root", 1, reply["ts"])
        replies = client.conversations_replies(channel=place, ts=root["ts"])["messages"]
        assert [message["text"] for message in replies] == ["root", "reply"]

    def test_ephemeral(self, slack: SlackSandbox, client: WebClient, room: str) -> None:
        user = slack.add_user("ada").id
        client.chat_postEphemeral(channel=room, user=user, text="only you")
        assert slack.channel(room) == []
        assert [(one.text, one.ephemeral_to) for one in slack.ephemeral(room)] == [("only you", user)]

    def test_direct_message(self, slack: SlackSandbox, client: WebClient) -> None:
        user = slack.add_user("grace")
        assert client.chat_postMessage(channel=user.id, text="hello")["channel"].startswith("D")
        assert [message.text for message in slack.channel("@grace")] == ["hello"]

    def test_permalink_and_reaction(self, slack: SlackSandbox, client: WebClient, room: str) -> None:
        posted = client.chat_postMessage(channel=room, text="a")
        place, ts = posted["channel"], posted["ts"]
        link = client.chat_getPermalink(channel=place, message_ts=ts)["permalink"]
        assert link.endswith(f"/{place}/p{ts.replace('.', '')}")
        client.reactions_add(channel=place, timestamp=ts, name="eyes")
        assert slack.channel(room)[0].reactions[0][0] == "eyes"
        with pytest.raises(SlackApiError) as error:
            client.reactions_add(channel=place, timestamp=ts, name="eyes")
        assert refusal(error) == "already_reacted"

    def test_a_form_is_read_like_json(self, slack: SlackSandbox, room: str) -> None:
        form = {"token": slack.bot_token, "channel": room, "text": "a & b", "blocks": json.dumps([section("a")])}
        assert requests.post(f"{slack.api_url}chat.postMessage", data=form, timeout=5).json()["ok"] is True
        assert slack.channel(room)[0].text == "a & b"
        assert "token" not in slack.requests[-1].arguments

    def test_a_very_long_text_is_cut_with_a_warning(self, slack: SlackSandbox, client: WebClient, room: str) -> None:
        posted = client.chat_postMessage(channel=room, text="x" * 40_001)
        assert posted["warning"] == "message_truncated"
        assert len(slack.channel(room)[0].text) == 40_000


class TestPages:
    def test_history_by_cursor_and_time(self, client: WebClient, room: str) -> None:
        stamps = [client.chat_postMessage(channel=room, text=str(number))["ts"] for number in range(5)]
        place = client.chat_postMessage(channel=room, text="5")["channel"]
        pages = [page["messages"] for page in client.conversations_history(channel=place, limit=4)]
        assert [[message["text"] for message in page] for page in pages] == [["5", "4", "3", "2"], ["1", "0"]]
        between = client.conversations_history(channel=place, oldest=stamps[1], latest=stamps[4])
        assert [message["text"] for message in between["messages"]] == ["3", "2"]
        closed = client.conversations_history(channel=place, oldest=stamps[1], latest=stamps[4], inclusive=True)
        assert [message["text"] for message in closed["messages"]] == ["4", "3", "2", "1"]

    def test_channels_and_people(self, slack: SlackSandbox, client: WebClient) -> None:
        user = slack.add_user("octocat", email="Octocat@example.com")
        assert client.users_lookupByEmail(email="octocat@example.com")["user"]["id"] == user.id
        assert client.users_info(user=user.id)["user"]["profile"]["email"] == "Octocat@example.com"
        assert user.id in [member["id"] for page in client.users_list(limit=1) for member in page["members"]]
        listed = [channel for page in client.conversations_list(limit=1) for channel in page["channels"]]
        previews = next(channel for channel in listed if channel["name"] == "previews")
        assert client.conversations_info(channel=previews["id"])["channel"] == previews

    def test_join(self, slack: SlackSandbox, client: WebClient) -> None:
        channel = slack.add_channel("#closed", is_member=False)
        with pytest.raises(SlackApiError) as error:
            client.chat_postMessage(channel="#closed", text="a")
        assert refusal(error) == "not_in_channel"
        assert client.conversations_join(channel=channel.id)["channel"]["is_member"] is True
        assert client.chat_postMessage(channel="#closed", text="a")["ok"] is True

    def test_a_private_channel_hides(self, slack: SlackSandbox, client: WebClient) -> None:
        channel = slack.add_channel("secret", is_private=True, is_member=False)
        with pytest.raises(SlackApiError) as error:
            client.conversations_join(channel=channel.id)
        assert refusal(error) == "channel_not_found"


class TestRefusals:
    @pytest.mark.parametrize(("token", "code"), [("", "not_authed"), ("xoxb-other", "invalid_auth")])
    def test_tokens(self, slack: SlackSandbox, token: str, code: str) -> None:
        with pytest.raises(SlackApiError) as error:
            WebClient(token=token, base_url=slack.api_url).auth_test()
        assert refusal(error) == code

    @pytest.mark.parametrize(
        ("method", "arguments", "code"),
        [
            ("chat.postMessage", {"channel": "#nowhere", "text": "a"}, "channel_not_found"),
            ("chat.postMessage", {"channel": "#previews"}, "no_text"),
            ("chat.postMessage", {"channel": "#previews", "text": "a", "thread_ts": "1.1"}, "thread_not_found"),
            ("chat.postMessage", {"channel": "#previews", "blocks": "{"}, "invalid_blocks_format"),
            ("chat.postMessage", {"channel": "#previews", "attachments": [{}] * 101}, "too_many_attachments"),
            (
                "chat.postMessage",
                {"channel": "#previews", "text": "a", "metadata": {"x": 1}},
                "invalid_metadata_format",
            ),
            ("chat.update", {"channel": "#previews", "ts": "1.1", "text": "a"}, "channel_not_found"),
            ("users.lookupByEmail", {"email": "nobody@example.com"}, "users_not_found"),
            ("users.info", {"user": "U404"}, "user_not_found"),
            ("conversations.list", {"cursor": "bm90YWN1cnNvcg=="}, "invalid_cursor"),
            ("conversations.list", {"limit": "many"}, "invalid_limit"),
            ("apps.connections.open", {}, "not_allowed_token_type"),
            ("views.open", {"trigger_id": "1.2.3", "view": {}}, "invalid_trigger_id"),
            ("files.upload", {}, "unknown_method"),
        ],
    )
    def test_calls(self, client: WebClient, method: str, arguments: dict[str, Any], code: str) -> None:
        with pytest.raises(SlackApiError) as error:
            client.api_call(method, json=arguments)
        assert refusal(error) == code

    def test_messages_that_are_missing_or_not_ours(self, slack: SlackSandbox, client: WebClient, room: str) -> None:
        slack.add_user("linus")
        said = slack.say(room, "linus", "hello")
        for ts, code in [("1.1", "message_not_found"), (said.ts, "cant_update_message")]:
            with pytest.raises(SlackApiError) as error:
                client.chat_update(channel=said.channel, ts=ts, text="a")
            assert refusal(error) == code

    def test_an_update_takes_4000_bytes(self, client: WebClient, room: str) -> None:
        posted = client.chat_postMessage(channel=room, text="a")
        client.chat_update(channel=posted["channel"], ts=posted["ts"], text="x" * 4000)
        with pytest.raises(SlackApiError) as error:
            client.chat_update(channel=posted["channel"], ts=posted["ts"], text="é" * 2001)
        assert refusal(error) == "msg_too_long"

    def test_metadata_too_large(self, client: WebClient, room: str) -> None:
        metadata = {"event_type": "e", "event_payload": {"x": "y" * 20_000}}
        with pytest.raises(SlackApiError) as error:
            client.chat_postMessage(channel=room, text="a", metadata=metadata)
        assert refusal(error) == "metadata_too_large"


FIELD = {"type": "mrkdwn", "text": "x" * 2001}


class TestBlocks:
    @pytest.mark.parametrize(
        ("block", "where"),
        [
            (section("x" * 3001), "/blocks/0"),
            (section(""), "/blocks/0/text/text"),
            (section("a", colour="red"), "/blocks/0/colour"),
            ({"type": "section", "text": "a"}, "/blocks/0/text"),
            ({"type": "section", "text": {"type": "html", "text": "a"}}, "/blocks/0/text/type"),
            ({"type": "section", "text": {"type": "mrkdwn", "text": 5}}, "/blocks/0"),
            ({"type": "section", "fields": [FIELD]}, "/blocks/0/fields/0/text"),
            ({"type": "section", "fields": [{"type": "mrkdwn", "text": "a"}] * 11}, "/blocks/0"),
            ({"type": "section"}, "/blocks/0"),
            ({"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}, "/blocks/0"),
            ({"type": "header", "text": {"type": "mrkdwn", "text": "a"}}, "/blocks/0"),
            ({"type": "banner"}, "/blocks/0/type"),
            ("text", "/blocks/0/type"),
            ({"type": "context", "elements": []}, "/blocks/0/elements"),
            ({"type": "actions", "elements": [{"type": "lever"}]}, "/blocks/0/elements/0"),
            ({"type": "actions", "elements": [BUTTON, BUTTON]}, "/blocks/0/elements"),
            ({"type": "actions", "elements": [{**BUTTON, "value": "x" * 2001}]}, "/blocks/0"),
        ],
    )
    def test_refused_saying_where(
        self, slack: SlackSandbox, client: WebClient, room: str, block: Any, where: str
    ) -> None:
        with pytest.raises(SlackApiError) as error:
            client.chat_postMessage(channel=room, text="a", blocks=[block])
        assert refusal(error) == "invalid_blocks"
        assert f"[json-pointer:{where}]" in " ".join(error.value.response["response_metadata"]["messages"])
        assert slack.channel(room) == []

    def test_fifty_blocks_and_no_more(self, client: WebClient, room: str) -> None:
        client.chat_postMessage(channel=room, text="a", blocks=[{"type": "divider"}] * 50)
        with pytest.raises(SlackApiError) as error:
            client.chat_postMessage(channel=room, text="a", blocks=[{"type": "divider"}] * 51)
        assert refusal(error) == "invalid_blocks"

    def test_the_same_block_id_twice(self, client: WebClient, room: str) -> None:
        with pytest.raises(SlackApiError) as error:
            client.chat_postMessage(channel=room, text="a", blocks=[section("a", block_id="b")] * 2)
        assert "block_id 'b' is used twice" in str(error.value)

    def test_the_sum_of_all_texts(self, client: WebClient, room: str) -> None:
        client.chat_postMessage(channel=room, text="a", blocks=[section("x" * 2900)] * 4)
        with pytest.raises(SlackApiError) as error:
            client.chat_postMessage(channel=room, text="a", blocks=[section("x" * 2900)] * 5)
        assert refusal(error) == "msg_blocks_too_long"

    def test_all_that_an_announcement_needs_passes(self, slack: SlackSandbox, client: WebClient, room: str) -> None:
        confirm = {
            "title": {"type": "plain_text", "text": "Sure?"},
            "text": {"type": "mrkdwn", "text": "It goes."},
            "confirm": {"type": "plain_text", "text": "Destroy"},
            "deny": {"type": "plain_text", "text": "Keep"},
            "style": "danger",
        }
        link = {"type": "button", "text": {"type": "plain_text", "text": "Open"}, "url": "https://example.com"}
        blocks = [
            {"type": "header", "text": {"type": "plain_text", "text": "SHOP-42", "emoji": True}},
            section("*ready*", accessory={**BUTTON, "action_id": "why", "style": "primary"}),
            {"type": "section", "fields": [{"type": "mrkdwn", "text": "*Owner*\nocto", "verbatim": False}]},
            {"type": "divider"},
            {"type": "context", "elements": [{"type": "mrkdwn", "text": "<https://example.com|#57>"}]},
            {"type": "actions", "elements": [BUTTON, link, {**BUTTON, "action_id": "destroy", "confirm": confirm}]},
        ]
        client.chat_postMessage(channel=room, text="a", blocks=blocks)
        assert [block["type"] for block in slack.channel(room)[0].blocks] == [block["type"] for block in blocks]


class TestFaults:
    def test_rate_limit(self, slack: SlackSandbox, client: WebClient, room: str) -> None:
        slack.rate_limit("chat.postMessage", retry_after=7)
        with pytest.raises(SlackApiError) as error:
            client.chat_postMessage(channel=room, text="a")
        assert (error.value.response.status_code, refusal(error)) == (429, "ratelimited")
        assert error.value.response.headers["Retry-After"] == "7"
        assert client.chat_postMessage(channel=room, text="a")["ok"] is True
        assert [call.error for call in slack.requests[-2:]] == ["ratelimited", None]

    def test_a_refusal_strikes_its_method_alone(self, slack: SlackSandbox, client: WebClient, room: str) -> None:
        slack.refuse("chat.postMessage", "is_archived", calls=2)
        assert client.auth_test()["ok"] is True
        for _ in range(2):
            with pytest.raises(SlackApiError) as error:
                client.chat_postMessage(channel=room, text="a")
            assert refusal(error) == "is_archived"
        assert client.chat_postMessage(channel=room, text="a")["ok"] is True

    @pytest.mark.parametrize(("breakage", "status"), [(Breakage.ERROR, 500), (Breakage.PAGE, 503)])
    def test_server_trouble(self, slack: SlackSandbox, breakage: Breakage, status: int) -> None:
        slack.break_next("auth.test", breakage)
        answer = requests.post(f"{slack.api_url}auth.test", timeout=5)
        assert (answer.status_code, "<h1>" in answer.text) == (status, breakage is Breakage.PAGE)

    @pytest.mark.parametrize(("breakage", "arrived"), [(Breakage.DROP, 0), (Breakage.LOST, 1)])
    def test_cut_connections(
        self, slack: SlackSandbox, client: WebClient, room: str, breakage: Breakage, arrived: int
    ) -> None:
        slack.break_next("*", breakage)
        with pytest.raises(ConnectionError):
            client.chat_postMessage(channel=room, text="a")
        assert len(slack.channel(room)) == arrived

    def test_down_and_up(self, slack: SlackSandbox, client: WebClient) -> None:
        slack.down()
        for _ in range(3):
            with pytest.raises(ConnectionError):
                client.auth_test()
        slack.up()
        assert client.auth_test()["ok"] is True


@dataclass
class Program:
    """What receives clicks and commands, and answers `answer`."""

    url: str
    answer: tuple[int, str] = (200, "")
    received: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def payload(self) -> dict[str, Any]:
        payload: dict[str, Any] = json.loads(parse_qs(self.received[-1][1].decode())["payload"][0])
        return payload


@pytest.fixture
def program(slack: SlackSandbox) -> Iterator[Program]:
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        listening = Program(f"http://127.0.0.1:{server.server_port}")
        server.RequestHandlerClass = _door(listening)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        slack.interact_with(f"{listening.url}/interactions", f"{listening.url}/commands")
        yield listening
        server.shutdown()
        thread.join()


def _door(program: Program) -> type[BaseHTTPRequestHandler]:
    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            program.received.append((dict(self.headers), body))
            status, text = program.answer
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Door


class TestPeople:
    def pressed(self, slack: SlackSandbox, client: WebClient, room: str, program: Program) -> dict[str, Any]:
        """The payload of a click on a fresh message."""
        posted = client.chat_postMessage(channel=room, text="a", blocks=[section("a"), ACTIONS])
        slack.click(room, posted["ts"], "extend", slack.add_user("mary").name)
        return program.payload()

    def test_a_click_is_signed_and_says_all(
        self, slack: SlackSandbox, client: WebClient, room: str, program: Program
    ) -> None:
        payload = self.pressed(slack, client, room, program)
        headers, body = program.received[-1]
        assert SignatureVerifier(slack.signing_secret).is_valid_request(body, headers)
        assert not SignatureVerifier("another").is_valid_request(body, headers)
        (action,) = payload["actions"]
        assert (action["action_id"], action["value"], action["block_id"]) == ("extend", "SHOP-42", "acts")
        assert (payload["type"], payload["user"]["name"], payload["message"]["text"]) == ("block_actions", "mary", "a")

    def test_a_click_on_nothing_is_explained(self, slack: SlackSandbox, client: WebClient, room: str) -> None:
        slack.add_user("tim")
        posted = client.chat_postMessage(channel=room, text="a", blocks=[section("a"), ACTIONS])
        with pytest.raises(LookupError, match=r"no button explode .* it has: extend"):
            slack.click(room, posted["ts"], "explode", "tim")
        with pytest.raises(LookupError, match=r"no channel #nowhere .* general"):
            slack.click("#nowhere", posted["ts"], "extend", "tim")

    def test_nobody_answers(self, slack: SlackSandbox, client: WebClient, room: str) -> None:
        slack.interact_with("http://127.0.0.1:1/x", "http://127.0.0.1:1/y")
        slack.add_user("rob")
        posted = client.chat_postMessage(channel=room, text="a", blocks=[ACTIONS])
        reply = slack.click(room, posted["ts"], "extend", "rob")
        assert (reply.status, reply.is_acknowledged) == (None, False)

    def test_response_url(self, slack: SlackSandbox, client: WebClient, room: str, program: Program) -> None:
        hook = WebhookClient(self.pressed(slack, client, room, program)["response_url"])
        assert hook.send(text="busy", replace_original=True).body == "ok"
        assert slack.channel(room)[0].text == "busy"
        assert hook.send(text="psst").status_code == 200
        assert [message.text for message in slack.ephemeral(room)] == ["psst"]
        assert hook.send(text="all", response_type="in_channel").status_code == 200
        assert hook.send(text="bad", blocks=[section("")]).body == "invalid_blocks"
        assert hook.send(delete_original=True).status_code == 200
        assert [message.text for message in slack.channel(room)] == ["all"]
        assert hook.send(text="fifth").status_code == 200
        sixth = hook.send(text="sixth")
        assert (sixth.status_code, json.loads(sixth.body)["error"]) == (404, "used_url")

    def test_response_url_grows_old(self, slack: SlackSandbox, client: WebClient, room: str, program: Program) -> None:
        hook = WebhookClient(self.pressed(slack, client, room, program)["response_url"])
        slack.expire_responses()
        assert json.loads(hook.send(text="late").body)["error"] == "expired_url"

    def test_a_modal_opens_once(self, slack: SlackSandbox, client: WebClient, room: str, program: Program) -> None:
        trigger = self.pressed(slack, client, room, program)["trigger_id"]
        view = {"type": "modal", "title": {"type": "plain_text", "text": "Keep"}, "blocks": [section("Until?")]}
        assert client.views_open(trigger_id=trigger, view=view)["view"]["id"] == slack.views[-1]["id"]
        with pytest.raises(SlackApiError) as error:
            client.views_open(trigger_id=trigger, view=view)
        assert refusal(error) == "exchanged_trigger_id"

    @pytest.mark.parametrize(
        ("answer", "shown", "whispered"),
        [
            ("", [], []),
            ("on it", [], ["on it"]),
            ('{"response_type": "in_channel", "text": "all"}', ["all"], []),
        ],
    )
    def test_slash_command(
        self, slack: SlackSandbox, room: str, program: Program, answer: str, shown: list[str], whispered: list[str]
    ) -> None:
        program.answer = (200, answer)
        user = slack.add_user("joan")
        assert slack.slash("/mayfly", "extend SHOP-42 2d", user.id, channel=room).is_acknowledged
        headers, body = program.received[-1]
        assert SignatureVerifier(slack.signing_secret).is_valid_request(body, headers)
        form = parse_qs(body.decode())
        assert (form["command"], form["text"], form["user_id"]) == (["/mayfly"], ["extend SHOP-42 2d"], [user.id])
        assert [message.text for message in slack.channel(room)] == shown
        assert [message.text for message in slack.ephemeral(room)] == whispered


def test_nothing_outlives_its_owner() -> None:
    before = threading.active_count()
    with SlackSandbox.start() as sandbox:
        url = sandbox.api_url
        assert requests.get(f"{url}auth.test", timeout=5).json()["error"] == "not_authed"
    assert threading.active_count() == before
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{url}auth.test", timeout=5)
