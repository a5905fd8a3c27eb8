"""Stop: on SIGTERM `mayfly serve` ends within seconds, says nothing wrong, and leaves its work for the next start."""

import time

from tests.scenarios.world import World, until


def test_work_under_way_is_left_and_taken_up_again(fresh_world: World) -> None:
    fresh_world.start()
    with fresh_world.aws.control.holding("create"):
        number = fresh_world.open("SHOP-701")
        until(lambda: "SHOP-701" in fresh_world.stacks(), "the creation has begun")
        began = time.monotonic()
        assert fresh_world.stop() == 0
        assert time.monotonic() - began < 10
    assert "Traceback" not in fresh_world.log_file.read_text()
    fresh_world.start()
    fresh_world.wait_for("SHOP-701", "ready")
    fresh_world.told("SHOP-701", number, "is ready")
    assert fresh_world.calls("CreateStack") == 1


def test_a_start_after_a_stop_waits_for_nobody(fresh_world: World) -> None:
    fresh_world.start()
    fresh_world.stop()
    fresh_world.start()
    fresh_world.open("SHOP-702")
    fresh_world.wait_for("SHOP-702", "ready")
    assert [line for line in fresh_world.log if "took over" in str(line.get("event"))] == []
