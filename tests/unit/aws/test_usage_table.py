"""The register covers what it must, and the README shows it as it is."""

import re
from pathlib import Path

from app.aws.prices import prices_of
from app.aws.usage.naming import parts_of
from app.aws.usage.passive import is_passive
from app.aws.usage.register import BY_TYPE, KINDS
from app.aws.usage.table import markdown_of
from app.core.stack import Resource

README = Path(__file__).parents[3] / "README.md"


def test_the_readme_shows_the_register() -> None:
    table = markdown_of(prices_of("us-east-1"))
    assert table in README.read_text(), f"put this into the README:\n{table}"


def test_the_register_has_at_least_twenty_five_types_each_once() -> None:
    assert len(KINDS) == len(BY_TYPE) >= 25


def test_each_type_has_signals_or_a_fact_and_a_trap() -> None:
    for kind in KINDS:
        assert kind.trap
        assert kind.signals or kind.needs == "secret"
        assert not is_passive(kind.type)


def test_each_dimension_can_be_filled_from_a_physical_id() -> None:
    for kind in KINDS:
        known = {*parts_of(Resource("R", kind.type, "some-thing")), "account", "api_name"}
        for signal in kind.signals:
            wanted = {name for form in signal.dimensions.values() for name in re.findall(r"{(\w+)}", form)}
            assert kind.needs == "bus" or wanted <= known, kind.type
