"""The door's examination, from outside: reached under the public address, open to GitHub, shut to everybody else."""

import uuid
from collections.abc import Iterator

import requests

from app.core.diagnosis import Diagnosis, ill, unsure, well
from app.github.manifest import WEBHOOK_PATH
from app.github.signature import sign
from app.settings import Settings

SECONDS = 10
PING = b'{"zen":"Mayfly looks after itself.","hook_id":0}'


def examine_door(settings: Settings) -> Iterator[Diagnosis]:
    """Knock as GitHub would, and as a stranger would."""
    if settings.public_url is None:
        yield unsure("door", "its public address is not known", "set MAYFLY_PUBLIC_URL")
        return
    base = settings.public_url.rstrip("/")
    try:
        answer = requests.get(f"{base}/healthz", timeout=SECONDS)
    except requests.RequestException as error:
        remedy = "check the name, the certificate, and that `mayfly web` or `serve` runs"
        yield ill("door", f"{base} is not reached: {type(error).__name__}", remedy)
        return
    if answer.status_code != 200:
        yield ill("door", f"{base}/healthz answers {answer.status_code}", "is another program behind that address?")
        return
    yield well("door", f"{base} is reached")
    yield from _knock(settings, f"{base}{WEBHOOK_PATH}")


def _knock(settings: Settings, address: str) -> Iterator[Diagnosis]:
    for number, secret in enumerate(settings.github.webhook_secrets, 1):
        status = _deliver(address, sign(PING, secret.get_secret_value()))
        subject = f"webhook secret {number}"
        if status == 202:
            yield well(subject, "is taken")
        else:
            yield ill(subject, f"is answered {status}", "restart the door with the same settings as this command")
    status = _deliver(address, sign(PING, uuid.uuid4().hex))
    if status == 401:
        yield well("webhook signature", "a wrong one is refused")
    else:
        yield ill("webhook signature", f"a wrong one is answered {status}", "take the door off the network at once")


def _deliver(address: str, signature: str) -> int:
    headers = {
        "content-type": "application/json",
        "x-github-event": "ping",
        "x-github-delivery": str(uuid.uuid4()),
        "x-hub-signature-256": signature,
    }
    try:
        return requests.post(address, data=PING, headers=headers, timeout=SECONDS, allow_redirects=False).status_code
    except requests.RequestException:
        return 0
