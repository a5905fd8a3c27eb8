"""The errors that cross rooms.

    MayflyError
    ├── ConfigurationError    the operator must change a setting
    ├── TransientError        the same call may work later; `retry_after` says when, where it is known
    └── PermanentError        the same call will never work; somebody must change something

The docstring of a class is its message where none is given, so each error has one sentence in one place. Whatever is
an expected outcome ("the stack does not exist") is a value and no exception.
"""

from datetime import timedelta


class MayflyError(Exception):
    """Something went wrong."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or "").strip().splitlines()[0])


class ConfigurationError(MayflyError):
    """A setting is missing or wrong."""


class TransientError(MayflyError):
    """A service did not answer; the same call may work later."""

    def __init__(self, message: str | None = None, retry_after: timedelta | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class PermanentError(MayflyError):
    """The request can never work as it stands."""
