"""Secrecy: values that look like secrets are never shown.

CloudFormation's NoEcho hides parameters, not outputs, so an output can carry a password. Masking is by the look of the
value and by the name of the key; it is applied once, where the announcement is built, and so holds in every place.
"""

import re

MASK = "•••••• (hidden: looks like a secret)"

_VALUE = re.compile(
    r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"  # access key ids
    r"|\bgh[opsur]_[A-Za-z0-9_.-]{16,}"  # GitHub tokens, of any length
    r"|\bgithub_pat_\w{16,}"
    r"|\bxox[abeoprs]-[A-Za-z0-9-]{10,}"  # Slack tokens
    r"|-----BEGIN [A-Z ]*PRIVATE KEY"
    r"|://[^/\s:@]*:[^/\s@]+@"  # an address with a password in it
    r"|://hooks\.slack\.com/(?:services|workflows|triggers)/\w"  # an address that is a key by itself
    r"|[?&]X-Amz-Signature="
    r"|\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}"  # signed web tokens
)
_KEY = re.compile(
    r"password|passwd|secret(?!s?(?:arn|name|id)\b)|private_?key|access_?key|api_?key|token", re.IGNORECASE
)


def looks_secret(key: str, value: str) -> bool:
    """Whether an output should be hidden: by its value, or by a key that names a secret and is no mere reference."""
    if _VALUE.search(value):
        return True
    return bool(_KEY.search(key)) and not value.startswith(("arn:", "https://", "http://"))


def mask(key: str, value: str) -> str:
    """The value, or a mask where it looks like a secret."""
    return MASK if looks_secret(key, value) else value
