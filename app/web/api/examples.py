"""An example of each answer, for the description of the API; the tests hold them against the shapes."""

from typing import Any

from pydantic import BaseModel

from app.web.api.shapes import EnvironmentsShape, FindingsShape, OutputsShape, WholeEnvironmentShape

_STACK = "arn:aws:cloudformation:eu-west-1:123456789012:stack/SHOP-42/6f9e"
_COMMIT = "3f2a9c1e5b7d4a6f8e0c2b4d6a8f0e1c3b5d7a9f"
_AT = "2026-11-23T08:30:15Z"
_URL = "https://d3f4.execute-api.eu-west-1.amazonaws.com"

ENVIRONMENT: dict[str, Any] = {
    "name": "SHOP-42",
    "ticket": "SHOP-42",
    "phase": "ready",
    "reason": "stands at 3f2a9c1",
    "sources": [
        {
            "repository": "acme/shop",
            "pull_request": 57,
            "branch": "SHOP-42-basket",
            "commit": _COMMIT,
            "author": "ada",
            "draft": True,
            "fork": False,
        }
    ],
    "stacks": [
        {
            "name": "SHOP-42",
            "id": _STACK,
            "status": "CREATE_COMPLETE",
            "account": "123456789012",
            "region": "eu-west-1",
        }
    ],
    "created_at": _AT,
    "last_activity_at": _AT,
    "expires_at": "2026-11-26T08:30:15Z",
    "keep_until": None,
    "cost_per_month": 3.5,
}

WHOLE_ENVIRONMENT: dict[str, Any] = {
    **ENVIRONMENT,
    "resources": [
        {
            "stack": "SHOP-42",
            "logical_id": "Orders",
            "type": "AWS::DynamoDB::Table",
            "physical_id": "SHOP-42-Orders-1A2B",
            "status": "CREATE_COMPLETE",
        }
    ],
    "deployments": [
        {
            "id": "SHOP-42-3f2a9c1-1",
            "commit": _COMMIT,
            "outcome": "succeeded",
            "started_at": _AT,
            "ended_at": "2026-11-23T08:32:40Z",
            "cause": None,
        }
    ],
    "decisions": [
        {
            "at": _AT,
            "subject": "SHOP-42",
            "phase": "creating",
            "reason": "brings 3f2a9c1",
            "actions": ["create SHOP-42"],
            "actor": "mayfly",
        }
    ],
}

OUTPUTS: dict[str, Any] = {
    "environment": "SHOP-42",
    "ready": True,
    "commit": _COMMIT,
    "outputs": {"ApiUrl": _URL},
    "stacks": {"SHOP-42": {"account": "123456789012", "region": "eu-west-1", "outputs": {"ApiUrl": _URL}}},
}

FINDINGS: dict[str, Any] = {
    "round": None,
    "findings": [
        {
            "rule": "idle",
            "verdict": "unused",
            "state": "flagged",
            "kind": "stack",
            "subject": "SHOP-42",
            "stack_id": _STACK,
            "stack_name": "SHOP-42",
            "resource_arn": None,
            "resource_type": None,
            "account": "123456789012",
            "region": "eu-west-1",
            "environment": "SHOP-42",
            "ticket": "SHOP-42",
            "owner": "ada",
            "pull_request": 57,
            "reason": "Nothing in it was used for 14 days.",
            "evidence": [
                {"signal": "Invocations", "resource": "SHOP-42-Api", "last_used_at": None, "value": None},
            ],
            "cost_per_month": 3.5,
            "first_seen_at": _AT,
            "due_at": None,
        }
    ],
}

EXAMPLES: dict[type[BaseModel], dict[str, Any]] = {
    EnvironmentsShape: {"environments": [ENVIRONMENT]},
    WholeEnvironmentShape: WHOLE_ENVIRONMENT,
    OutputsShape: OUTPUTS,
    FindingsShape: FINDINGS,
}

PROBLEMS = {
    401: "a token is needed here: make a token with `mayfly token create --name ci` and send it as `Authorization: "
    "Bearer mfy_...`",
    403: "the workflow of acme/shop sees its repository's environments alone; ask for one of them by its name",
    404: "there is no environment 'SHOP-42'; /api/v1/environments lists those there are",
    422: "the query parameter limit: input should be less than or equal to 500",
    429: "too many requests; ask again in 1 s",
    503: "the database does not answer; ask again in a few seconds",
}
"""The detail of a problem of each status."""
