"""Cost: the list price, in dollars a month, of the parts of a stack that cost while they stand still.

    hours x hourly + GB x storage + units x monthly

A month has 730 hours. Traffic is not in it. Data is in it where somebody measured how much there is. A part whose
price is not known for its region makes the whole unknown: a sum that leaves something out would be read as all of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from app.core.stack import Resource

HOURS = 730


@dataclass(frozen=True)
class Price:
    """Dollars for one unit of a type: an hour of it, a month of it, a month of each gigabyte that it stores.

    `variants` are hourly prices by size, such as a database's class, in place of `hourly`. `is_measured` where one
    resource is any number of units, so that nothing can be said of it until somebody counted them.
    """

    hourly: float = 0.0
    monthly: float = 0.0
    storage: float = 0.0
    variants: Mapping[str, float] = field(default_factory=dict)
    is_measured: bool = False


@dataclass(frozen=True)
class Quantity:
    """How much of a type one resource is: units of it, gigabytes stored, and its size where prices go by size."""

    units: float = 1.0
    gigabytes: float = 0.0
    variant: str | None = None


@dataclass(frozen=True)
class Prices:
    """The prices of one region, as of a day, by resource type.

    `free` are the types that cost nothing while they stand still; one that is in neither is unknown.
    """

    region: str = ""
    as_of: date | None = None
    types: Mapping[str, Price] = field(default_factory=dict)
    free: frozenset[str] = frozenset()

    def of(self, type: str, quantity: Quantity | None = None) -> float | None:  # noqa: A002 - CloudFormation's word
        """What one resource costs a month, one unit of it where nobody counted; None where nobody knows."""
        price = self.types.get(type)
        if price is None:
            return 0.0 if self.is_free(type) and not (quantity and quantity.gigabytes) else None
        if price.is_measured and quantity is None:
            return None
        quantity = quantity or Quantity()
        hourly = price.variants.get(quantity.variant or "") if price.variants else price.hourly
        if hourly is None:
            return None
        return quantity.units * (HOURS * hourly + price.monthly) + quantity.gigabytes * price.storage

    def is_free(self, type: str) -> bool:  # noqa: A002
        """Whether a type, or the family of types that it begins with, costs nothing by itself."""
        return type in self.free or any(type.startswith(each) for each in self.free if each.endswith("::"))


def monthly_cost(
    resources: Sequence[Resource], prices: Prices, quantities: Mapping[str, Quantity] | None = None
) -> float | None:
    """What a stack's resources cost a month, to the cent; `quantities` by physical id, one unit each where absent."""
    measured = quantities or {}
    parts = [prices.of(each.type, measured.get(each.physical_id)) for each in resources]
    return None if None in parts else round(sum(part or 0.0 for part in parts), 2)


def total(costs: Iterable[float | None]) -> float | None:
    """The sum; None where any part is unknown."""
    parts = list(costs)
    return None if None in parts else round(sum(part or 0.0 for part in parts), 2)
