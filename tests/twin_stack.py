"""One stack of CloudFormation's twin: what it goes through, as its events tell."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.core.blueprint import Payload
from app.core.cause import STACK_TYPE, OperationEvent, StackEvent
from app.core.stack import ObservedStack, Resource, StackStatus
from tests.builders import NOW

UPDATABLE = frozenset(
    {
        StackStatus.CREATE_COMPLETE,
        StackStatus.UPDATE_COMPLETE,
        StackStatus.UPDATE_ROLLBACK_COMPLETE,
        StackStatus.IMPORT_COMPLETE,
        StackStatus.IMPORT_ROLLBACK_COMPLETE,
    }
)
GOES_ON = {
    StackStatus.CREATE_IN_PROGRESS: StackStatus.CREATE_COMPLETE,
    StackStatus.ROLLBACK_IN_PROGRESS: StackStatus.ROLLBACK_COMPLETE,
    StackStatus.UPDATE_IN_PROGRESS: StackStatus.UPDATE_COMPLETE_CLEANUP_IN_PROGRESS,
    StackStatus.UPDATE_COMPLETE_CLEANUP_IN_PROGRESS: StackStatus.UPDATE_COMPLETE,
    StackStatus.UPDATE_ROLLBACK_IN_PROGRESS: StackStatus.UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS,
    StackStatus.UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS: StackStatus.UPDATE_ROLLBACK_COMPLETE,
    StackStatus.DELETE_IN_PROGRESS: StackStatus.DELETE_COMPLETE,
}
GOES_WRONG = {
    StackStatus.CREATE_IN_PROGRESS: StackStatus.DELETE_IN_PROGRESS,  # created with OnFailure=DELETE
    StackStatus.UPDATE_IN_PROGRESS: StackStatus.UPDATE_ROLLBACK_IN_PROGRESS,
    StackStatus.UPDATE_ROLLBACK_IN_PROGRESS: StackStatus.UPDATE_ROLLBACK_FAILED,
    StackStatus.DELETE_IN_PROGRESS: StackStatus.DELETE_FAILED,
}


@dataclass
class TwinStack:
    """One incarnation of a stack. `stands` is what its resources are, `asked` what the running operation is to make."""

    id: str
    name: str
    place: str
    status: StackStatus
    token: str
    is_ours: bool
    asked: Payload = field(repr=False)
    stands: Payload = field(repr=False)
    events: list[StackEvent] = field(default_factory=list, repr=False)
    resources: tuple[Resource, ...] = ()
    updated_at: datetime | None = None
    is_protected: bool = False
    refusals: list[OperationEvent] = field(default_factory=list, repr=False)
    shown: ObservedStack | None = field(default=None, repr=False)
    """What is shown instead of what is so, while a look is behind."""

    @property
    def region(self) -> str:
        return self.place.partition("/")[2]

    @property
    def is_alive(self) -> bool:
        return self.status is not StackStatus.DELETE_COMPLETE

    @property
    def outputs(self) -> dict[str, str]:
        return {"Url": f"https://{self.name}.test/{self.stands.blueprint.digest}"}

    @property
    def observed(self) -> ObservedStack:
        now = ObservedStack(
            self.id, self.name, self.status, "", dict(self.stands.tags), self.outputs, NOW, self.updated_at
        )
        return self.shown or now

    def begin(self, token: str, status: StackStatus) -> None:
        """Begin an operation."""
        self.token = token
        if status.startswith("UPDATE_"):
            self.updated_at = NOW + timedelta(seconds=len(self.events))
        self.enter(status)

    def enter(self, status: StackStatus, reason: str = "") -> None:
        """Change the status, as its events tell."""
        self.status = status
        self.note(status, reason, self.name, STACK_TYPE)

    def note(
        self,
        status: str,
        reason: str,
        logical_id: str = "Queue",
        type_: str = "AWS::SQS::Queue",
        physical_id: str = "",
    ) -> None:
        """Add an event of the running operation."""
        number = len(self.events)
        at = NOW + timedelta(seconds=number)
        self.events.append(StackEvent(f"e{number}", at, logical_id, type_, physical_id, status, reason, self.token))

    def goes_on(self) -> None:
        """What CloudFormation is doing goes one step further."""
        if self.status in (StackStatus.CREATE_IN_PROGRESS, StackStatus.UPDATE_IN_PROGRESS):
            self.stands = self.asked
        self.enter(GOES_ON[self.status])

    def goes_wrong(self, reason: str = "Access denied") -> None:
        """What CloudFormation is doing fails."""
        self.note(f"{self.status.partition('_')[0]}_FAILED", reason)
        self.enter(GOES_WRONG[self.status], "The following resource(s) failed: [Queue].")
