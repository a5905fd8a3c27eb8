"""AWS's examination: each account and region, the IAM actions that we need, and what lies there for us."""

from collections.abc import Iterator

from app.aws import examination
from app.aws.artifacts import bucket_name
from app.aws.client import DEFAULT_ACCOUNT, Aws, AwsDenied
from app.aws.permissions import list_actions
from app.core.diagnosis import Diagnosis, ill, unsure, well
from app.core.errors import MayflyError
from app.settings import Aws as AwsSettings

SHOWN = 6
"""So many denied actions are named; more say nothing more."""


def examine_aws(settings: AwsSettings, aws: Aws) -> Iterator[Diagnosis]:
    """Every account and region that the settings allow."""
    for account, regions in aws.places.items():
        try:
            arn = examination.caller(aws, account, regions[0])
        except MayflyError as fault:
            yield ill(f"aws {account}", str(fault), _entry_remedy(account))
            continue
        yield well(f"aws {account}", f"we are {arn}")
        yield _rights(settings, aws, account, arn)
        yield _execution_role(settings, aws, account, regions[0])
        for region in regions:
            yield from _examine_place(settings, aws, account, region)
    if settings.event_queue_url:
        yield _queue(aws, settings.event_queue_url)


def _entry_remedy(account: str) -> str:
    if account == DEFAULT_ACCOUNT:
        return "give this machine credentials, as for any AWS program"
    return "check role_arn and external_id in MAYFLY_AWS__ACCOUNTS against the role's trust policy"


def _rights(settings: AwsSettings, aws: Aws, account: str, arn: str) -> Diagnosis:
    subject, region = f"aws {account} rights", aws.places[account][0]
    if arn.endswith(":root"):
        return unsure(subject, "the account's root user may do anything", "use a role: infra/mayfly.yaml has one")
    wanted = _wanted(settings, account)
    try:
        bucket = bucket_name(aws, account, region, settings.artifact_bucket)
        ours = examination.Ours(bucket, region, settings.event_queue_url)
        denied = examination.denied_actions(aws, account, region, arn, wanted, ours)
    except AwsDenied:
        return unsure(subject, "may not be simulated with this role", "allow iam:SimulatePrincipalPolicy")
    except MayflyError as fault:
        return unsure(subject, f"could not be simulated: {fault}")
    if not denied:
        return well(subject, f"all {len(wanted)} actions are allowed")
    named = ", ".join(denied[:SHOWN]) + (f" and {len(denied) - SHOWN} more" if len(denied) > SHOWN else "")
    return ill(subject, f"not allowed: {named}", "grant them; infra/mayfly.yaml has the whole policy")


def _wanted(settings: AwsSettings, account: str) -> list[str]:
    """Every action, but for what is done at home alone, and there only where it is set up."""
    wanted = set(list_actions())
    if account != DEFAULT_ACCOUNT or not settings.accounts:
        wanted.discard("sts:AssumeRole")
    if account != DEFAULT_ACCOUNT or not settings.event_queue_url:
        wanted -= examination.OF_THE_QUEUE
    return sorted(wanted)


def _execution_role(settings: AwsSettings, aws: Aws, account: str, region: str) -> Diagnosis:
    subject = f"aws {account} execution"
    if settings.execution_role_arn is None:
        return unsure(subject, "stacks are made with Mayfly's own rights", "set MAYFLY_AWS__EXECUTION_ROLE_ARN")
    role = aws.counterpart(account, settings.execution_role_arn)
    try:
        is_trusted = examination.is_trusted_by_cloudformation(aws, account, region, role)
    except AwsDenied:
        return unsure(subject, f"{role} may not be looked at", "allow iam:GetRole")
    except MayflyError as fault:
        return ill(subject, str(fault), "make the role; infra/ has it")
    if is_trusted:
        return well(subject, f"CloudFormation may assume {role}")
    return ill(subject, f"CloudFormation may not assume {role}", "let cloudformation.amazonaws.com assume it")


def _examine_place(settings: AwsSettings, aws: Aws, account: str, region: str) -> Iterator[Diagnosis]:
    subject = f"aws {account}/{region}"
    try:
        examination.can_list_stacks(aws, account, region)
    except MayflyError as fault:
        yield ill(subject, str(fault), "is the region enabled in that account?")
        return
    yield well(subject, "CloudFormation answers")
    yield _bucket(settings, aws, account, region)


def _bucket(settings: AwsSettings, aws: Aws, account: str, region: str) -> Diagnosis:
    subject, bucket = f"bucket {account}/{region}", bucket_name(aws, account, region, settings.artifact_bucket)
    try:
        is_there = examination.has_bucket(aws, account, region, bucket)
    except AwsDenied:
        return ill(subject, f"{bucket} is not ours to use", "choose another in MAYFLY_AWS__ARTIFACT_BUCKET")
    return well(subject, f"{bucket} is there" if is_there else f"{bucket} will be made on first use")


def _queue(aws: Aws, url: str) -> Diagnosis:
    region = next(iter(aws.places[DEFAULT_ACCOUNT]))
    try:
        waiting = examination.waiting_messages(aws, DEFAULT_ACCOUNT, region, url)
    except MayflyError as fault:
        remedy = "check MAYFLY_AWS__EVENT_QUEUE_URL; without it Mayfly polls, which works too"
        return ill("event queue", str(fault), remedy)
    return well("event queue", f"{waiting} messages wait")
