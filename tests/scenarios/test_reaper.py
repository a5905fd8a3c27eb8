"""The reaper over real HTTP: what it finds, what people see and click, and that it fails closed."""

import json
import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest

from app.sandbox.aws import AwsSandbox
from app.sandbox.slack import Message
from tests.scenarios.world import CHANNEL, REPOSITORY, World, message_text, until

CHANGING = ("Create", "Update", "Delete", "Put", "Tag", "Untag", "Set", "Cancel", "Continue", "Remove")


@pytest.fixture(scope="module")
def shared_world(aws: AwsSandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world in which Slack's clicks arrive and ann may write."""
    with World(aws, tmp_path_factory.mktemp("reaper")) as world:
        world.settings["MAYFLY_SLACK__SIGNING_SECRET"] = world.slack.signing_secret
        world.settings["MAYFLY_SLACK__USERS"] = f'{{"ann": "{world.slack.add_user("annie").id}"}}'
        world.settings["MAYFLY_REAPER__MODE"] = "mark"
        base = f"http://127.0.0.1:{world.port}/webhooks/slack"
        world.slack.interact_with(f"{base}/interactions", f"{base}/commands")
        world.github.set_permission(REPOSITORY, "ann", "write")
        yield world.start()


def reap(world: World, *options: str) -> list[dict[str, Any]]:
    """`mayfly reap --json`."""
    ended = world.run("reap", "--json", *options)
    assert ended.returncode == 0, ended.stderr
    return [json.loads(line) for line in ended.stdout.splitlines()]


def age(world: World) -> None:
    """Two hours pass for everything that was found."""
    with sqlite3.connect(world.folder / "mayfly.db") as database:
        database.execute("UPDATE findings SET first_seen_at = first_seen_at - 7200")


def stranger(world: World, name: str) -> str:
    """A stack that bears the mark of an environment's and is in no record; its id."""
    known = next(iter(world.stacks().values()))
    mark = next(tag["Value"] for tag in known["Tags"] if tag["Key"] == "mayfly:managed")
    made = world.cloudformation().create_stack(
        StackName=name,
        TemplateBody='{"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}',
        Tags=[{"Key": "mayfly:managed", "Value": mark}],
    )
    return str(made["StackId"])


def about(findings: list[dict[str, Any]], name: str) -> dict[str, Any] | None:
    return next((each for each in findings if each["subject"] == name), None)


def replies(world: World, words: str) -> list[Message]:
    return [each for each in world.slack.channel(CHANNEL) if each.is_reply and words in message_text(each)]


def test_a_fleet_is_reported_and_an_answer_is_seen_where_the_button_was(world: World) -> None:
    world.open("SHOP-801-cart")
    world.wait_for("SHOP-801", "ready")
    stranger(world, "SHOP-899")
    seen = about(reap(world), "SHOP-899")
    assert seen
    assert (seen["rule"], seen["state"], seen["kind"], seen["due_at"]) == ("untracked", "seen", "stack", None)
    age(world)
    assert (about(reap(world), "SHOP-899") or {})["state"] == "flagged"
    (reply,) = until(lambda: replies(world, "SHOP-899"), "the finding is told")
    assert world.slack.click(CHANNEL, reply.ts, "mayfly:finding-not-ours", "annie").is_acknowledged
    until(lambda: replies(world, "ann says that it is not ours."), "the answer is seen")
    answer = json.loads(world.ask("/api/v1/findings") or b"{}")
    assert answer["round"]["outcome"] == "done"
    assert (about(answer["findings"], "SHOP-899") or {})["state"] == "kept"
    assert "SHOP-899" in world.stacks()
    assert b'mayfly_findings{rule="untracked",state="kept"} 1.0' in (world.ask("/metrics") or b"")


def test_a_stranger_to_the_repository_may_not_answer(world: World) -> None:
    world.slack.add_user("nobody")
    stranger(world, "SHOP-898")
    reap(world)
    age(world)
    reap(world)
    (reply,) = until(lambda: replies(world, "SHOP-898"), "the finding is told")
    assert world.slack.click(CHANNEL, reply.ts, "mayfly:finding-not-ours", "nobody").is_acknowledged
    until(lambda: world.slack.ephemeral(CHANNEL), "the stranger is answered")
    assert (about(reap(world, "--dry-run"), "SHOP-898") or {})["state"] == "flagged"


def test_a_dry_run_changes_nothing(world: World) -> None:
    """Neither on AWS, by its log of calls, nor in the database."""
    world.stop()
    try:
        before = dump(world)
        world.aws.control.forget_calls()
        reap(world, "--dry-run")
        asked = [call.action for call in world.aws.control.calls()]
        assert "DescribeStacks" in asked
        assert [action for action in asked if action.startswith(CHANGING)] == []
        assert dump(world) == before
    finally:
        world.start()


def dump(world: World) -> list[str]:
    with sqlite3.connect(world.folder / "mayfly.db") as database:
        return list(database.iterdump())


def test_while_github_is_down_nothing_is_orphaned_and_a_reopening_clears_it(world: World) -> None:
    number = world.open("SHOP-802-cart")
    world.wait_for("SHOP-802", "ready")
    world.stop()
    try:
        world.github.close_pull_request(REPOSITORY, number)
        world.github.faults.refuse("*", 502, 1000)
        undecided = about(reap(world), "SHOP-802")
        assert undecided
        assert (undecided["verdict"], undecided["state"]) == ("unknown", "undecided")
        world.github.faults.clear()
        for state in ("seen", "flagged"):
            found = about(reap(world), "SHOP-802")
            assert found
            assert (found["rule"], found["state"], found["verdict"]) == ("orphaned", state, "unused")
            age(world)
        assert found
        assert found["pull_request"] == number
        assert found["due_at"] is not None
        world.github.reopen_pull_request(REPOSITORY, number)
        assert about(reap(world), "SHOP-802") is None
        why = world.run("why", "SHOP-802").stdout
        assert "orphaned, cleared" in why
    finally:
        world.start()


def test_the_same_findings_as_tables(world: World) -> None:
    table = world.run("reap", "--dry-run", "--csv").stdout.splitlines()
    assert table[0] == "rule,state,kind,subject,environment,ticket,owner,cost_per_month,due_at,reason"
    assert world.run("reap", "--dry-run", "--markdown").stdout.startswith("| rule | state |")
    both = world.run("reap", "--csv", "--json")
    assert (both.returncode, both.stderr.splitlines()[-1]) == (
        1,
        "mayfly: Only one of --json, --csv and --markdown can be printed at once.",
    )
