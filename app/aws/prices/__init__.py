"""List prices: the dated table beside this module (`list.yaml`), read once.

It is data on purpose: refreshing a price is a line in a file with its date, and no scan waits for the Price List API.
"""

from datetime import date
from functools import cache
from importlib.resources import files

import yaml

from app.core.cost import Price, Prices


@cache
def prices_of(region: str) -> Prices:
    """The prices that are known for a region; what is not is absent, and reads as unknown."""
    table = yaml.safe_load(files(__name__).joinpath("list.yaml").read_text())
    known = {**table["everywhere"], **table["regions"].get(region, {})}
    free = frozenset(table["free"])
    as_of: date = table["as_of"]
    return Prices(region, as_of, {name: Price(**price) for name, price in known.items()}, free)
