"""The survey: what a round of resync sees of GitHub and AWS, each part as far as it could be read."""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from app.aws.client import Aws
from app.core.errors import MayflyError
from app.core.guard import MANAGED_TAG
from app.core.source import SourceKey
from app.core.stack import ObservedStack
from app.github.client import GitHub
from app.github.openings import list_openings
from workers.ports import Cloud

log = structlog.get_logger()


@dataclass(frozen=True)
class Survey:
    """Looks at everything, in few calls: pages of a hundred stacks, ten repositories in one question."""

    github: GitHub
    aws: Aws
    cloud: Cloud
    installation: str
    listed: Sequence[str]

    def openings(self, repositories: Sequence[str]) -> tuple[dict[SourceKey, str], set[str]]:
        """Every open pull request with its commit, and the repositories whose lists came whole."""
        found = list_openings(self.github, repositories)
        return found.shown, found.read

    def repositories(self) -> Sequence[str]:
        """The repositories that the settings list, or all that the App is installed on."""
        if self.listed:
            return self.listed
        try:
            return self.github.installed_repositories()
        except MayflyError as fault:
            log.warning("the App's repositories could not be listed", reason=str(fault))
            return ()

    def stacks(self) -> tuple[list[ObservedStack], set[tuple[str, str]]]:
        """Every stack that bears our mark, and the accounts and regions whose lists came whole."""
        found: list[ObservedStack] = []
        read: set[tuple[str, str]] = set()
        for account, regions in self.aws.places.items():
            for region in regions:
                try:
                    stacks = self.cloud.every_stack(account, region)
                except MayflyError as fault:
                    log.warning("stacks could not be listed", account=account, region=region, reason=str(fault))
                    continue
                found += [stack for stack in stacks if stack.tags.get(MANAGED_TAG) == self.installation]
                read.add((account, region))
        return found, read
