"""Deployed APIs that can be called: routes of HTTP APIs, and addresses that this machine can open.

SAM describes an HTTP API by an OpenAPI body, which the emulator does not read for that type; and it gives addresses
below `execute-api`, which no resolver here knows. Templates stay as they are for AWS: what they put together in an
output is turned into this stand-in's own address.
"""

# ruff: noqa: SLF001  the engine has no public seams

import json
import re
from collections.abc import Callable
from typing import Any

from ministack import app
from ministack.services import apigateway
from ministack.services.cloudformation import provisioners, stacks

HTTP_API = "AWS::ApiGatewayV2::Api"
_METHODS = {"get", "put", "post", "delete", "patch", "head", "options"}
_ANY = "x-amazon-apigateway-any-method"
_INTEGRATION = "x-amazon-apigateway-integration"


def install(endpoint_url: str) -> None:
    """Stand before the emulator's provisioner and its router; `endpoint_url` is where this stand-in answers."""
    api = provisioners._RESOURCE_HANDLERS[HTTP_API]
    api["create"] = _created(api["create"])
    api["update"] = _updated(api["update"])
    app._parse_execute_api_url = _with_root(app._parse_execute_api_url)
    stacks._resolve_stack_outputs = _reachable(stacks._resolve_stack_outputs, endpoint_url)


def _created(create: Callable[..., tuple[str, dict]]) -> Callable[..., tuple[str, dict]]:
    def created(logical_id: str, properties: dict, stack: str) -> tuple[str, dict]:
        api_id, attributes = create(logical_id, properties, stack)
        _import(api_id, properties.get("Body") or {})
        return api_id, attributes

    return created


def _updated(update: Callable[..., tuple[str, dict]]) -> Callable[..., tuple[str, dict]]:
    def updated(physical_id: str, old: dict, new: dict, *rest: Any) -> tuple[str, dict]:
        api_id, attributes = update(physical_id, old, new, *rest)
        if new.get("Body") and (new["Body"] != old.get("Body") or api_id != physical_id):
            apigateway._routes[api_id] = {}
            apigateway._integrations[api_id] = {}
            _import(api_id, new["Body"])
        return api_id, attributes

    return updated


def _import(api_id: str, body: dict) -> None:
    """Make the routes and integrations that an OpenAPI body describes."""
    for path, operations in body.get("paths", {}).items():
        for method, operation in operations.items():
            if method in _METHODS or method == _ANY:
                target = _integrate(api_id, operation.get(_INTEGRATION, {}))
                apigateway._create_route(api_id, {"routeKey": _route_key(method, path), "target": target})


def _route_key(method: str, path: str) -> str:
    if path in {"$default", "/$default"}:
        return "$default"
    return f"{'ANY' if method == _ANY else method.upper()} {path}"


def _integrate(api_id: str, described: dict) -> str:
    wish = {
        "integrationType": described.get("type", "aws_proxy").upper(),
        "integrationUri": described.get("uri", ""),
        "payloadFormatVersion": described.get("payloadFormatVersion", "2.0"),
    }
    _, _, made = apigateway._create_integration(api_id, wish)
    return f"integrations/{json.loads(made)['integrationId']}"


def _with_root(parse: Callable[[str, str], tuple | None]) -> Callable[[str, str], tuple | None]:
    """An API answers at its bare endpoint too, which has no path."""

    def parsed(host: str, path: str) -> tuple | None:
        return parse(host, path) or (parse(host, f"{path}/") if path.startswith("/_aws/execute-api/") else None)

    return parsed


def _reachable(resolve: Callable[..., tuple[list[dict], dict]], endpoint_url: str) -> Callable[..., tuple[list, dict]]:
    """Turn API Gateway and function addresses in outputs into ones that a browser on this machine can open."""
    host = r"https?://(?P<id>[a-z0-9-]+)\.(?P<door>execute-api|lambda-url)\.[a-z0-9.-]+(:\d+)?"

    def here(match: re.Match[str]) -> str:
        return f"{endpoint_url}/_aws/{match['door']}/{match['id']}"

    def reachable(*arguments: Any) -> tuple[list[dict], dict]:
        outputs, exports = resolve(*arguments)
        for output in outputs:
            output["OutputValue"] = re.sub(host, here, output["OutputValue"])
        return outputs, exports

    return reachable
