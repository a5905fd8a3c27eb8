"""Commit statuses and check runs.

Check runs are for apps alone. Limits: 140 characters in a status' description, 65,535 in a summary or text, 50
annotations in a request. Source: GitHub's pages on commit statuses and on check runs.
"""

from typing import Any

from starlette.responses import JSONResponse

from app.sandbox.github.payloads.checks import tell_check_run, tell_combined_status, tell_status
from app.sandbox.github.payloads.site import stamp
from app.sandbox.github.routes.call import REPOSITORY, Call, Refusal, Route, invalid
from app.sandbox.github.world import CheckRun, Status

_STATES = ("error", "failure", "pending", "success")
_CONCLUSIONS = ("success", "failure", "neutral", "cancelled", "skipped", "timed_out", "action_required")
_RUN_STATES = ("queued", "in_progress", "completed")
_LONGEST_OUTPUT = 65535
_MOST_ANNOTATIONS = 50


def create_status(call: Call) -> Any:
    """Set a commit's status for one context."""
    commit, state = call.commit(call.parts["sha"]), call.choice("Status", "state", _STATES)
    description = call.optional("description", str)
    if description and len(description) > 140:
        raise invalid("Status", "description", "description is too long (maximum is 140 characters)")
    context, url = call.optional("context", str) or "default", call.optional("target_url", str)
    now, creator = call.world.now(), call.caller.user
    status = Status(call.world.next_id(), commit.sha, state, context, description, url, creator, now)
    call.repository.statuses.append(status)
    return JSONResponse(tell_status(call.site, call.repository, status), 201)


def list_statuses(call: Call) -> Any:
    """Every status of a commit, newest first."""
    return call.paged(_statuses(call)[::-1], lambda status: tell_status(call.site, call.repository, status))


def get_combined_status(call: Call) -> Any:
    """What all contexts together say of a commit."""
    sha = call.commit(call.parts["ref"]).sha
    return tell_combined_status(call.site, call.repository, sha, _statuses(call))


def create_check_run(call: Call) -> Any:
    """Start a check run on a commit."""
    _refuse_person(call)
    name, commit = call.text("CheckRun", "name"), call.commit(call.text("CheckRun", "head_sha"))
    _check(call)
    same = [run.suite_id for run in call.repository.check_runs.values() if run.sha == commit.sha]
    suite = same[0] if same else call.world.next_id()
    run = CheckRun(call.world.next_id(), suite, commit.sha, name, {}, call.world.now())
    call.repository.check_runs[run.id] = run
    _update(call, run)
    return JSONResponse(tell_check_run(call.site, call.world, call.repository, run), 201)


def edit_check_run(call: Call) -> Any:
    """Say more of a check run; annotations add up."""
    _refuse_person(call)
    run = call.one(call.repository.check_runs, call.parts["id"])
    _check(call)
    _update(call, run)
    return get_check_run(call)


def get_check_run(call: Call) -> Any:
    """One check run."""
    run = call.one(call.repository.check_runs, call.parts["id"])
    return tell_check_run(call.site, call.world, call.repository, run)


def list_check_runs(call: Call) -> Any:
    """The check runs of a commit: of each name the latest, unless `filter=all`."""
    sha, name = call.commit(call.parts["ref"]).sha, call.query.get("check_name")
    runs = [r for r in call.repository.check_runs.values() if r.sha == sha and name in {None, r.name}]
    if call.query.get("filter", "latest") == "latest":
        runs = list({run.name: run for run in runs}.values())
    return call.paged(runs, lambda run: tell_check_run(call.site, call.world, call.repository, run), "check_runs")


def _statuses(call: Call) -> list[Status]:
    sha = call.commit(call.parts["ref"]).sha
    return [status for status in call.repository.statuses if status.sha == sha]


def _refuse_person(call: Call) -> None:
    if not call.is_app:
        raise Refusal(403, "You must authenticate via a GitHub App.")


def _check(call: Call) -> None:
    output = call.optional("output", dict) or {}
    for field in ("summary", "text"):
        if len(output.get(field) or "") > _LONGEST_OUTPUT:
            raise invalid("CheckRun", field, f"Only {_LONGEST_OUTPUT} characters are allowed; {field} was longer.")
    if len(output.get("annotations") or []) > _MOST_ANNOTATIONS:
        raise invalid("CheckRun", "annotations", f"No more than {_MOST_ANNOTATIONS} annotations a request.")
    if output and not output.get("summary"):
        raise invalid("CheckRun", "summary", "summary must be given with output.")
    if call.body.get("status"):
        call.choice("CheckRun", "status", _RUN_STATES)
    if call.body.get("conclusion"):
        call.choice("CheckRun", "conclusion", _CONCLUSIONS)


def _update(call: Call, run: CheckRun) -> None:
    """Set what the caller sends. A run that was completed keeps its status and conclusion, unless it gets another."""
    output, told = call.body.get("output") or {}, dict(call.body)
    if run.fields.get("status") == "completed" and not told.get("conclusion"):
        told.pop("status", None)
    run.fields.update(told)
    run.name = call.body.get("name") or run.name
    run.annotations.extend(output.get("annotations") or [])
    if call.body.get("conclusion"):
        run.fields["status"] = "completed"
        run.fields.setdefault("completed_at", stamp(call.world.now()))


_COMMIT = REPOSITORY + "/commits/{ref:path}"

ROUTES: tuple[Route, ...] = (
    ("POST", REPOSITORY + "/statuses/{sha}", create_status),
    ("GET", REPOSITORY + "/statuses/{ref:path}", list_statuses),
    ("GET", _COMMIT + "/status", get_combined_status),
    ("GET", _COMMIT + "/statuses", list_statuses),
    ("POST", REPOSITORY + "/check-runs", create_check_run),
    ("PATCH", REPOSITORY + "/check-runs/{id:int}", edit_check_run),
    ("GET", REPOSITORY + "/check-runs/{id:int}", get_check_run),
    ("GET", _COMMIT + "/check-runs", list_check_runs),
)
