"""`make bench`: every benchmark, one after the other."""

import logging

import structlog

from tests.bench import deployment, door, engine, reaper, resync, walk


def main() -> None:
    """Run them; of the log only what is wrong is shown."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    walk.measure()
    deployment.measure()
    engine.measure()
    door.measure()
    resync.measure()
    reaper.measure()


if __name__ == "__main__":
    main()
