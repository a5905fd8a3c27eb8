"""Marks carry their names into the store and onto the command line, so the names are held here."""

from app.core.mark import MarkKind


def test_the_names_are_those_of_the_commands_that_set_them() -> None:
    assert [kind.value for kind in MarkKind] == ["deploy", "destroy", "retry", "extend", "keep", "unkeep", "approve"]
