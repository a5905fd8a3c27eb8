"""A process with an engine in it, for tests that kill it: `python -m tests.contract.engine_process URL FOLDER NAME`.

Each pass adds the line `NAME KEY` to FOLDER/passes, and then waits while FOLDER/hold is there.
"""

import signal
import sys
import threading
import time
from pathlib import Path

from app.store.database import Database
from app.store.wake import Kind, Wakes
from workers.engine import Engine


def main(url: str, folder: Path, name: str) -> None:
    """Run passes until SIGTERM."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())

    def run(key: str) -> None:
        with (folder / "passes").open("a") as record:
            record.write(f"{name} {key}\n")
        while (folder / "hold").exists():
            time.sleep(0.01)

    database = Database(url)
    wakes = Wakes(database)
    engine = Engine(database, wakes, dict.fromkeys(Kind, run))
    engine.start()
    (folder / f"{name}.up").touch()
    stop.wait()
    engine.stop()
    wakes.close()
    database.close()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
