"""GitHub's examination: whether we are who we say, may what we need, and are told what happens."""

from collections.abc import Iterator, Sequence
from typing import Any

from app.core.diagnosis import Diagnosis, ill, missing, unsure, well
from app.core.errors import MayflyError
from app.github.client import GitHub
from app.github.manifest import EVENTS, WEBHOOK_PATH, lacking
from app.settings import Settings

LOG = 50
"""So many of GitHub's latest deliveries are looked at."""


def examine_github(settings: Settings, github: GitHub) -> Iterator[Diagnosis]:
    """As an App or with a token, whichever is configured. Raises MayflyError where GitHub does not answer."""
    if github.is_app:
        yield from _examine_app(settings, github)
    else:
        yield from _examine_token(settings, github)


def _examine_app(settings: Settings, github: GitHub) -> Iterator[Diagnosis]:
    app = github.ask_app("GET", "/app")
    yield well("github app", f"{app['slug']}, installed {app.get('installations_count', '?')} times")
    yield _permissions(dict(app.get("permissions", {})))
    yield _events(list(app.get("events", [])))
    yield _hook(settings, github.ask_app("GET", "/app/hook/config"))
    yield _deliveries(github.ask_app("GET", "/app/hook/deliveries", parameters={"per_page": LOG}))
    yield _installations(github.installed_repositories(), settings.github.repositories)


def _permissions(granted: dict[str, str]) -> Diagnosis:
    absent = lacking(granted)
    if not absent:
        return well("github permissions", "all that are needed")
    remedy = "grant them under Permissions & events, then accept them where the App is installed"
    return ill("github permissions", f"missing: {', '.join(absent)}", remedy)


def _events(subscribed: Sequence[str]) -> Diagnosis:
    absent = missing(EVENTS, subscribed)
    if not absent:
        return well("github events", "all that are needed")
    return ill("github events", f"missing: {', '.join(absent)}", "subscribe to them under Permissions & events")


def _hook(settings: Settings, config: Any) -> Diagnosis:
    url, wanted = str(config.get("url", "")), f"{(settings.public_url or '').rstrip('/')}{WEBHOOK_PATH}"
    if str(config.get("insecure_ssl", "0")) != "0":
        return ill("github webhook", "GitHub does not check our certificate", "enable SSL verification of the App")
    if config.get("content_type") != "json":
        return ill("github webhook", "does not come as JSON", "set the App's content type to application/json")
    if settings.public_url is None:
        return unsure("github webhook", f"goes to {url}", "set MAYFLY_PUBLIC_URL to have it compared")
    if url != wanted:
        return ill("github webhook", f"goes to {url}, not to {wanted}", "change the App's webhook URL")
    return well("github webhook", f"goes to {url}")


def _deliveries(latest: Sequence[Any]) -> Diagnosis:
    failed = [each for each in latest if not 200 <= int(each.get("status_code") or 0) < 300]
    if not latest:
        return unsure("github deliveries", "GitHub has delivered nothing yet")
    if not failed:
        return well("github deliveries", f"the last {len(latest)} arrived")
    worst = failed[0]
    text = (
        f"{len(failed)} of the last {len(latest)} failed, the newest with {worst.get('status_code') or worst['status']}"
    )
    return ill("github deliveries", text, "look at the door's log; what was missed is recovered by itself")


def _installations(reached: Sequence[str], allowed: Sequence[str]) -> Diagnosis:
    if not reached:
        return ill("github repositories", "the App is installed nowhere", "install it on your repositories")
    absent = missing(allowed, reached)
    if absent:
        return ill("github repositories", f"not reached: {', '.join(absent)}", "install the App on them")
    return well("github repositories", f"{len(reached)} reached")


def _examine_token(settings: Settings, github: GitHub) -> Iterator[Diagnosis]:
    if not settings.github.repositories:
        yield unsure("github token", "is set", "name repositories in MAYFLY_GITHUB__REPOSITORIES to have it tried")
        return
    for repository in settings.github.repositories:
        yield _access(github, repository)


def _access(github: GitHub, repository: str) -> Diagnosis:
    subject = f"github {repository}"
    try:
        found = github.get(repository, "")
    except MayflyError as fault:
        return ill(subject, str(fault), "give the token access to the repository")
    if found is None:
        return ill(subject, "is not shown to this token", "give the token access to the repository")
    if not dict(found.get("permissions") or {}).get("push"):
        return ill(subject, "can be read only", "comments and statuses need write access")
    return well(subject, "can be read and written")
