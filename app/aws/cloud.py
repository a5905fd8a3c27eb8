"""CloudFormation in every account and region that the server may use."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from app.aws import history, stacks
from app.aws.allowance import Allowance
from app.aws.client import Aws
from app.core.blueprint import Payload
from app.core.cause import OperationEvent, StackEvent
from app.core.stack import ObservedStack, Resource, StackStatus

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient


class Cloud:
    """The calls of `stacks`, each with the client of its place and the server's execution role."""

    def __init__(self, aws: Aws, execution_role: str | None = None, allowance: Allowance | None = None) -> None:
        self._aws = aws
        self._role = execution_role
        self._allowance = allowance

    def create(self, account: str, region: str, name: str, payload: Payload, token: str) -> stacks.Started:
        """Begin to create a stack. Raises PlaceForbidden where the settings let none go, QuotaFull where there is no
        room for it."""
        self._aws.require(account, region)
        if self._allowance is not None:
            self._allowance.take(account, region, payload.blueprint.tally)
        return stacks.create_stack(self._client(account, region), name, payload, token, self._role_in(account))

    def update(self, account: str, region: str, stack_id: str, payload: Payload, token: str) -> stacks.Started:
        """Begin to update a stack. Raises PlaceForbidden where the settings let none go (any more)."""
        self._aws.require(account, region)
        return stacks.update_stack(self._client(account, region), stack_id, payload, token, self._role_in(account))

    def delete(
        self,
        account: str,
        region: str,
        stack_id: str,
        token: str,
        retain: Sequence[str] = (),
        *,
        is_forced: bool = False,
    ) -> stacks.Started:
        """Begin to delete a stack, without the resources `retain`, or by force."""
        client = self._client(account, region)
        return stacks.delete_stack(client, stack_id, token, self._role_in(account), retain, is_forced=is_forced)

    def unprotect(self, account: str, region: str, stack_id: str) -> None:
        """Take a stack's termination protection off."""
        stacks.unprotect_stack(self._client(account, region), stack_id)

    def cancel_update(self, account: str, region: str, stack_id: str, token: str) -> None:
        """Cancel an update."""
        stacks.cancel_update(self._client(account, region), stack_id, token)

    def continue_rollback(self, account: str, region: str, stack_id: str, token: str, skip: Sequence[str] = ()) -> None:
        """Take up a rollback that failed, without the resources `skip`."""
        stacks.continue_rollback(self._client(account, region), stack_id, token, skip)

    def roll_back(self, account: str, region: str, stack_id: str, token: str) -> None:
        """Roll back an update that was left standing."""
        stacks.roll_back(self._client(account, region), stack_id, token)

    def describe(self, account: str, region: str, id_or_name: str) -> ObservedStack | None:
        """A stack, or None."""
        return stacks.describe_stack(self._client(account, region), id_or_name)

    def resources(self, account: str, region: str, stack_id: str) -> tuple[Resource, ...]:
        """A stack's resources."""
        return stacks.list_resources(self._client(account, region), stack_id)

    def events(self, account: str, region: str, stack_id: str) -> Iterator[StackEvent]:
        """A stack's events, the newest first."""
        return history.stack_events(self._client(account, region), stack_id)

    def failed_events(self, account: str, region: str, stack_id: str) -> tuple[OperationEvent, ...]:
        """What failed a stack's operations, the newest first."""
        return history.failed_events(self._client(account, region), stack_id)

    def every_stack(self, account: str, region: str) -> list[ObservedStack]:
        """Every stack that exists there."""
        return stacks.every_stack(self._client(account, region))

    def describe_together(
        self, account: str, region: str, ids: Sequence[str], most_calls: int
    ) -> dict[str, ObservedStack | None]:
        """Those of several stacks that few calls can tell of, by id; None for one that does not exist."""
        return stacks.describe_together(self._client(account, region), ids, most_calls)

    def in_progress(self, account: str, region: str) -> dict[str, StackStatus]:
        """Every stack on which CloudFormation is at work."""
        return stacks.list_in_progress(self._client(account, region))

    def _role_in(self, account: str) -> str | None:
        """The role that CloudFormation assumes there: it can be no other account's."""
        return None if self._role is None else self._aws.counterpart(account, self._role)

    def _client(self, account: str, region: str) -> "CloudFormationClient":
        return self._aws.client("cloudformation", account, region)
