"""Findings: what they are about, where that comes from, and the evidence that goes with them."""

from dataclasses import replace
from datetime import timedelta

from app.core.finding import (
    Rule,
    SubjectKind,
    Word,
    describe_resource,
    describe_stack,
    finding_id,
    gather_evidence,
    tell_last_use,
)
from app.core.fleet import Evidence, Usage, Verdict
from app.core.source import SourceKey
from tests.builders import (
    INSTALLATION,
    NOW,
    a_case,
    a_finding,
    a_fleet_stack,
    a_loose_case,
    a_loose_resource,
    a_use,
    an_environment,
)


def test_the_records_say_whose_a_stack_is() -> None:
    subject = describe_stack(a_case())
    assert (subject.kind, subject.environment, subject.ticket) == (SubjectKind.STACK, "SHOP-42", "SHOP-42")
    assert (subject.owner, subject.repository, subject.pull_request) == ("ann", "acme/shop", 57)


def test_without_a_record_its_tags_do() -> None:
    tags = {"mayfly:environment": "SHOP-7", "mayfly:owner": "bo", "mayfly:pull-request": "8", "mayfly:ticket": "SHOP-7"}
    subject = describe_stack(a_case(a_fleet_stack(tags=tags), environment=None, record=None))
    assert (subject.environment, subject.owner, subject.pull_request) == ("SHOP-7", "bo", 8)


def test_a_tag_that_is_no_number_is_no_pull_request() -> None:
    for text in ("", "57a", "²", "-1"):
        tags = {"mayfly:pull-request": text}
        assert describe_stack(a_case(a_fleet_stack(tags=tags), environment=None)).pull_request is None


def test_a_resource_without_a_stack_names_who_made_it_as_far_as_can_be_told() -> None:
    queue = a_loose_resource(tags=None, maker="sls-test-tools")
    assert describe_resource(a_loose_case(queue)).owner == "sls-test-tools"
    assert describe_resource(a_loose_case(queue, environment=an_environment())).owner == "ann"


def test_an_id_is_the_same_in_every_round_and_another_for_every_rule_and_subject() -> None:
    ids = {finding_id(rule, key) for rule in Rule for key in ("a", "b")}
    assert len(ids) == 2 * len(Rule)
    assert finding_id(Rule.IDLE, "a") in ids
    assert all(len(each) == 20 for each in ids)


def test_ours_is_what_bears_our_mark_and_is_in_our_records() -> None:
    case = a_case()
    assert case.is_ours
    assert not replace(case, record=None).is_ours
    assert not replace(case, installation="another").is_ours
    assert not a_case(a_fleet_stack(tags=None)).is_ours
    assert not a_case(record=replace(case.record, id="arn:another")).is_ours  # type: ignore[type-var]


def test_a_resource_is_ours_by_its_mark_or_by_the_record_of_its_stack() -> None:
    bare = a_loose_resource(tags={})
    assert a_loose_case().is_ours
    assert not a_loose_case(bare).is_ours
    assert a_loose_case(bare, origin=a_case().record).is_ours
    assert not a_loose_case(installation=f"{INSTALLATION}0").is_ours


def test_the_latest_use_comes_first_and_never_used_last() -> None:
    usage = Usage(Verdict.UNUSED, (Evidence("Invocations", "idle"), a_use(30), a_use(20, resource="queue")))
    words = {SourceKey("acme/shop", branch="main"): Word.OPEN}
    case = a_case(a_fleet_stack(usage=usage), words=words, deployed_at=NOW - timedelta(days=40))
    assert [(each.signal, each.resource) for each in gather_evidence(case)] == [
        ("Invocations", "queue"),
        ("Invocations", "orders"),
        ("Invocations", "idle"),
        ("branch open", "acme/shop@main"),
        ("last deployment", "SHOP-42"),
    ]


def test_the_last_use_is_told_in_a_few_words() -> None:
    assert tell_last_use([a_use(3), a_use(1)]) == "last use on 2026-03-01 (orders, Invocations 12)"
    assert tell_last_use([a_use(3, value=0.0), Evidence("Invocations", "orders")]) == "no use of it was seen"


def test_what_is_told_is_the_reason_and_what_stands_beside_it() -> None:
    assert a_finding(note="ann keeps it.").told == "Nothing in it was used for 14d. ann keeps it."
    assert a_finding().told == "Nothing in it was used for 14d."
