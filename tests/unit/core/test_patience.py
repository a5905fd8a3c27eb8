"""How long to wait after failures."""

from datetime import timedelta

import pytest

from app.core.patience import pause_after


@pytest.mark.parametrize(("failures", "seconds"), [(0, 2), (1, 2), (2, 4), (8, 256), (9, 300), (10**9, 300)])
def test_each_pause_is_longer_up_to_five_minutes(failures: int, seconds: int) -> None:
    assert pause_after(failures) == timedelta(seconds=seconds)
