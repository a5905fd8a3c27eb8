"""The file of credentials: the JSON of the secret that `infra/mayfly.yaml` reads."""

import json
import os
from pathlib import Path

from app.core.errors import ConfigurationError
from app.github.registration import RegisteredApp


def keep(path: Path, app: RegisteredApp) -> None:
    """Write what is secret. Raises ConfigurationError where something stands there already."""
    content = {
        "MAYFLY_GITHUB__APP_ID": str(app.id),
        "MAYFLY_GITHUB__PRIVATE_KEY": app.private_key,
        "MAYFLY_GITHUB__WEBHOOK_SECRETS": app.webhook_secret,
    }
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written: {error.strerror}") from None
    with os.fdopen(descriptor, "w") as file:
        json.dump(content, file, indent=2)
        file.write("\n")


def check(path: Path) -> None:
    """Whether the file could be written, before an App is made whose key would be lost. Raises ConfigurationError."""
    if path.exists():
        raise ConfigurationError(f"{path} is there already; name another with --file, or move it away")
    if not os.access(path.parent, os.W_OK):
        raise ConfigurationError(f"{path.parent} cannot be written to; name another place with --file")
