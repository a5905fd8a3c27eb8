"""Samples, on both databases."""

from dataclasses import replace
from datetime import timedelta

from app.core.environment import Phase
from app.store.database import Database
from app.store.environments import save_environment
from app.store.retention import SAMPLES, forget_samples
from app.store.samples import Sample, last_sampled_at, list_samples, save_sample, take_sample
from tests.contract.records import ENVIRONMENT, NOW


class TestSamples:
    def test_what_is_gone_is_not_counted_and_unknown_costs_add_nothing(self, database: Database) -> None:
        with database.begin() as connection:
            save_environment(connection, replace(ENVIRONMENT, name="a", phase=Phase.READY, cost_per_month=3.5))
            save_environment(connection, replace(ENVIRONMENT, name="b", phase=Phase.READY, cost_per_month=None))
            save_environment(connection, replace(ENVIRONMENT, name="c", phase=Phase.LEAKED, cost_per_month=1.0))
            save_environment(connection, replace(ENVIRONMENT, name="d", phase=Phase.GONE, cost_per_month=100.0))
            assert take_sample(connection, NOW) == Sample(NOW, {"leaked": 1, "ready": 2}, 4.5)

    def test_a_house_of_which_no_cost_is_known_costs_nobody_knows_what(self, database: Database) -> None:
        with database.begin() as connection:
            save_environment(connection, replace(ENVIRONMENT, phase=Phase.READY, cost_per_month=None))
            assert take_sample(connection, NOW).cost_per_month is None

    def test_they_come_back_in_order_and_the_old_ones_go(self, database: Database) -> None:
        old, new = Sample(NOW - SAMPLES - timedelta(hours=1), {}, None), Sample(NOW, {"ready": 1}, 2.0)
        with database.begin() as connection:
            assert last_sampled_at(connection) is None
            for sample in (new, old):
                save_sample(connection, sample)
            assert last_sampled_at(connection) == NOW
            assert list_samples(connection, old.at) == [old, new]
            assert list_samples(connection, NOW - timedelta(days=1)) == [new]
            assert forget_samples(connection, NOW, 100) == 1
            assert list_samples(connection, old.at) == [new]
