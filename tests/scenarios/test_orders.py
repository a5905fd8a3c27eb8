"""What people ask for in comments, in Slack and at the command line, and what time does, over real HTTP."""

from collections.abc import Iterator

import pytest

from app.sandbox.aws import AwsSandbox
from tests.scenarios.world import REPOSITORY, World, until

WRITER, STRANGER = "ann", "bob"


@pytest.fixture(scope="module")
def shared_world(aws: AwsSandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world in which Slack's clicks and commands arrive, ann may write and bob may not."""
    with World(aws, tmp_path_factory.mktemp("orders")) as world:
        world.settings["MAYFLY_SLACK__SIGNING_SECRET"] = world.slack.signing_secret
        world.settings["MAYFLY_SLACK__USERS"] = f'{{"{WRITER}": "{world.slack.add_user("annie").id}"}}'
        base = f"http://127.0.0.1:{world.port}/webhooks/slack"
        world.slack.interact_with(f"{base}/interactions", f"{base}/commands")
        world.github.set_permission(REPOSITORY, WRITER, "write")
        world.github.set_permission(REPOSITORY, STRANGER, "read")
        yield world.start()


def comment(world: World, number: int, body: str, author: str = WRITER) -> int:
    return world.github.comment(REPOSITORY, number, body, author)


def reaction(world: World, comment: int) -> str:
    """The reaction that a comment has got."""
    found = world.github.world.repository(REPOSITORY).comments[comment].reactions
    return until(lambda: found[0].content if found else None, "the comment gets a reaction")


def test_a_writers_commands_are_carried_out(world: World) -> None:
    number = world.open("SHOP-701-cart")
    world.wait_for("SHOP-701", "ready")
    assert reaction(world, comment(world, number, "/mayfly destroy\nno longer needed")) == "+1"
    gone = world.wait_for("SHOP-701", "gone")
    assert (gone["reason"], "SHOP-701" in world.stacks()) == ("ann destroyed it. Everything is gone.", False)
    world.push("SHOP-701-cart", {"more.txt": "more"})
    assert reaction(world, comment(world, number, "/mayfly deploy")) == "+1"
    world.wait_for("SHOP-701", "ready")
    assert reaction(world, comment(world, number, "/mayfly keep 30d demo")) == "+1"
    until(lambda: "ann keeps it until" in world.reason("SHOP-701"), "the keep is told")
    world.github.close_pull_request(REPOSITORY, number)
    until(lambda: "was closed. ann keeps it" in world.reason("SHOP-701"), "the closing is told")
    assert world.phase("SHOP-701") == "ready"
    assert reaction(world, comment(world, number, "/mayfly unkeep")) == "+1"
    world.wait_for("SHOP-701", "gone")


def test_a_strangers_are_refused_with_one_sentence(world: World) -> None:
    number = world.open("SHOP-702-cart")
    world.wait_for("SHOP-702", "ready")
    assert reaction(world, comment(world, number, "/mayfly destroy", STRANGER)) == "-1"
    said = until(lambda: [text for text in world.comments(number) if "no write access" in text], "it is said")
    assert said[0].count("bob has no write access to acme/shop.") == 1
    assert world.phase("SHOP-702") == "ready"


def test_while_github_does_not_say_who_may_nothing_is_done_and_then_it_is(world: World) -> None:
    number = world.open("SHOP-703-cart")
    world.wait_for("SHOP-703", "ready")
    world.github.faults.refuse("GET */permission", 503, times=1000)
    asked = comment(world, number, "/mayfly destroy")
    until(lambda: [line for line in world.log if line.get("order") == f"comment:{asked}"], "the order was tried")
    assert world.phase("SHOP-703") == "ready"
    world.github.faults.clear()
    world.wait_for("SHOP-703", "gone")


def test_a_fork_is_deployed_at_the_approved_commit_alone(world: World) -> None:
    fork = world.github.fork(REPOSITORY, "mallory")
    first = world.github.push(fork, "SHOP-704-gift", {"gift.txt": "a gift"}, author="mallory")
    number = world.github.open_pull_request(
        REPOSITORY, "SHOP-704-gift", title="A gift", author="mallory", head_repository=fork
    )
    assert reaction(world, comment(world, number, f"/mayfly approve {first[:12]}", STRANGER)) == "-1"
    assert world.environment("SHOP-704") is None
    assert reaction(world, comment(world, number, f"/mayfly approve {first[:12]}")) == "+1"
    world.wait_for("SHOP-704", "ready", commit=first)
    second = world.github.push(fork, "SHOP-704-gift", {"gift.txt": "a horse"}, author="mallory")
    until(lambda: f"/mayfly approve {second[:12]}" in world.reason("SHOP-704"), "the push waits for its approval")
    found = world.environment("SHOP-704")
    assert found
    assert (found["phase"], found["deployments"][0]["commit"]) == ("ready", first)


def test_a_click_in_slack_is_a_command_of_whom_the_user_is_mapped_to(world: World) -> None:
    number = world.open("SHOP-705-cart")
    world.wait_for("SHOP-705", "ready")
    world.told("SHOP-705", number, "is ready")
    message = next(found for found in world.messages("SHOP-705") if not found.is_reply)
    world.slack.add_user("stranger")
    assert world.slack.click("#previews", message.ts, "mayfly:destroy", "stranger").is_acknowledged
    heard = until(lambda: world.slack.ephemeral("#previews"), "the stranger is answered")
    assert "does not know who you are" in heard[-1].text
    assert world.slack.click("#previews", message.ts, "mayfly:destroy", "annie").is_acknowledged
    world.wait_for("SHOP-705", "gone")
    assert world.reason("SHOP-705").startswith("ann destroyed it.")


def test_a_slash_command_is_answered_to_whoever_typed_it(world: World) -> None:
    world.open("SHOP-706-cart")
    world.wait_for("SHOP-706", "ready")
    assert world.slack.slash("/mayfly", "show SHOP-706", "annie").is_acknowledged
    until(lambda: [m for m in world.slack.ephemeral("#previews") if "SHOP-706 is ready" in m.text], "it is answered")


def test_the_command_line_steers_what_serve_runs(world: World) -> None:
    world.open("SHOP-707-cart")
    world.wait_for("SHOP-707", "ready")
    ended = world.run("destroy", "SHOP-707", "--reason", "enough")
    assert (ended.returncode, ended.stdout) == (0, "SHOP-707: Somebody at the command line destroyed it: enough.\n")
    world.wait_for("SHOP-707", "gone")
    assert world.run("destroy", "SHOP-707").returncode == 1
    assert world.run("deploy", "SHOP-707").returncode == 0
    world.wait_for("SHOP-707", "ready")


def test_a_short_life_is_warned_of_and_ends_and_the_next_push_begins_another(fresh_world: World) -> None:
    world = fresh_world
    world.settings |= {
        "MAYFLY_LIFETIME__IDLE": "6s",
        "MAYFLY_LIFETIME__WARNINGS": "4s",
        "MAYFLY_LIFETIME__WORKDAYS": "mon-sun",
    }
    world.start()
    world.open("SHOP-708-cart")
    gone = world.wait_for("SHOP-708", "gone")
    assert gone["reason"].startswith("Nobody worked with it since")
    reasons = [decision["reason"] for decision in gone["decisions"]]
    assert len([reason for reason in reasons if "SHOP-708 goes by itself at" in reason]) == 1
    commit = world.push("SHOP-708-cart", {"more.txt": "more"})
    world.wait_for("SHOP-708", "ready", commit=commit)
