"""Orders: who gave them, whether he may, what is done, and that it is done and answered once."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.core.environment import Phase
from app.core.errors import TransientError
from app.core.lifetime import Lifetime
from app.github.client import GitHub
from app.github.people import access_of
from app.sandbox.github import GitHubSandbox
from app.sandbox.slack import SlackSandbox
from app.slack.client import Slack
from app.store.database import Database
from app.store.decisions import list_decisions
from app.store.orders import Order, Origin, add_order, find_order, note_answer
from app.store.tables import orders as orders_table
from app.store.wake import Wakes
from tests.twins import Crash
from tests.unit.workers.stage import ONE, Stage, opened_database
from workers.acts import Act, Asked, Settle, Steering, usual_acts
from workers.check_orders import CheckOrders
from workers.clerk import PATIENCE, UNHEARD, Clerk, Office
from workers.comment_orders import CommentOrders
from workers.people import People
from workers.reply import Reply, done
from workers.slack_orders import NOT_MAPPED, SlackOrders
from workers.ticket_requests import TicketRequests

REPOSITORY = "acme/shop"


@dataclass
class Finding:
    """An act of another room, as it may be added to the table."""

    database: Database
    done: list[Asked] = field(default_factory=list)

    def repositories(self, _connection: Any, value: str) -> list[str]:
        return [REPOSITORY] if value == "f1" else []

    def do(self, asked: Asked, settle: Settle) -> Reply:
        self.done.append(asked)
        with self.database.begin() as connection:
            settle(connection, done("It is left alone."))
        return done("It is left alone.")


@dataclass
class Desk:
    """The clerk between stand-ins for GitHub and Slack, with an environment of a pull request."""

    stage: Stage
    github: GitHubSandbox
    slack: SlackSandbox

    def __post_init__(self) -> None:
        stage, lifetime = self.stage, Lifetime()
        self.finding = Finding(stage.database)
        self.wakes = Wakes(stage.database)
        client = GitHub(self.github.api_url, token=self.github.token)
        slack = Slack(self.slack.bot_token, self.slack.api_url)
        steering, access = Steering(stage.database, self.wakes, lifetime), partial(access_of, client)
        comments = CommentOrders(stage.database, self.wakes, client, stage.pulls, access, steering, UTC)
        people = People(client, slack, {"ann": self.slack.add_user("ann").id})
        acts: dict[str, Act] = {**usual_acts(steering, None), "mayfly:finding-keep": self.finding}  # type: ignore[arg-type]
        orders = SlackOrders(stage.database, people, access, steering, UTC, self.slack.api_url, acts)
        self.offices: dict[Origin, Office] = {
            Origin.INTAKE: TicketRequests(stage.database, client),
            Origin.COMMENT: comments,
            Origin.CHECK: CheckOrders(stage.database, access, acts),
            Origin.SLACK_CLICK: orders,
            Origin.SLACK_COMMAND: orders,
        }
        self.clerk = Clerk(stage.database, self.offices, stage.clock)

    def order(self, order: Order) -> None:
        with self.stage.database.begin() as connection:
            add_order(connection, order)

    def write(self, line: str, author: str = "ann") -> int:
        """Somebody comments; the comment's id, which is the order's too."""
        comment = self.github.comment(REPOSITORY, 1, f"{line}\n\nmore text", author)
        account = self.github.world.users[author].id
        said = {"repository": REPOSITORY, "pull_request": 1, "comment": comment, "author": author, "url": ""}
        content = {**said, "author_id": account, "line": line}
        self.order(Order(f"comment:{comment}", Origin.COMMENT, self.stage.clock.now, content))
        return comment

    def say(self, line: str, author: str = "ann") -> tuple[str, list[str]]:
        """Somebody comments and the clerk works: the reactions, and what else was written."""
        before = len(self.comments())
        comment = self.write(line, author)
        self.clerk(f"comment:{comment}")
        self.settle()
        return self.reactions(comment), self.comments()[before + 1 :]

    def reactions(self, comment: int) -> str:
        found = self.github.world.repositories[REPOSITORY].comments[comment]
        return " ".join(reaction.content for reaction in found.reactions)

    def comments(self) -> list[str]:
        return [comment.body for comment in self.github.conversation(REPOSITORY, 1).comments]

    def settle(self) -> None:
        """Whatever was asked for is taken up."""
        for _ in range(20):
            self.stage.reconcile()
            for stack in self.stage.cloud.moving():
                stack.goes_on()

    def gesture(self, origin: Origin, user: str, **content: Any) -> str:
        """Somebody clicks or types in Slack; what he alone is answered."""
        number = len(self.slack.requests) + len(self.slack.ephemeral("#previews"))
        found = next((u for u in self.slack.workspace.users.values() if u.name == user), None)
        person = found or self.slack.add_user(user)
        channel = next(c for c in self.slack.workspace.channels.values() if c.name == "previews")
        token = self.slack._interactions._open(channel, person, None)
        address = self.slack._interactions.response_base + token
        order = Order(
            f"slack:{number}:{content}",
            origin,
            self.stage.clock.now,
            {"user": person.id, "response_url": address, **content},
        )
        self.order(order)
        self.clerk(order.id)
        self.settle()
        return self.slack.ephemeral("#previews")[-1].text

    def press(self, action: str, author: str = "ann", environment: str = "SHOP-1", repository: str = REPOSITORY) -> str:
        """Somebody presses a button of a check run; what is noted of it."""
        order = Order(
            f"check:{action}:{author}",
            Origin.CHECK,
            self.stage.clock.now,
            {
                "repository": repository,
                "environment": environment,
                "action": action,
                "author": author,
                "author_id": self.github.world.user(author).id,
            },
        )
        self.order(order)
        self.clerk(order.id)
        self.settle()
        with self.stage.database.read() as connection:
            answer = connection.execute(
                sa.select(orders_table.c.answer).where(orders_table.c.id == order.id)
            ).scalar_one()
        return Reply.parse(answer).text

    def click(self, action: str, value: str = "SHOP-1", user: str = "ann") -> str:
        return self.gesture(Origin.SLACK_CLICK, user, action=action, value=value)

    def slash(self, text: str, user: str = "ann") -> str:
        return self.gesture(Origin.SLACK_COMMAND, user, command="/mayfly", text=text)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """An environment that is ready; ann may write, bob may not."""
    with opened_database(tmp_path) as database, GitHubSandbox.start() as github, SlackSandbox.start() as slack:
        github.create_repository(REPOSITORY, files={"a": "a"})
        github.push(REPOSITORY, "SHOP-1-cart", {"b": "b"})
        github.open_pull_request(REPOSITORY, "SHOP-1-cart", title="Cart")
        github.set_permission(REPOSITORY, "ann", "write")
        github.set_permission(REPOSITORY, "bob", "read")
        stage = Stage(database, number=1, lifetime=Lifetime())
        desk = Desk(stage, github, slack)
        stage.push("v1", ONE)
        desk.settle()
        assert stage.phase() is Phase.READY
        yield desk
        desk.wakes.close()
        stage.close()


class TestComments:
    @pytest.mark.parametrize(
        ("line", "phase"),
        [
            ("/mayfly destroy", Phase.GONE),
            ("/mayfly deploy", Phase.READY),
            ("/mayfly retry", Phase.READY),
            ("/mayfly extend 2d", Phase.READY),
            ("/mayfly keep 30d demo", Phase.READY),
        ],
        ids=str,
    )
    def test_a_writers_command_is_carried_out_and_answered_by_a_reaction(
        self, desk: Desk, line: str, phase: Phase
    ) -> None:
        assert desk.say(line) == ("+1", [])
        assert desk.stage.phase() is phase
        with desk.stage.database.read() as connection:
            decisions = list_decisions(connection, ["SHOP-1"])
        assert [decision.actions for decision in decisions if decision.actor == "ann"] == [(line.split()[1],)]

    @pytest.mark.parametrize(
        "line", ["destroy", "deploy", "retry", "extend 2d", "keep", "unkeep", "approve c0ffeec0ffee", "why", "help"]
    )
    def test_a_strangers_is_not_whatever_it_is(self, desk: Desk, line: str) -> None:
        reaction, said = desk.say(f"/mayfly {line}", "bob")
        assert (reaction, desk.stage.phase()) == ("-1", Phase.READY)
        assert said == ["<!-- mayfly:stranger:bob -->\n> bob has no write access to acme/shop."]

    def test_a_stranger_is_told_so_once(self, desk: Desk) -> None:
        desk.say("/mayfly destroy", "bob")
        assert desk.say("/mayfly destroy", "bob") == ("-1", [])

    def test_a_login_that_belongs_to_somebody_else_by_now_may_nothing(self, desk: Desk) -> None:
        comment = desk.write("/mayfly destroy")
        other = Order("other", Origin.COMMENT, desk.stage.clock.now, {**found_content(desk, comment), "author_id": 1})
        desk.order(other)
        desk.clerk("other")
        desk.settle()
        assert (desk.reactions(comment), desk.stage.phase()) == ("-1", Phase.READY)

    @pytest.mark.parametrize(
        ("line", "told"),
        [
            ("/mayfly frobnicate", "No such command"),
            ("/mayfly unkeep", "SHOP-1 is not kept."),
            ("/mayfly approve c0ffeec0ffee", "does not come from a fork"),
            ("/mayfly extend soon", "Write how much longer"),
        ],
        ids=["unknown", "not kept", "no fork", "no span"],
    )
    def test_what_is_refused_is_told_in_one_sentence(self, desk: Desk, line: str, told: str) -> None:
        reaction, said = desk.say(line)
        assert (reaction, len(said), told in said[0], said[0].count("\n")) == ("-1", 1, True, 1)

    @pytest.mark.parametrize(
        ("line", "told"),
        [("/mayfly status", "SHOP\\-1 is ready"), ("/mayfly why", "Creating SHOP\\-1"), ("/mayfly help", "extend 2d:")],
        ids=["status", "why", "help"],
    )
    def test_what_is_asked_is_answered_in_a_comment(self, desk: Desk, line: str, told: str) -> None:
        reaction, said = desk.say(line)
        assert (reaction, len(said)) == ("eyes", 1)
        assert told.replace("\\", "") in said[0].replace("\\", "")

    def test_a_command_is_activity(self, desk: Desk) -> None:
        desk.stage.clock.pass_(timedelta(hours=5))
        desk.say("/mayfly status")
        assert desk.stage.environment().last_activity_at == desk.stage.clock.now

    def test_text_from_outside_is_defused(self, desk: Desk) -> None:
        desk.say("/mayfly keep 3d @everyone <script>[x](http://evil)")
        _, (said,) = desk.say("/mayfly status")
        assert all(part not in said for part in ("@everyone", "<script>", "[x]("))

    def test_what_triggers_leave_out_is_deployed_when_asked_for(self, desk: Desk) -> None:
        stage = desk.stage
        desk.say("/mayfly destroy")
        file = "triggers: {labels: [preview]}\n" + ONE
        source = stage.push("v2", file)
        stage.set_open(False)
        stage.show(replace(source, is_open=True))
        desk.settle()
        assert stage.phase() is Phase.GONE
        assert desk.say("/mayfly deploy")[0] == "+1"
        stage.take(source)
        desk.settle()
        assert stage.phase() is Phase.READY


class TestCheckRuns:
    def test_a_writers_press_is_carried_out(self, desk: Desk) -> None:
        desk.press("mayfly:destroy")
        assert desk.stage.phase() is Phase.GONE

    def test_a_strangers_is_not(self, desk: Desk) -> None:
        assert desk.press("mayfly:destroy", "bob") == "bob has no write access to acme/shop."
        assert desk.stage.phase() is Phase.READY

    @pytest.mark.parametrize(
        ("environment", "repository"), [("SHOP-9", REPOSITORY), ("SHOP-1", "acme/other")], ids=["none", "another's"]
    )
    def test_nothing_is_done_in_another_repositorys_name(self, desk: Desk, environment: str, repository: str) -> None:
        said = desk.press("mayfly:destroy", environment=environment, repository=repository)
        assert said == f"{repository} has no environment {environment}."
        assert desk.stage.phase() is Phase.READY

    def test_a_button_that_nobody_knows_does_nothing(self, desk: Desk) -> None:
        assert desk.press("mayfly:format-disk") == f"{REPOSITORY} has no environment SHOP-1."


class TestTickets:
    FILE = "ticket: {missing: comment}\n" + ONE

    def test_a_pull_request_without_one_is_asked_for_it_once(self, desk: Desk) -> None:
        source = replace(desk.stage.push("v2", self.FILE), branch="cart", title="Cart", commit="9" * 40)
        desk.stage.pulls.files["9" * 40, ".mayfly.yml"] = self.FILE.encode()
        desk.stage.set_open(False)
        desk.settle()
        for _ in range(2):
            desk.stage.show(source)
            desk.clerk("ticket:acme/shop#1")
        assert ["wants one" in text for text in desk.comments()] == [True]


class TestForks:
    def fork(self, desk: Desk, commit: str) -> None:
        stage = desk.stage
        stage.pulls.files["b" * 40, ".mayfly.yml"] = ONE.encode()
        shown = replace(stage.pulls.sources["acme/shop#1"], fork=True, commit=commit)
        stage.show(shown)
        desk.settle()

    @pytest.fixture
    def forked(self, desk: Desk) -> Desk:
        """Nothing is deployed, and the pull request comes from a fork."""
        desk.stage.set_open(False)
        desk.settle()
        self.fork(desk, "a" * 40)
        desk.stage.show(replace(desk.stage.pulls.sources["acme/shop#1"], is_open=True))
        desk.settle()
        assert desk.stage.phase() is Phase.GONE
        return desk

    def approve(self, desk: Desk, commit: str) -> str:
        reaction, _ = desk.say(f"/mayfly approve {commit}")
        desk.stage.take(desk.stage.pulls.sources["acme/shop#1"])
        desk.settle()
        return reaction

    def test_one_commit_is_allowed_and_the_next_one_waits(self, forked: Desk) -> None:
        assert self.approve(forked, "a" * 12) == "+1"
        assert (forked.stage.phase(), forked.stage.environment().deployed_commit) == (Phase.READY, "a" * 40)
        self.fork(forked, "d" * 40)
        environment = forked.stage.environment()
        assert (environment.phase, environment.deployed_commit) == (Phase.READY, "a" * 40)
        assert f"`/mayfly approve {'d' * 12}`" in environment.reason
        assert self.approve(forked, "d" * 40) == "+1"
        assert forked.stage.environment().deployed_commit == "d" * 40

    @pytest.mark.parametrize("line", ["/mayfly approve dddddddddddd", "/mayfly deploy"], ids=["another", "deploy"])
    def test_nothing_else_lets_a_fork_in(self, forked: Desk, line: str) -> None:
        reaction, said = forked.say(line)
        forked.stage.take(forked.stage.pulls.sources["acme/shop#1"])
        forked.settle()
        assert (reaction, len(said), forked.stage.phase()) == ("-1", 1, Phase.GONE)

    def test_a_push_between_the_approval_and_the_look_is_not_allowed(self, forked: Desk) -> None:
        forked.say(f"/mayfly approve {'a' * 12}")
        self.fork(forked, "d" * 40)
        assert forked.stage.phase() is Phase.GONE


class TestOnce:
    def test_a_crash_before_the_answer_is_answered_later_and_done_once(self, desk: Desk) -> None:
        comment = desk.write("/mayfly destroy")
        office = desk.offices[Origin.COMMENT]

        class Dying:
            carry_out = office.carry_out

            def answer(self, *_: Any) -> None:
                raise Crash

        dying = Clerk(desk.stage.database, {Origin.COMMENT: Dying()}, desk.stage.clock)
        with pytest.raises(Crash):
            dying(f"comment:{comment}")
        desk.settle()
        desk.clerk(f"comment:{comment}")
        desk.clerk(f"comment:{comment}")
        assert (desk.reactions(comment), desk.stage.phase()) == ("+1", Phase.GONE)
        with desk.stage.database.read() as connection:
            marked = [d for d in list_decisions(connection, ["SHOP-1"]) if d.actor == "ann"]
            assert (len(marked), find_order(connection, f"comment:{comment}")) == (1, None)

    def test_what_another_pass_carried_out_meanwhile_is_undone_and_answered(self, desk: Desk) -> None:
        comment = desk.write("/mayfly destroy")
        with desk.stage.database.read() as connection:
            order = find_order(connection, f"comment:{comment}")
        assert order is not None
        with desk.stage.database.begin() as connection:
            note_answer(connection, order.id, "refused: Not today.")
        with pytest.raises(TransientError):
            desk.offices[Origin.COMMENT].carry_out(order, desk.stage.clock.now)
        desk.settle()
        assert desk.stage.phase() is Phase.READY

    def test_while_github_is_down_the_order_waits_and_then_is_refused(self, desk: Desk) -> None:
        comment = desk.write("/mayfly destroy")
        desk.github.stop()
        with pytest.raises(TransientError):
            desk.clerk(f"comment:{comment}")
        desk.stage.clock.pass_(PATIENCE)
        with pytest.raises(TransientError):
            desk.clerk(f"comment:{comment}")
        with desk.stage.database.read() as connection:
            order = find_order(connection, f"comment:{comment}")
        assert order is not None
        assert order.answer == f"refused: {UNHEARD}"
        assert desk.stage.phase() is Phase.READY

    def test_what_does_not_exist_is_no_order(self, desk: Desk) -> None:
        assert desk.clerk("comment:1") is None


class TestSlack:
    @pytest.mark.parametrize(
        ("action", "answer", "phase"),
        [
            ("mayfly:extend", "SHOP-1: ann extended it until", Phase.READY),
            ("mayfly:keep", "SHOP-1: ann keeps it until", Phase.READY),
            ("mayfly:redeploy", "SHOP-1: ann asked for another deployment.", Phase.READY),
            ("mayfly:destroy", "SHOP-1: ann destroyed it.", Phase.GONE),
            ("mayfly:why", "Creating SHOP-1", Phase.READY),
        ],
        ids=["extend", "keep", "redeploy", "destroy", "why"],
    )
    def test_a_mapped_writers_click_is_carried_out(self, desk: Desk, action: str, answer: str, phase: Phase) -> None:
        assert answer in desk.click(action)
        assert desk.stage.phase() is phase

    def test_nobody_is_mapped_by_his_name(self, desk: Desk) -> None:
        desk.slack.add_user("octocat")
        assert desk.click("mayfly:destroy", user="octocat") == NOT_MAPPED
        assert desk.stage.phase() is Phase.READY

    def test_equal_addresses_map_and_the_permission_counts(self, desk: Desk) -> None:
        desk.github.set_permission(REPOSITORY, "bob", "read")
        desk.stage.show(replace(desk.stage.pulls.sources["acme/shop#1"], author="bob"))
        desk.slack.add_user("robert", email=desk.github.world.users["bob"].email.upper())
        assert desk.click("mayfly:destroy", user="robert") == "bob has no right to do that in acme/shop."
        desk.github.set_permission(REPOSITORY, "bob", "write")
        assert desk.click("mayfly:destroy", user="robert") == "SHOP-1: bob destroyed it."

    def test_a_login_of_the_table_is_nobody_elses_by_mail(self, desk: Desk) -> None:
        desk.stage.show(replace(desk.stage.pulls.sources["acme/shop#1"], author="ann"))
        desk.slack.add_user("mallory", email=desk.github.world.users["ann"].email)
        assert desk.click("mayfly:destroy", user="mallory") == NOT_MAPPED

    def test_other_rooms_add_acts_of_their_own(self, desk: Desk) -> None:
        assert desk.click("mayfly:finding-keep", "f1") == "It is left alone."
        assert [asked.login for asked in desk.finding.done] == ["ann"]
        assert "no such environment" in desk.click("mayfly:finding-keep", "f2")

    def test_a_button_that_nobody_knows_does_nothing(self, desk: Desk) -> None:
        assert desk.click("mayfly:launch") == "This button does nothing any more."

    @pytest.mark.parametrize(
        ("text", "answer"),
        [
            ("list", "SHOP-1 is ready."),
            ("show SHOP-1", "SHOP-1 is ready."),
            ("why SHOP-1", "Creating SHOP-1"),
            ("destroy SHOP-1", "ann destroyed it."),
            ("extend SHOP-1 1d", "ann extended it until"),
            ("keep SHOP-1 9d demo &lt;here&gt;", "demo &amp;lt;here&amp;gt;"),
            ("extend SHOP-1", "Write how much longer"),
            ("destroy SHOP-9", "no such environment"),
            ("", "/mayfly list"),
            ("launch SHOP-1", "/mayfly list"),
        ],
        ids=["list", "show", "why", "destroy", "extend", "keep", "no span", "unknown", "nothing", "nonsense"],
    )
    def test_slash_commands(self, desk: Desk, text: str, answer: str) -> None:
        assert answer in desk.slash(text)

    def test_a_reader_may_look_and_no_more(self, desk: Desk) -> None:
        desk.stage.show(replace(desk.stage.pulls.sources["acme/shop#1"], author="bob"))
        desk.slack.add_user("robert", email=desk.github.world.users["bob"].email)
        assert "SHOP-1 is ready" in desk.slash("show SHOP-1", "robert")
        assert desk.slash("destroy SHOP-1", "robert") == "bob has no right to do that in acme/shop."

    def test_an_address_that_leads_elsewhere_is_never_called(self, desk: Desk) -> None:
        order = Order(
            "slack:x",
            Origin.SLACK_CLICK,
            desk.stage.clock.now,
            {"user": "U1", "action": "mayfly:why", "value": "SHOP-1", "response_url": "https://evil.example/x"},
        )
        desk.order(order)
        assert desk.clerk("slack:x") is None


def found_content(desk: Desk, comment: int) -> dict[str, Any]:
    with desk.stage.database.read() as connection:
        order = find_order(connection, f"comment:{comment}")
    assert order is not None
    return dict(order.content)
