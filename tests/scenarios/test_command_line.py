"""The command line, beside a running `mayfly serve`: what it prints, and its exit status."""

import json
from typing import Any

import pytest

from tests.scenarios.world import SECRET, World


@pytest.fixture(scope="module")
def deployed(shared_world: World) -> World:
    """A world with one environment."""
    shared_world.open("SHOP-501", title="Sell tea")
    shared_world.wait_for("SHOP-501", "ready")
    return shared_world


def printed(world: World, *arguments: str) -> str:
    """What a command prints that goes well."""
    ended = world.run(*arguments)
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout


def printed_json(world: World, *arguments: str) -> Any:
    return json.loads(printed(world, *arguments, "--json"))


def test_list_names_each_environment_with_its_source(deployed: World) -> None:
    text = printed(deployed, "list")
    assert all(word in text for word in ("SHOP-501", "ready", "acme/shop#1", "octocat"))


def test_list_as_json_is_what_the_api_says(deployed: World) -> None:
    asked = deployed.ask("/api/v1/environments")
    assert asked
    assert printed_json(deployed, "list") == json.loads(asked)


def test_show_as_json_is_what_the_api_says(deployed: World) -> None:
    assert printed_json(deployed, "show", "SHOP-501") == deployed.environment("SHOP-501")


def test_show_tells_state_source_stack_and_resources(deployed: World) -> None:
    text = printed(deployed, "show", "SHOP-501")
    assert all(word in text for word in ("SHOP-501  ready", "acme/shop#1", "CREATE_COMPLETE", "AWS::SQS::Queue"))


def test_why_tells_every_decision_in_order(deployed: World) -> None:
    reasons = [decision["reason"] for decision in printed_json(deployed, "why", "SHOP-501")["decisions"]]
    assert (reasons[0][:14], reasons[-1][-12:]) == ("Reading commit", "is deployed.")
    text = printed(deployed, "why", "SHOP-501")
    assert [reason for reason in reasons if reason not in text] == []


def test_replay_handles_a_stored_delivery_again(deployed: World) -> None:
    delivery = next(each.guid for each in deployed.github.deliveries if each.event == "pull_request")
    told = printed_json(deployed, "replay", delivery)
    assert (told["delivery"], told["woken"]) == (delivery, ["source acme/shop#1"])
    assert "woke source acme/shop#1." in printed(deployed, "replay", delivery)


def test_replay_of_a_delivery_that_nobody_knows_is_refused_in_one_line(deployed: World) -> None:
    ended = deployed.run("replay", "00000000-0000-4000-8000-000000000000")
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (1, "", 1)


def test_an_environment_that_does_not_exist_is_refused_in_one_line(deployed: World) -> None:
    ended = deployed.run("show", "SHOP-999")
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (1, "", 1)
    assert "mayfly list --all" in ended.stderr


@pytest.mark.parametrize("arguments", [("lsit",), ("show",)], ids=" ".join)
def test_wrong_usage_is_status_2(deployed: World, arguments: tuple[str, ...]) -> None:
    ended = deployed.run(*arguments)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "Traceback" not in ended.stderr


def test_check_config_prints_every_setting_and_no_secret(deployed: World) -> None:
    address = "postgresql://mayfly:s3cret-word@db.example/mayfly"
    ended = deployed.run("check-config", "--json", MAYFLY_DATABASE_URL=address)
    assert (ended.returncode, "MAYFLY_SLACK__CHANNEL" in json.loads(ended.stdout)) == (0, True)
    secrets = (SECRET, deployed.github.token, deployed.slack.bot_token, "s3cret-word")
    assert [secret for secret in secrets if secret in ended.stdout + ended.stderr] == []


def test_schema_describes_the_file(deployed: World) -> None:
    assert "stacks" in json.loads(printed(deployed, "schema"))["properties"]


def test_show_waits_for_what_a_test_needs(deployed: World) -> None:
    told = printed_json(deployed, "show", "SHOP-501", "--wait", "--timeout", "30s")
    asked = deployed.ask("/api/v1/environments/SHOP-501/outputs")
    assert asked
    assert told == json.loads(asked)
    assert told["ready"]
    assert told["outputs"]["QueueUrl"]


def test_show_waits_no_longer_than_it_is_told(deployed: World) -> None:
    ended = deployed.run("show", "SHOP-999", "--wait", "--timeout", "1s")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("mayfly: there is no environment 'SHOP-999' after 1s;")
    assert deployed.run("show", "SHOP-501", "--wait", "--timeout", "soon").returncode == 2
