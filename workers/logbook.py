"""The logbook: one JSON line per event on standard error, or a readable one on a terminal.

What libraries log takes the same way. JSON escapes whatever hostile text contains, and no local variables are ever
printed with a trace, since they may hold a token.
"""

import logging
import sys
from collections.abc import Sequence

import structlog

_BEFORE: Sequence[structlog.typing.Processor] = (
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


def open_logbook() -> None:
    """Set up logging for the whole process."""
    after = _for_people() if sys.stderr.isatty() else _for_machines()
    _take_in_libraries(after)
    structlog.configure(
        processors=[*_BEFORE, *after],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def _for_machines() -> Sequence[structlog.typing.Processor]:
    return (structlog.processors.format_exc_info, structlog.processors.JSONRenderer())


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
