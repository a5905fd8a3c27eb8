"""What people are told of an environment, from records alone."""

import pytest

from app.core.announcement import HEADLINES, OFFERS, announce
from app.core.deployment import Deployment, Outcome
from app.core.environment import Phase
from app.core.secrecy import MASK
from app.core.stack import StackStatus
from tests.builders import (
    NOW,
    a_desired,
    a_ready_record,
    a_record,
    a_resource,
    a_source,
    a_target,
    an_environment,
    an_unwanted_environment,
)

URL = {"Url": "https://api.example.com"}


def outputs(*records: object, targets: tuple[object, ...] = (a_target("api"), a_target("web"))) -> dict[str, str]:
    environment = an_environment(desired=a_desired(*targets))  # type: ignore[arg-type]
    return {output.name: output.value for output in announce(environment, (), records).outputs}  # type: ignore[arg-type]


def test_every_phase_has_a_headline_and_its_offers() -> None:
    assert set(HEADLINES) == set(OFFERS) == set(Phase)


def test_the_facts() -> None:
    environment = an_environment(phase=Phase.READY, reason="Commit ccccccc is deployed.", deployed_commit="d" * 40)
    told = announce(environment, [a_source()], [a_ready_record()])
    assert (told.environment, told.ticket, told.phase, told.commit) == ("SHOP-42", "SHOP-42", Phase.READY, "d" * 40)
    assert told.sources == (a_source(),)
    assert [(stack.name, stack.status, stack.region) for stack in told.stacks] == [
        ("SHOP-42-api", "CREATE_COMPLETE", "eu-west-1")
    ]


def test_the_same_records_give_the_same_announcement() -> None:
    assert announce(an_environment(), [a_source()], [a_record()]) == announce(
        an_environment(), [a_source()], [a_record()]
    )


def test_before_the_first_deployment_the_wanted_commit_is_named() -> None:
    assert announce(an_environment(), (), ()).commit == "c" * 40


class TestOutputs:
    def test_all_are_shown_where_the_file_names_none(self) -> None:
        assert outputs(a_record("api", outputs={**URL, "Table": "t"})) == {**URL, "Table": "t"}

    def test_only_those_that_the_file_names_are_shown(self) -> None:
        record = a_record("api", outputs={**URL, "Table": "t"})
        assert outputs(record, targets=(a_target("api", outputs=("Url",)),)) == URL
        assert outputs(record, targets=(a_target("api", outputs=()),)) == {}

    def test_a_key_of_two_stacks_stands_with_its_stack(self) -> None:
        assert outputs(a_record("api", outputs=URL), a_record("web", outputs={"Url": "https://web"})) == {
            "api.Url": "https://api.example.com",
            "web.Url": "https://web",
        }

    def test_a_secret_is_masked(self) -> None:
        assert outputs(a_record("api", outputs={"DbPassword": "pass"})) == {"DbPassword": MASK}

    def test_an_address_is_a_link(self) -> None:
        told = announce(an_environment(), (), [a_record("api", outputs={**URL, "Table": "t"})])
        assert [(output.name, output.is_link) for output in told.outputs] == [("Url", True), ("Table", False)]


def test_what_people_use_is_shown_in_a_fixed_order_without_the_plumbing() -> None:
    resources = (
        a_resource("AWS::SQS::Queue", physical_id="q"),
        a_resource("AWS::IAM::Role", physical_id="r"),
        a_resource("AWS::Lambda::Function", physical_id="f2"),
        a_resource("AWS::Lambda::Function", physical_id="f1"),
    )
    told = announce(an_environment(), (), [a_record(resources=resources)])
    assert [(usable.kind, usable.name) for usable in told.resources] == [
        ("Function", "f1"),
        ("Function", "f2"),
        ("Queue", "q"),
    ]


@pytest.mark.parametrize(
    "record", [a_record(status=StackStatus.DELETE_COMPLETE, outputs=URL), a_record(id=None, outputs=URL)]
)
def test_a_stack_that_is_gone_or_foreign_is_not_shown(record: object) -> None:
    told = announce(an_environment(), (), [record])  # type: ignore[list-item]
    assert (told.stacks, told.outputs) == ((), ())


def test_of_what_is_over_only_the_words_remain() -> None:
    told = announce(an_environment(phase=Phase.GONE), (), [a_record(outputs=URL, resources=(a_resource(),))])
    assert told.is_over
    assert (told.outputs, told.resources) == ((), ())


class TestAddress:
    """What people open first."""

    def address(self, *targets: object, **outputs: str) -> str | None:
        environment = an_environment(desired=a_desired(*(targets or (a_target("api"),))))  # type: ignore[arg-type]
        return announce(environment, (), [a_record("api", outputs=outputs)]).address

    def test_it_is_the_first_link(self) -> None:
        assert self.address(Table="t", Url="https://a", Docs="https://b") == "https://a"

    def test_one_that_the_file_names_comes_first(self) -> None:
        named = a_target("api", outputs=("Docs", "Url"))
        assert self.address(named, Url="https://a", Docs="https://b") == "https://b"

    def test_without_a_link_there_is_none(self) -> None:
        assert self.address(Table="t") is None

    def test_a_hidden_one_is_not_told(self) -> None:
        assert self.address(Hook="https://hooks.slack.com/services/T/B/x") is None


def test_of_each_commit_the_latest_outcome_is_known() -> None:
    attempts = [
        Deployment("3", "SHOP-42", "a" * 40, Outcome.RUNNING, NOW),
        Deployment("2", "SHOP-42", "b" * 40, Outcome.SUPERSEDED, NOW),
        Deployment("1", "SHOP-42", "a" * 40, Outcome.FAILED, NOW),
    ]
    told = announce(an_environment(), (), (), attempts)
    assert told.outcomes == {"a" * 40: Outcome.RUNNING, "b" * 40: Outcome.SUPERSEDED}


def test_what_is_to_go_wants_no_commit() -> None:
    assert announce(an_environment(), (), ()).wanted == ("acme/shop", "c" * 40)
    assert announce(an_unwanted_environment(), (), ()).wanted is None
