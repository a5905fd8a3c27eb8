"""The one request that turns a manifest's code into an App, with its key and secrets.

https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest: the code is good once and
for an hour, and the request needs no credentials.
"""

import re
from dataclasses import dataclass, field

import requests

from app.core.errors import PermanentError
from app.github.client import TIMEOUT_SECONDS, GitHubUnreachable

_CODE = re.compile(r"[A-Za-z0-9_-]{1,128}")


class RegistrationRefused(PermanentError):
    """GitHub made no App of the manifest."""


@dataclass(frozen=True)
class RegisteredApp:
    """A new App. What is secret is never shown, not even by `repr`."""

    id: int
    slug: str
    html_url: str
    webhook_secret: str = field(repr=False)
    private_key: str = field(repr=False)


def exchange_code(api_url: str, code: str) -> RegisteredApp:
    """Redeem the code. Raises RegistrationRefused or GitHubUnreachable."""
    if not _CODE.fullmatch(code):
        raise RegistrationRefused("what came back from GitHub is no code; begin again")
    try:
        answer = requests.post(
            f"{api_url.rstrip('/')}/app-manifests/{code}/conversions",
            headers={"accept": "application/vnd.github+json"},
            timeout=TIMEOUT_SECONDS,
        )
    except requests.RequestException as error:
        raise GitHubUnreachable(f"GitHub did not answer: {type(error).__name__}") from None
    if answer.status_code != 201:
        raise RegistrationRefused(f"GitHub answered {answer.status_code}; a code is good once and for an hour")
    told = answer.json()
    return RegisteredApp(told["id"], told["slug"], told["html_url"], told["webhook_secret"], told["pem"])
