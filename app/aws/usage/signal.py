"""A signal of use, and the kinds of resource that have some."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Signal:
    """One metric of one resource.

    `dimensions` are what CloudWatch publishes it under, each value a form such as `{name}` that `naming` fills in; one
    that comes out empty is left out. `series_by` names further dimensions whose values only CloudWatch knows. A day
    counts as use where its amount is greater than `above`, after what `minus` counts on the same day is taken off.
    `region` where only one has the metric.
    """

    namespace: str
    metric: str
    dimensions: Mapping[str, str]
    statistic: str = "Sum"
    above: float = 0.0
    minus: str | None = None
    series_by: tuple[str, ...] = ()
    region: str | None = None

    @property
    def title(self) -> str:
        """How the signal is called."""
        service = self.namespace.removeprefix("AWS/")
        return f"{service} {self.metric}" + (f" - {self.minus}" if self.minus else "")


@dataclass(frozen=True)
class Kind:
    """A type of resource: its signals, what misleads about them, and what it costs while it stands still.

    `needs` names what of `facts` the signals cannot do without. `is_strong` where its signals are asked about first,
    since they settle most stacks; `is_loose_only` where they tell of a resource that is left alone, and of no stack.
    """

    type: str
    trap: str
    signals: tuple[Signal, ...] = field(default=())
    needs: str | None = None
    is_strong: bool = False
    is_loose_only: bool = False
