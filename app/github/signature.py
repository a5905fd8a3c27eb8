"""Whether a webhook was signed with one of our secrets.

`X-Hub-Signature-256` is `sha256=` and the hexadecimal HMAC-SHA256 of the raw body
(https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries). SHA-1 is not accepted. Everything is
compared as bytes and in constant time, before anything in the body is looked at.
"""

import hashlib
import hmac
import re
from collections.abc import Sequence

_FORM = re.compile(rb"sha256=([0-9a-f]{64})")


def matching_secret(signature: bytes, body: bytes, secrets: Sequence[bytes]) -> int | None:
    """Which of the secrets, from 0, signed the body; None where none did or the signature has another form."""
    found = _FORM.fullmatch(signature)
    if found is None:
        return None
    given = bytes.fromhex(found.group(1).decode())
    matches = [hmac.compare_digest(hmac.digest(secret, body, hashlib.sha256), given) for secret in secrets]
    return matches.index(True) if any(matches) else None


def sign(body: bytes, secret: str) -> str:
    """The header's value, as GitHub makes it."""
    return f"sha256={hmac.digest(secret.encode(), body, hashlib.sha256).hex()}"
