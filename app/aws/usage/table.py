"""The register as a table, one line for each type: what the README shows, held to the register by a test."""

from app.aws.usage.register import KINDS
from app.aws.usage.signal import Kind, Signal
from app.core.cost import Price, Prices

HEAD = ("type", "signals of use", "statistic", "trap", "at rest, $ a month")


def rows_of(prices: Prices) -> list[tuple[str, ...]]:
    """One row for each type, with the prices of one region."""
    return [_row(kind, prices) for kind in KINDS]


def markdown_of(prices: Prices) -> str:
    """The whole table."""
    lines = [HEAD, tuple("---" for _ in HEAD), *rows_of(prices)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _row(kind: Kind, prices: Prices) -> tuple[str, ...]:
    signals = "; ".join(_signal(signal) for signal in kind.signals) or "the date of its last reading"
    statistics = ", ".join(dict.fromkeys(signal.statistic for signal in kind.signals)) or "-"
    return (f"`{kind.type.removeprefix('AWS::')}`", signals, statistics, kind.trap, _price(kind.type, prices))


def _signal(signal: Signal) -> str:
    further = f" by {', '.join(signal.series_by)}" if signal.series_by else ""
    above = f" > {signal.above:g} a day" if signal.above and signal.statistic == "Sum" else ""
    return f"{signal.title}{further}{above}"


def _price(type: str, prices: Prices) -> str:  # noqa: A002 - CloudFormation's word for it
    price = prices.types.get(type)
    if price is None:
        return "0" if prices.is_free(type) else "unknown"
    return ", ".join(_parts(price)) or "0"


def _parts(price: Price) -> list[str]:
    each = " each" if price.is_measured else ""
    parts = [f"{name} {730 * hourly:.2f}" for name, hourly in price.variants.items()]
    standing = 730 * price.hourly + price.monthly
    return [
        *parts,
        *([f"{standing:.2f}{each}"] if standing else []),
        *([f"{price.storage:g}/GB"] if price.storage else []),
    ]
