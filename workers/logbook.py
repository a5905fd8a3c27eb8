"""The logbook: one JSON line per event on standard error, or a readable one on a terminal.

What libraries log takes the same way. JSON escapes whatever hostile text contains, and no local variables are ever
printed with a trace, since they may hold a token.
"""

import atexit
import json
import logging
import sys
import threading
import time
from collections.abc import Sequence
from typing import Any, TextIO

import structlog

MOMENT = 0.05
"""Seconds that a line may wait before it is written."""

_BEFORE: Sequence[structlog.typing.Processor] = (
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


def open_logbook() -> None:
    """Set up logging for the whole process."""
    paper = Paper(sys.stderr)
    after = _for_people() if sys.stderr.isatty() else _for_machines()
    _take_in_libraries(after)
    structlog.configure(
        processors=[*_BEFORE, *after],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: paper,
        cache_logger_on_first_use=True,
    )


class Paper:
    """A stream that is written to a few times a second: with every line, the log would cost more than the work.

    A warning, and all that came before it, is written at once; of the rest a process that is killed loses a moment.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lines: list[str] = []
        self._lock = threading.Lock()
        self._written = threading.Event()
        self._thread: threading.Thread | None = None

    def info(self, line: str) -> None:
        """A line that may wait."""
        with self._lock:
            self._lines.append(line)
            if self._thread is None:
                atexit.register(self.flush)
                self._thread = threading.Thread(target=self._write_on, name="logbook", daemon=True)
                self._thread.start()
        if not self._written.is_set():
            self._written.set()

    def warning(self, line: str) -> None:
        """A line that may not."""
        with self._lock:
            self._lines.append(line)
        self.flush()

    debug = msg = log = info
    error = critical = fatal = failure = exception = err = warn = warning

    def flush(self) -> None:
        """Write what waits."""
        with self._lock:
            lines, self._lines = self._lines, []
            if lines:
                self._stream.write("\n".join(lines) + "\n")
                self._stream.flush()

    def _write_on(self) -> None:
        while self._written.wait():
            time.sleep(MOMENT)
            self._written.clear()
            self.flush()


_ENCODER = json.JSONEncoder(default=repr)


def _to_json(event: Any, **_: Any) -> str:
    return _ENCODER.encode(event)


def _for_machines() -> Sequence[structlog.typing.Processor]:
    return (structlog.processors.format_exc_info, structlog.processors.JSONRenderer(_to_json))


def _for_people() -> Sequence[structlog.typing.Processor]:
    return (structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),)


def _take_in_libraries(after: Sequence[structlog.typing.Processor]) -> None:
    """Warnings and worse of every library, in the same form as our own lines."""
    remove = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*_BEFORE, structlog.stdlib.ExtraAdder()], processors=[remove, *after]
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
    for name in ("alembic", "botocore", "urllib3", "github", "slack_sdk", "dbos"):
        logging.getLogger(name).setLevel(logging.WARNING)
    engine = logging.getLogger("dbos")  # adds a handler of its own where it finds none
    engine.propagate = False
    engine.handlers = [handler]
