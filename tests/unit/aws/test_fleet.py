"""A look at an account and region, over real HTTP: what it finds, what it asks for, and what it could not read."""

import os
import threading
from datetime import timedelta
from unittest.mock import patch

import pytest

from app.aws.client import AwsUnreachable
from app.aws.fleet.eyes import Eyes, Sight
from app.aws.fleet.strays import Ledger
from app.aws.permissions import list_actions
from app.aws.prices import prices_of
from app.core.fleet import LooseResource, Verdict
from app.core.memory import Memory
from app.core.stack import Resource
from app.core.toolmarks import AWS_IATK, SLS_TEST_TOOLS
from tests.fleet.build import a_fleet
from tests.fleet.world import NOW, REGION, FleetWorld, arn
from tests.unit.aws.probing import standing

QUEUES = arn("sqs", "")
GONE = arn("cloudformation", "stack/OLD/99")
HOUR = timedelta(hours=1)


class Lookout:
    """Looks at a world, again and again, each time remembering the last."""

    def __init__(self, world: FleetWorld) -> None:
        self.aws, clients = standing()
        self.eyes = Eyes(clients, prices_of)
        self.aws.begin(world)
        self.world = world
        self.memory = Memory()
        self.looks = 0

    def look(self, ledger: Ledger | None = None, *, after: timedelta = HOUR) -> Sight:
        self.aws.calls.clear()
        now = NOW + self.looks * after
        self.looks += 1
        with patch.dict(os.environ, self.aws.environment):
            sight = self.eyes.look("default", REGION, ledger or {}, self.memory, timedelta(days=14), now)
        self.memory = sight.memory
        return sight


@pytest.fixture
def world() -> FleetWorld:
    return FleetWorld()


@pytest.fixture
def lookout(world: FleetWorld) -> Lookout:
    return Lookout(world)


def loose_of(sight: Sight) -> dict[str, LooseResource]:
    return {each.name: each for each in sight.look.loose}


def made_by(stack: str = GONE, name: str = "OLD") -> dict[str, str]:
    return {"aws:cloudformation:stack-id": stack, "aws:cloudformation:stack-name": name}


class TestTheWholeFleet:
    def test_every_verdict_and_every_leftover_is_right_and_none_too_many(self) -> None:
        world, truth = a_fleet(40)
        lookout = Lookout(world)
        for ledger in ({}, {}, truth.ledger):
            sight = lookout.look(ledger)
            by_verdict = {
                verdict: {s.id for s in sight.look.stacks if s.usage.verdict is verdict} for verdict in Verdict
            }
            assert by_verdict == {Verdict.USED: truth.used, Verdict.UNUSED: truth.idle, Verdict.UNKNOWN: truth.stuck}
            assert {each.arn for each in sight.look.loose} == truth.loose
            assert sight.look.unread == ()

    def test_it_calls_nothing_that_is_not_declared(self) -> None:
        world, _ = a_fleet(10)
        lookout = Lookout(world)
        sight = lookout.look()
        iam = {"monitoring": "cloudwatch", "tagging": "tag"}
        named = {"s3:ListBuckets": "s3:ListAllMyBuckets"}
        called = {f"{iam.get(s, s)}:{o}" for s, _, o in (call.partition(":") for call in lookout.aws.calls)}
        assert {named.get(call, call) for call in called} <= set(list_actions())
        assert sight.requests == lookout.aws.requests

    def test_a_second_look_asks_a_third_and_finds_the_same(self) -> None:
        world, _ = a_fleet(60)
        lookout = Lookout(world)
        first, asked = lookout.look(), lookout.aws.requests
        second = lookout.look()
        assert lookout.aws.requests < asked / 2
        assert [s.usage.verdict for s in second.look.stacks] == [s.usage.verdict for s in first.look.stacks]
        assert second.look.loose == first.look.loose


class TestResources:
    def queue_of(self, world: FleetWorld, name: str = "SHOP-1") -> dict[str, object]:
        stack = world.stack(name)
        stack["resources"].append(("Queue", "AWS::SQS::Queue", f"https://sqs.test/1/{name}"))
        return stack

    def test_those_in_our_ledger_are_not_asked_about(self, world: FleetWorld, lookout: Lookout) -> None:
        stack = self.queue_of(world)
        known = (Resource("Queue", "AWS::SQS::Queue", "https://sqs.test/1/SHOP-1"),)
        found = lookout.look({str(stack["id"]): known}).look.stacks[0]
        assert (found.resources, found.usage.verdict) == (known, Verdict.UNUSED)
        assert "cloudformation:ListStackResources" not in lookout.aws.calls

    def test_those_of_a_few_others_are_listed_once(self, world: FleetWorld, lookout: Lookout) -> None:
        self.queue_of(world)
        ours = {"arn:ours": ()}
        assert lookout.look(ours).look.stacks[0].resources
        assert lookout.aws.calls["cloudformation:ListStackResources"] == 1
        assert lookout.look(ours).look.stacks[0].resources
        assert lookout.aws.calls["cloudformation:ListStackResources"] == 0

    def test_until_the_stack_changes(self, world: FleetWorld, lookout: Lookout) -> None:
        stack = self.queue_of(world)
        lookout.look({"arn:ours": ()})
        stack["updated"] = NOW - timedelta(days=20)
        lookout.look({"arn:ours": ()})
        assert lookout.aws.calls["cloudformation:ListStackResources"] == 1

    def test_a_stack_whose_resources_could_not_be_listed_is_unknown(self, world: FleetWorld, lookout: Lookout) -> None:
        self.queue_of(world)
        lookout.aws.ever["ListStackResources"] = "AccessDenied"
        look = lookout.look({"arn:ours": ()}).look
        assert (look.stacks[0].resources, look.stacks[0].usage.verdict) == (None, Verdict.UNKNOWN)
        assert look.unread[0].startswith("The resources of SHOP-1 could not be listed. CloudFormation: ")

    def test_a_nested_stack_is_used_where_its_root_is(self, world: FleetWorld, lookout: Lookout) -> None:
        root = self.queue_of(world)
        child = world.stack("SHOP-1-Nested", parent=root["id"])
        child["resources"].append(("Fn", "AWS::Lambda::Function", "nested"))
        world.measure("AWS/Lambda", "Invocations", {"FunctionName": "nested"}, 1)
        stacks = lookout.look({"arn:ours": ()}).look.stacks
        assert [stack.usage.verdict for stack in stacks] == [Verdict.USED, Verdict.USED]
        assert stacks[1].parent_id == root["id"]

    def test_a_stack_costs_what_its_parts_cost(self, world: FleetWorld, lookout: Lookout) -> None:
        stack = self.queue_of(world)
        known = (Resource("Key", "AWS::KMS::Key", "k"), Resource("Ip", "AWS::EC2::EIP", "e"))
        assert lookout.look({str(stack["id"]): known}).look.stacks[0].cost == 4.65


class TestLeftovers:
    def test_what_a_gone_stack_made_names_it(self, world: FleetWorld, lookout: Lookout) -> None:
        world.add("buckets", "old-bucket")
        world.tags["arn:aws:s3:::old-bucket"] = made_by()
        found = loose_of(lookout.look())["old-bucket"]
        assert (found.type, found.stack_id, found.stack_name) == ("AWS::S3::Bucket", GONE, "OLD")
        assert found.cost is None  # it may hold anything

    def test_a_reopened_pull_request_does_not_hide_what_its_first_stack_left(
        self, world: FleetWorld, lookout: Lookout
    ) -> None:
        world.stack("OLD")
        world.add("tables", "OLD-table")
        world.tags[arn("dynamodb", "table/OLD-table")] = made_by()
        assert "OLD-table" in loose_of(lookout.look())

    def test_what_a_standing_stack_replaced_is_its_own(self, world: FleetWorld, lookout: Lookout) -> None:
        stack = world.stack("SHOP-1")
        world.add("queues", "replaced")
        world.tags[arn("sqs", "replaced")] = made_by(stack["id"], "SHOP-1")
        ledger = {stack["id"]: (Resource("Queue", "AWS::SQS::Queue", "https://sqs.test/1/now"),)}
        assert loose_of(lookout.look(ledger)) == {}

    def test_what_the_tagging_api_still_shows_of_the_deleted_is_not_there(
        self, world: FleetWorld, lookout: Lookout
    ) -> None:
        world.tags[arn("sqs", "ghost")] = made_by()
        assert loose_of(lookout.look()) == {}

    def test_what_our_ledger_has_of_a_gone_stack_needs_no_tags(self, world: FleetWorld, lookout: Lookout) -> None:
        world.add("queues", "left")
        ledger = {GONE: (Resource("Queue", "AWS::SQS::Queue", "https://sqs.test/1/left"),)}
        found = loose_of(lookout.look(ledger))["left"]
        assert (found.stack_id, found.stack_name, found.tags) == (GONE, "OLD", {})

    def test_what_a_stack_of_another_region_left_there_is_not_here(self, world: FleetWorld, lookout: Lookout) -> None:
        world.add("queues", "left")
        ledger = {GONE.replace(REGION, "us-east-1"): (Resource("Queue", "AWS::SQS::Queue", "https://sqs.test/1/left"),)}
        assert loose_of(lookout.look(ledger)) == {}

    def test_what_somebody_made_by_hand_is_none(self, world: FleetWorld, lookout: Lookout) -> None:
        world.add("queues", "by-hand")
        world.add("log_groups", "/by/hand")
        world.rule("by-hand")
        assert loose_of(lookout.look()) == {}

    def test_keep_tags_come_along(self, world: FleetWorld, lookout: Lookout) -> None:
        world.add("queues", "left")
        world.tags[arn("sqs", "left")] = {**made_by(), "mayfly:keep": "true"}
        for _ in range(2):
            assert (loose_of(lookout.look())["left"].tags or {})["mayfly:keep"] == "true"

    def test_keep_tags_that_came_since_the_last_audit_are_read_anew_before_anything_is_taken_away(
        self, world: FleetWorld, lookout: Lookout
    ) -> None:
        left = arn("sqs", "left")
        world.add("queues", "left")
        world.tags[left] = made_by()
        lookout.look()
        world.tags[left] = {**made_by(), "mayfly:keep": "true"}
        with patch.dict(os.environ, lookout.aws.environment):
            fresh = lookout.eyes.tags_of("default", REGION, [left, arn("sqs", "untagged")])
        assert fresh == {left: {**made_by(), "mayfly:keep": "true"}, arn("sqs", "untagged"): {}}

    def test_tags_that_could_not_be_read_are_not_taken_for_none(self, world: FleetWorld, lookout: Lookout) -> None:
        world.add("queues", "orders-testing-queue")
        lookout.aws.ever["GetResources"] = "AccessDeniedException"
        sight = lookout.look({"arn:ours": ()})
        assert loose_of(sight)["orders-testing-queue"].tags is None
        assert any("tags could not be read" in sentence for sentence in sight.look.unread)

    def test_a_key_on_its_way_out_is_no_leftover(self, world: FleetWorld, lookout: Lookout) -> None:
        world.keys = {"k1": "Enabled", "k2": "PendingDeletion"}
        for key in ("k1", "k2", "ghost"):
            world.tags[arn("kms", f"key/{key}")] = made_by()
        assert list(loose_of(lookout.look())) == ["k1"]
        assert list(loose_of(lookout.look())) == ["k1"]


class TestLogGroups:
    def test_the_log_group_of_a_function_that_is_gone(self, world: FleetWorld, lookout: Lookout) -> None:
        world.add("log_groups", "/aws/lambda/SHOP-9-Fn-A1B2C3D4E5F6")
        found = loose_of(lookout.look())["/aws/lambda/SHOP-9-Fn-A1B2C3D4E5F6"]
        assert (found.stack_name, found.maker) == ("SHOP-9", "Lambda (SHOP-9-Fn-A1B2C3D4E5F6, which is gone)")

    def test_of_a_function_that_stands_it_is_none(self, world: FleetWorld, lookout: Lookout) -> None:
        world.add("functions", "by-hand")
        world.add("log_groups", "/aws/lambda/by-hand")
        assert loose_of(lookout.look()) == {}

    def test_of_a_function_at_the_edge_it_cannot_be_told_here(self, world: FleetWorld, lookout: Lookout) -> None:
        world.add("log_groups", "/aws/lambda/us-east-1.edge")
        assert loose_of(lookout.look()) == {}

    def test_of_an_api_that_is_gone(self, world: FleetWorld, lookout: Lookout) -> None:
        world.apis = {"live": "shop"}
        world.add("log_groups", "API-Gateway-Execution-Logs_live/prod", "API-Gateway-Execution-Logs_dead/prod")
        assert list(loose_of(lookout.look())) == ["API-Gateway-Execution-Logs_dead/prod"]

    def test_where_functions_could_not_be_listed_none_is_told(self, world: FleetWorld, lookout: Lookout) -> None:
        world.add("log_groups", "/aws/lambda/SHOP-9-Fn-A1B2C3D4E5F6")
        lookout.aws.ever["ListFunctions"] = "AccessDeniedException"
        sight = lookout.look()
        assert sight.look.loose == ()
        assert sight.look.unread[0].startswith("AWS::Lambda::Function could not be listed. Lambda: ")


class TestTestTools:
    def test_a_rule_of_sls_test_tools_blocks_the_stack_of_its_bus(self, world: FleetWorld, lookout: Lookout) -> None:
        stack = world.stack("SHOP-1")
        ledger = {stack["id"]: (Resource("Bus", "AWS::Events::EventBus", "orders"),)}
        world.add("buses", "orders")
        world.add("queues", "orders-testing-queue")
        world.rule("test-orders-rule", "orders")
        world.measure("AWS/SQS", "NumberOfMessagesSent", {"QueueName": "orders-testing-queue"}, 0, 900)
        found = loose_of(lookout.look(ledger))
        rule, queue = found["orders|test-orders-rule"], found["orders-testing-queue"]
        assert (rule.maker, rule.blocks, queue.maker) == (SLS_TEST_TOOLS, stack["id"], SLS_TEST_TOOLS)
        assert queue.usage.verdict is Verdict.UNKNOWN  # of unknown age; but sent and never received is no use

    def test_iatk_is_told_by_its_tags(self, world: FleetWorld, lookout: Lookout) -> None:
        world.tags[world.rule("iatk-1")] = {"iatk:TestHarness:ID": "1"}
        assert loose_of(lookout.look())["default|iatk-1"].maker == AWS_IATK

    def test_a_queue_of_that_name_with_tags_of_somebodys_is_somebodys(
        self, world: FleetWorld, lookout: Lookout
    ) -> None:
        world.add("queues", "orders-testing-queue")
        world.tags[arn("sqs", "orders-testing-queue")] = {"team": "shop"}
        assert loose_of(lookout.look()) == {}


class TestListsThatFail:
    def test_without_the_stacks_nothing_is_known(self, lookout: Lookout) -> None:
        lookout.aws.ever["DescribeStacks"] = "ServiceUnavailable"
        with pytest.raises(AwsUnreachable):
            lookout.look()

    def test_a_list_that_breaks_off_shows_none_of_its_type(self, world: FleetWorld, lookout: Lookout) -> None:
        for number in range(150):
            world.add("tables", f"t{number}")
            world.tags[arn("dynamodb", f"table/t{number}")] = made_by()
        lookout.aws.faults["ListTables"] = ["", "AccessDeniedException"]
        sight = lookout.look()
        assert sight.look.loose == ()
        assert sight.look.unread[0].startswith("AWS::DynamoDB::Table could not be listed.")

    def test_what_was_loose_is_still_remembered_then(self, world: FleetWorld, lookout: Lookout) -> None:
        world.add("queues", "left")
        world.tags[arn("sqs", "left")] = made_by()
        lookout.look()
        lookout.aws.ever["ListQueues"] = "AccessDeniedException"
        assert lookout.look().memory.loose.keys() == {arn("sqs", "left")}

    def test_a_page_that_leads_back_to_itself_is_an_error(self, world: FleetWorld, lookout: Lookout) -> None:
        world.add("log_groups", *(f"/g{number}" for number in range(1001)))
        lookout.aws.stuck = True
        assert lookout.look().look.unread[0].startswith("AWS::Logs::LogGroup could not be listed.")

    def test_rules_that_could_not_be_listed_leave_stacks_with_rules_unknown(
        self, world: FleetWorld, lookout: Lookout
    ) -> None:
        stack = world.stack("SHOP-1")
        lookout.aws.ever["ListEventBuses"] = "AccessDeniedException"
        look = lookout.look({stack["id"]: (Resource("Rule", "AWS::Events::Rule", "placed"),)}).look
        assert look.stacks[0].usage.verdict is Verdict.UNKNOWN
        assert look.unread[0].startswith("The rules of EventBridge could not be listed.")

    def test_throttling_that_passes_is_waited_out(self, world: FleetWorld, lookout: Lookout) -> None:
        world.stack("SHOP-1")
        lookout.aws.faults["ListQueues"] = ["Throttling"]
        assert lookout.look().look.unread == ()


def test_the_threads_of_a_look_end_with_it(lookout: Lookout) -> None:
    lookout.look()
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("look")] == []


class TestAudits:
    def test_the_long_lists_are_read_once_a_day(self, lookout: Lookout) -> None:
        lookout.look()
        assert lookout.aws.calls["lambda:ListFunctions"] == 1
        lookout.look()
        assert lookout.aws.calls["lambda:ListFunctions"] == 0
        lookout.look(after=timedelta(hours=12))
        assert lookout.aws.calls["lambda:ListFunctions"] == 1

    def test_and_when_a_stack_has_gone(self, world: FleetWorld, lookout: Lookout) -> None:
        world.stack("SHOP-1")
        lookout.look()
        world.stacks.clear()
        lookout.look()
        assert lookout.aws.calls["lambda:ListFunctions"] == 1

    def test_a_leftover_that_was_taken_away_is_gone_in_the_next_look(self, world: FleetWorld, lookout: Lookout) -> None:
        world.add("tables", "left")
        world.tags[arn("dynamodb", "table/left")] = made_by()
        assert list(loose_of(lookout.look())) == ["left"]
        assert list(loose_of(lookout.look())) == ["left"]
        world.names["tables"].clear()
        assert loose_of(lookout.look()) == {}
