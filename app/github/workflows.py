"""Which repository's GitHub Actions workflow asks: the identity token that GitHub gave it, checked by GitHub's keys.

A job with `permissions: id-token: write` asks for a token with the audience `mayfly`; its claim `repository` is what
GitHub says. Source: https://docs.github.com/en/actions/reference/security/oidc. Whose word counts follows from where
the API is (`issuer_of`), and what the issuer says of itself must agree; keys are fetched from its own host alone. A key
that is not known is looked for at most once a minute, whoever asks how often.
"""

import json
import re
import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import jwt
import requests

from app.core.errors import PermanentError, TransientError

AUDIENCE = "mayfly"
TIMEOUT_SECONDS = 5
KEPT = timedelta(hours=1)
"""GitHub's keys are asked for anew after so long, so that one that was withdrawn is believed no longer."""
PAUSE = timedelta(minutes=1)
"""Between two looks for a key that is not known, or after one that failed."""
LEEWAY = timedelta(seconds=60)
"""Clocks differ."""
LARGEST = 256 * 1024

_FORM = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_CLAIMS = ["iss", "aud", "exp", "iat", "repository"]


class ForgedIdentity(PermanentError):
    """The token is none that GitHub gave to a workflow for Mayfly."""


class KeysUnreachable(TransientError):
    """GitHub's keys cannot be fetched."""


def is_identity(token: str) -> bool:
    """Whether it has the form of such a token."""
    return _FORM.fullmatch(token) is not None


def issuer_of(api_url: str) -> str:
    """Who gives workflows their tokens where the API is at `api_url`.

    github.com, ghe.com and a GitHub Enterprise Server each have a place of their own; anything else, a stand-in, speaks
    for itself. Source: https://docs.github.com/en/enterprise-server@latest/actions/reference/security/oidc.
    """
    parts = urlsplit(api_url.rstrip("/"))
    host = parts.netloc.lower()
    if host == "api.github.com":
        return "https://token.actions.githubusercontent.com"
    if host.startswith("api.") and host.endswith(".ghe.com"):
        return f"https://token.actions.{host.removeprefix('api.')}"
    if parts.path == "/api/v3":
        return f"{parts.scheme}://{parts.netloc}/_services/token"
    return api_url.rstrip("/")


class Workflows:
    """Knows the workflows by their tokens. Safe to use from many threads; one at a time asks for the keys."""

    def __init__(self, api_url: str) -> None:
        self.issuer = issuer_of(api_url)
        self._keys: Mapping[str, jwt.PyJWK] = {}
        self._fetched_at = self._tried_at = datetime.min.replace(tzinfo=UTC)
        self._lock = threading.Lock()

    def repository(self, token: str, now: datetime) -> str:
        """Whose workflow comes with the token. Raises ForgedIdentity or KeysUnreachable."""
        try:
            kid = str(jwt.get_unverified_header(token).get("kid", ""))
            claims = self._read(token, self._key(kid, now))
        except jwt.PyJWTError as error:
            raise ForgedIdentity(f"GitHub's token is not good: {str(error)[:100]}") from None
        _check_times(claims, now)
        if not isinstance(claims["repository"], str) or "/" not in claims["repository"]:
            raise ForgedIdentity("GitHub's token is not good: it names no repository")
        return claims["repository"]

    def _read(self, token: str, key: jwt.PyJWK) -> dict[str, Any]:
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=["RS256"],
            audience=AUDIENCE,
            issuer=self.issuer,
            options={"require": _CLAIMS, "verify_exp": False, "verify_nbf": False, "verify_iat": False},
        )
        return claims

    def _key(self, kid: str, now: datetime) -> jwt.PyJWK:
        with self._lock:
            is_due = now - self._fetched_at >= KEPT or kid not in self._keys
            if is_due and now - self._tried_at >= PAUSE:
                self._tried_at = now
                self._keys, self._fetched_at = _fetch_keys(self.issuer), now
            if now - self._fetched_at >= KEPT:
                raise KeysUnreachable("GitHub's keys could not be fetched", PAUSE)
            if kid not in self._keys:
                raise ForgedIdentity("GitHub's token is not good: none of GitHub's keys signed it")
            return self._keys[kid]


def _check_times(claims: Mapping[str, Any], now: datetime) -> None:
    times = {name: claims[name] for name in ("iat", "nbf", "exp") if name in claims}
    if not all(isinstance(time, int | float) for time in times.values()):
        raise ForgedIdentity("GitHub's token is not good: its times cannot be read")
    moment, leeway = now.timestamp(), LEEWAY.total_seconds()
    if times["exp"] <= moment - leeway:
        raise ForgedIdentity("GitHub's token is not good: it has expired; ask GitHub for a new one in each job")
    if max(times["iat"], times.get("nbf", times["iat"])) > moment + leeway:
        raise ForgedIdentity("GitHub's token is not good: it is not valid yet")


def _fetch_keys(issuer: str) -> dict[str, jwt.PyJWK]:
    told = _fetch(f"{issuer}/.well-known/openid-configuration")
    place = str(told.get("jwks_uri", ""))
    here, there = urlsplit(issuer), urlsplit(place)
    if told.get("issuer") != issuer or (here.scheme, here.netloc) != (there.scheme, there.netloc):
        raise KeysUnreachable(f"what {issuer} says of itself does not agree with MAYFLY_GITHUB__API_URL", PAUSE)
    try:
        keys = jwt.PyJWKSet.from_dict(_fetch(place)).keys
    except jwt.PyJWTError:
        raise KeysUnreachable("GitHub's keys cannot be read", PAUSE) from None
    return {str(key.key_id): key for key in keys if key.key_type == "RSA"}


def _fetch(url: str) -> dict[str, Any]:
    try:
        with requests.get(url, timeout=TIMEOUT_SECONDS, allow_redirects=False, stream=True) as answer:
            content = answer.raw.read(LARGEST, decode_content=True)
            told = json.loads(content) if answer.status_code == 200 else None
    except (requests.RequestException, OSError, ValueError) as error:
        raise KeysUnreachable(f"GitHub's keys could not be fetched: {type(error).__name__}", PAUSE) from None
    if not isinstance(told, dict):
        raise KeysUnreachable(f"GitHub's keys could not be fetched: it answered {answer.status_code}", PAUSE)
    return told
