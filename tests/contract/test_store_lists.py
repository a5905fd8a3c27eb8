"""Many environments with few questions, and those of one repository."""

from dataclasses import replace
from datetime import timedelta

from app.core.environment import Phase
from app.store.database import Database
from app.store.environments import is_of, list_environments, outlines_of, save_environment, save_stack, stacks_of
from app.store.sources import save_source, sources_of, sources_of_all
from tests.contract.records import ENVIRONMENT, NOW, SOURCE, STACK


def _fill(database: Database) -> None:
    with database.begin() as connection:
        for number in range(4):
            name, born = f"SHOP-{number}", NOW + timedelta(microseconds=number // 2)
            save_environment(connection, replace(ENVIRONMENT, name=name, phase=Phase.READY, created_at=born))
            save_stack(connection, replace(STACK, environment=name))
            save_stack(connection, replace(STACK, environment=name, stack="bus"))
            repository = "acme/Shop" if number % 2 else "acme/till"
            save_source(connection, replace(SOURCE, repository=repository, pull_request=number), name, NOW)


class TestLists:
    def test_a_page_goes_on_after_the_one_before(self, database: Database) -> None:
        _fill(database)
        with database.read() as connection:
            first = list_environments(connection, most=3)
            last = (first[-1].created_at, first[-1].name)
            second = list_environments(connection, after=last, most=3)
        assert [each.name for each in first] == ["SHOP-2", "SHOP-3", "SHOP-0"]
        assert [each.name for each in second] == ["SHOP-1"]

    def test_those_of_a_repository_alone(self, database: Database) -> None:
        _fill(database)
        with database.read() as connection:
            assert [each.name for each in list_environments(connection, repository="ACME/shop")] == ["SHOP-3", "SHOP-1"]
            assert is_of(connection, "SHOP-1", "acme/SHOP")
            assert not is_of(connection, "SHOP-0", "acme/shop")
            assert not is_of(connection, "SHOP-404", "acme/shop")

    def test_all_at_once_are_the_same_as_one_by_one(self, database: Database) -> None:
        _fill(database)
        names = ["SHOP-0", "SHOP-3", "SHOP-404"]
        with database.read() as connection:
            outlines, sources = outlines_of(connection, names), sources_of_all(connection, names)
            for name in names:
                bare = [replace(each, outputs={}, resources=()) for each in stacks_of(connection, name)]
                assert (outlines[name], sources[name]) == (bare, list(sources_of(connection, name)))
