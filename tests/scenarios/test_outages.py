"""Outages: a service that does not answer costs time and nothing else, and people are told what is waited for."""

import pytest

from app.sandbox.slack import Breakage
from tests.scenarios.world import REPOSITORY, World, free_port, until

EVER = 10_000


def test_an_outage_of_cloudformation_is_told_and_outlived(world: World) -> None:
    world.aws.control.unavailable("cloudformation", "CreateStack", times=None)
    number = world.open("SHOP-401")
    world.told("SHOP-401", number, "CloudFormation: Service is unable to handle request")
    world.aws.control.heal()
    world.wait_for("SHOP-401", "ready")
    world.told("SHOP-401", number, "is ready")


def test_credentials_that_run_out_for_a_moment_are_waited_for(world: World) -> None:
    for action in ("CreateStack", "ListStacks"):
        world.aws.control.expire_token("cloudformation", action)
    world.open("SHOP-404")
    world.wait_for("SHOP-404", "ready")


@pytest.mark.parametrize("fault", ["disconnect", "refuse", "answer_html"])
def test_an_outage_of_github_delays_and_loses_nothing(world: World, fault: str) -> None:
    name = f"SHOP-{405 + ['disconnect', 'refuse', 'answer_html'].index(fault)}"
    getattr(world.github.faults, fault)("*", times=EVER)
    number = world.open(name)
    until(lambda: any(line.get("event") == "pass failed" for line in world.log), "GitHub was asked in vain")
    world.github.faults.clear()
    world.wait_for(name, "ready")
    world.told(name, number, "is ready")


def test_a_comment_that_cannot_be_written_holds_up_nothing_else(world: World) -> None:
    world.github.faults.refuse("POST */comments", times=EVER)
    number = world.open("SHOP-408")
    world.wait_for("SHOP-408", "ready")
    until(lambda: any("is ready" in message.text for message in world.messages("SHOP-408")), "Slack is told")
    world.github.faults.clear()
    world.told("SHOP-408", number, "is ready")


def test_slack_out_of_reach_delays_no_deployment_and_is_told_in_the_end(world: World) -> None:
    world.slack.down()
    number = world.open("SHOP-409")
    world.wait_for("SHOP-409", "ready")
    until(lambda: any("is ready" in comment for comment in world.comments(number)), "the comment is written")
    assert world.messages("SHOP-409") == []
    world.slack.up()
    world.told("SHOP-409", number, "is ready")


@pytest.mark.parametrize("breakage", Breakage)
def test_a_post_that_breaks_ends_in_one_message(world: World, breakage: Breakage) -> None:
    name = f"SHOP-{410 + list(Breakage).index(breakage)}"
    world.slack.break_next("chat.postMessage", breakage)
    number = world.open(name)
    world.wait_for(name, "ready")
    world.told(name, number, "is ready")


def test_services_that_were_never_there_are_told_of_and_found_later(fresh_world: World) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    healthy = dict(fresh_world.settings)
    fresh_world.settings |= {"AWS_ENDPOINT_URL": nowhere, "MAYFLY_SLACK__API_URL": f"{nowhere}/api/"}
    fresh_world.start()
    number = fresh_world.open("SHOP-420")
    until(lambda: any("Mayfly tries again by itself" in text for text in fresh_world.comments(number)), "it is told")
    assert fresh_world.stop() == 0
    fresh_world.settings = healthy
    fresh_world.start()
    fresh_world.wait_for("SHOP-420", "ready")
    fresh_world.told("SHOP-420", number, "is ready")


def test_slack_and_github_out_of_reach_in_mid_deploy_are_told_the_last_state_once(world: World) -> None:
    with world.aws.control.holding("create"):
        number = world.open("SHOP-421-cart")
        until(lambda: world.messages("SHOP-421") and world.comments(number), "the beginning is told")
        world.slack.down()
        world.github.faults.disconnect("POST *", times=EVER)
        world.github.faults.disconnect("PATCH *", times=EVER)
    world.wait_for("SHOP-421", "ready")
    until(lambda: _could_not_tell(world) >= {"slack", "comment"}, "neither can be told")
    world.slack.up()
    world.github.faults.clear()
    world.told("SHOP-421", number, "is ready")
    until(lambda: _statuses(world, number) == ["success"], "the commit has one last word")
    until(lambda: _deployments(world, number) == ["success"], "there is one deployment, with one last word")


def _statuses(world: World, number: int) -> list[str]:
    return [status.state for status in world.github.conversation(REPOSITORY, number).statuses]


def _deployments(world: World, number: int) -> list[str]:
    return [deployment.state for deployment in world.github.conversation(REPOSITORY, number).deployments]


def _could_not_tell(world: World) -> set[str]:
    """The kinds of places that SHOP-421 could not be told in."""
    failed = [line for line in world.log if line.get("event") == "could not tell"]
    return {line["place"].partition(":")[0] for line in failed if line.get("announcement") == "SHOP-421"}
