"""Several stacks: one needs another's output, one stands in two regions, and all of them go in the reverse order."""

from collections.abc import Iterator

import pytest

from app.sandbox.aws import AwsSandbox
from tests.scenarios.repositories import template
from tests.scenarios.world import World

FILE = """\
stacks:
  bus:
    template: bus.yaml
  api:
    template: api.yaml
    regions: [eu-west-1, us-east-1]
    needs: [bus]
    parameters:
      Stage: ${ticket}-${pull_request}
      BusUrl: ${bus.BusUrl}
    tags: {team: checkout}
    outputs: [Seen]
"""
BUS = template("Bus", outputs={"BusUrl": {"Ref": "Bus"}})
API = template("Api", parameters=("Stage", "BusUrl"), outputs={"Seen": {"Ref": "BusUrl"}, "Stage": {"Ref": "Stage"}})
FILES = {".mayfly.yml": FILE, "bus.yaml": BUS, "api.yaml": API}


@pytest.fixture(scope="module")
def several(aws: AwsSandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world with one environment of three stacks."""
    allowed = {"MAYFLY_AWS__REGIONS": "eu-west-1,us-east-1"}
    with World(aws, tmp_path_factory.mktemp("world"), allowed) as world:
        world.start()
        world.open("SHOP-601", FILES)
        world.wait_for("SHOP-601", "ready")
        yield world


def outputs(world: World, stack: str, region: str) -> dict[str, str]:
    return {output["OutputKey"]: output["OutputValue"] for output in world.stacks(region)[stack]["Outputs"]}


def test_each_stack_stands_where_the_file_says(several: World) -> None:
    assert set(several.stacks("eu-west-1")) == {"SHOP-601-bus", "SHOP-601-api"}
    assert set(several.stacks("us-east-1")) == {"SHOP-601-api"}


@pytest.mark.parametrize("region", ["eu-west-1", "us-east-1"])
def test_an_output_of_one_stack_is_a_parameter_of_another(several: World, region: str) -> None:
    url = outputs(several, "SHOP-601-bus", "eu-west-1")["BusUrl"]
    assert outputs(several, "SHOP-601-api", region) == {"Seen": url, "Stage": "SHOP-601-1"}


def test_only_the_outputs_that_the_file_names_are_told(several: World) -> None:
    message, comment = several.told("SHOP-601", 1, "is ready")
    for text in (message, comment):
        assert "BusUrl" in text
        assert text.count("Seen") == 2
        assert "Stage" not in text


def test_a_stack_has_the_tags_of_the_file_and_ours(several: World) -> None:
    tags = {tag["Key"]: tag["Value"] for tag in several.stacks("us-east-1")["SHOP-601-api"]["Tags"]}
    assert (tags["team"], tags["mayfly:environment"]) == ("checkout", "SHOP-601")


def test_a_failure_skips_what_needs_it_and_nothing_else(several: World) -> None:
    several.aws.control.fail_resource("Bus", reason="No bus today", stack="SHOP-602-bus")
    alone = "  alone: {template: bus.yaml}\n".replace("bus", "alone")
    several.open("SHOP-602", {**FILES, ".mayfly.yml": FILE + alone, "alone.yaml": template("Alone")})
    reason = several.wait_for("SHOP-602", "failed")["reason"]
    assert "Bus (AWS::SQS::Queue, bus.yaml:1): No bus today." in reason
    assert "SHOP-602-api was skipped: it needs bus, which failed." in reason
    several.aws.control.heal()
    several.push("SHOP-602", {"bus.yaml": template("Bus2", outputs={"BusUrl": {"Ref": "Bus2"}})})
    several.wait_for("SHOP-602", "ready")


def test_the_end_takes_all_of_them_what_needs_before_what_is_needed(several: World) -> None:
    several.open("SHOP-603", FILES)
    several.wait_for("SHOP-603", "ready")
    several.aws.control.forget_calls()
    several.github.delete_branch("acme/shop", "SHOP-603")
    several.wait_for("SHOP-603", "gone")
    deleted = [call.parameters["StackName"] for call in several.aws.control.calls(action="DeleteStack")]
    assert [name.split("/")[1] for name in deleted][-1] == "SHOP-603-bus"
    assert not [name for region in ("eu-west-1", "us-east-1") for name in several.stacks(region) if "603" in name]
