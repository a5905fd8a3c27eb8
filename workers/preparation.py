"""Preparation: from a commit on GitHub to blueprints in the store and artifacts in the bucket.

The commit's archive is streamed, read without trusting it, and packaged for each place that a stack goes to. What the
bucket is known to hold is neither zipped nor sent. What is wrong with the commit itself is an outcome, told to people
and repaired by a push; what is wrong with GitHub or AWS at the moment is raised, and tried again.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

import structlog

from app.aws.artifacts import FRESH, bucket_name, target_in, upload
from app.aws.check import check_template
from app.aws.checkout import Checkout, CheckoutRefused
from app.aws.client import Aws
from app.aws.packaging import Artifact, Packaged, PackagingRefused, package
from app.aws.tarball import read_tarball
from app.aws.template import Template, TemplateRefused
from app.core.blueprint import Blueprint, Preparation, references
from app.core.environment import Environment, Target
from app.core.errors import PermanentError
from app.core.remark import Remark, arrange_remarks
from app.core.sharing import commits_of
from app.core.step import short
from app.github.client import GitHub
from app.repository_file import DEFAULT_TEMPLATES, FILE_NAME
from app.store.database import Database
from app.store.preparations import known_artifacts, save_artifact

CAPABILITIES = ("CAPABILITY_AUTO_EXPAND", "CAPABILITY_IAM", "CAPABILITY_NAMED_IAM")
"""What the server acknowledges; the execution role, not this list, is what limits a template's rights."""

_STEADY = frozenset({"repository", "owner"})
"""References whose value several environments share."""

log = structlog.get_logger()


class CommitRefused(PermanentError):
    """The commit cannot be deployed as it stands."""


@dataclass(frozen=True)
class Preparer:
    """Packages commits."""

    database: Database
    github: GitHub
    aws: Aws
    bucket: str | None
    clock: Callable[[], datetime]

    def prepare(self, environment: Environment) -> Preparation:
        """What is made of the wanted commit. Raises TransientError where GitHub or AWS does not answer."""
        desired = environment.desired
        try:
            made: dict[str, tuple[Blueprint, Packaged]] = {}
            for (repository, commit), targets in commits_of(desired).items():
                with self.github.tarball(repository, commit) as stream, read_tarball(stream) as checkout:
                    made |= {target.stack: self._package(checkout, target, environment) for target in targets}
        except (CheckoutRefused, TemplateRefused, PackagingRefused, CommitRefused) as refused:
            return Preparation(desired.commit, fault=f"Commit {short(desired.commit)} cannot be deployed. {refused}")
        remarks = [remark for target in desired.targets for remark in remarks_on(target, made[target.stack][1])]
        blueprints = {stack: blueprint for stack, (blueprint, _) in made.items()}
        return Preparation(desired.commit, blueprints, remarks=arrange_remarks(remarks))

    def _package(self, checkout: Checkout, target: Target, environment: Environment) -> tuple[Blueprint, Packaged]:
        client = self.aws.client("s3", target.account, target.region)
        bucket = bucket_name(self.aws, target.account, target.region, self.bucket)
        packaged = package(checkout, template_path(checkout, target), target_in(client, bucket, environment.repository))
        _check_parameters(target, packaged)
        large = () if packaged.fits_inline else (packaged.template,)
        self._upload(target, bucket, (*packaged.artifacts, *large))
        blueprint = Blueprint(
            stack=target.stack,
            body=packaged.body if packaged.fits_inline else None,
            url=None if packaged.fits_inline else packaged.template_url,
            digest=packaged.template.digest,
            capabilities=CAPABILITIES,
            declared_parameters=packaged.parameters,
            outline=packaged.outline,
            tally=dict(packaged.tally),
            places=places_of(packaged),
        )
        return blueprint, packaged

    def _upload(self, target: Target, bucket: str, artifacts: Iterable[Artifact]) -> None:
        with self.database.read() as connection:
            known = known_artifacts(connection, bucket, self.clock() - FRESH)
        client = self.aws.client("s3", target.account, target.region)
        for artifact in artifacts:
            if artifact.key in known:
                continue
            written_at = upload(client, bucket, artifact, target.region, self.clock())
            with self.database.begin() as connection:
                save_artifact(connection, bucket, artifact.key, written_at)
            log.info("artifact uploaded", key=artifact.key, origin=artifact.origin)


def template_path(checkout: Checkout, target: Target) -> str:
    """Where the template is: as the repository's file says, or the first of the usual places. Raises CommitRefused."""
    if target.template:
        if not checkout.exists(target.template):
            raise CommitRefused(
                f"{FILE_NAME}: stacks.{target.stack}.template: no {target.template} there; correct the path or add it"
            )
        return target.template
    found = next((path for path in DEFAULT_TEMPLATES if checkout.exists(path)), None)
    if found is None:
        usual = ", ".join(DEFAULT_TEMPLATES)
        raise CommitRefused(f"There is no template: add {FILE_NAME} that names one, or one of {usual}")
    return found


def places_of(packaged: Packaged) -> dict[str, str]:
    """Where each resource stands, for whoever looks for the cause of a failure."""
    outer, *nested = packaged.sources
    inner = {f"/{name}": place for template in nested for name, place in _places(template)}
    return inner | dict(_places(outer))


def _places(template: Template) -> Iterator[tuple[str, str]]:
    for name in template.document["Resources"]:
        yield str(name), f"{template.name}:{template.line_of(('Resources', name))}"


def remarks_on(target: Target, packaged: Packaged) -> Iterator[Remark]:
    """What people may want to know of a template and of those that it nests, whose parameters nobody knows here."""
    yield from packaged.remarks
    outer, *nested = packaged.sources
    yield from check_template(outer, varying_parameters(target))
    for template in nested:
        yield from check_template(template, None)


def varying_parameters(target: Target) -> frozenset[str]:
    """The parameters that the repository's file gives a value which differs from one environment to the next."""
    return frozenset(name for name, value in target.parameters.items() if set(references(value)) - _STEADY)


def _check_parameters(target: Target, packaged: Packaged) -> None:
    unknown = [name for name in target.parameters if name not in packaged.parameters]
    if unknown:
        declared = ", ".join(packaged.parameters) or "none"
        raise CommitRefused(
            f"{FILE_NAME}: stacks.{target.stack}.parameters.{unknown[0]} is no parameter of {target.template}; "
            f"it declares: {declared}"
        )
    missing = [name for name in packaged.required_parameters if name not in target.parameters]
    if missing:
        raise CommitRefused(
            f"{target.template or 'the template'} needs a value for {missing[0]}; "
            f"give it a Default, or set it in {FILE_NAME} under stacks.{target.stack}.parameters"
        )
