"""The logbook: one JSON line per event on standard error, or a readable one on a terminal.

JSON escapes whatever hostile text contains, and no local variables are ever printed with a trace, since they may hold
a token.
"""

import logging
import sys

import structlog


def open_logbook() -> None:
    """Set up logging for the whole process."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    for noisy in ("alembic", "botocore", "urllib3", "github", "slack_sdk", "dbos"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    is_terminal = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([] if is_terminal else [structlog.processors.format_exc_info]),
            structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
            if is_terminal
            else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
