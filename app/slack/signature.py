"""Whether a request was signed by Slack, for our app, just now.

`X-Slack-Signature` is `v0=` and the hexadecimal HMAC-SHA256 of `v0:<timestamp>:<raw body>`
(https://docs.slack.dev/authentication/verifying-requests-from-slack). The SDK's own verifier decodes the body, takes
any text for a number and compares text, each of which raises for what a stranger may send; here everything is bytes of
a known form, compared in constant time.
"""

import hashlib
import hmac
import re
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=5)
"""How far from now the moment of signing may be, as Slack advises."""

_SIGNATURE = re.compile(rb"v0=([0-9a-f]{64})")
_TIMESTAMP = re.compile(rb"[0-9]{1,12}")


def is_genuine(signature: bytes, timestamp: bytes, body: bytes, secret: bytes, now: datetime) -> bool:
    """Whether the signature is right and fresh; False for any that has another form."""
    found = _SIGNATURE.fullmatch(signature)
    if found is None or not _TIMESTAMP.fullmatch(timestamp):
        return False
    if abs(now.timestamp() - int(timestamp)) > WINDOW.total_seconds():
        return False
    given = bytes.fromhex(found.group(1).decode())
    return hmac.compare_digest(hmac.digest(secret, b"v0:" + timestamp + b":" + body, hashlib.sha256), given)
