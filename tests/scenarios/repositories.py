"""What the repositories of the stories hold: small templates, and the files that name them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

EXAMPLE = Path(__file__).parents[2] / "infra/example"


def template(
    *queues: str, parameters: tuple[str, ...] = (), outputs: Mapping[str, Any] | None = None, **resources: Any
) -> str:
    """A template of queues, whatever else it is given, and outputs (the first queue's address if none are given)."""
    made = {name: {"Type": "AWS::SQS::Queue"} for name in queues or ("Queue",)} | resources
    told = outputs if outputs is not None else {"QueueUrl": {"Ref": next(iter(made))}}
    content: dict[str, Any] = {"Resources": made, "Outputs": {name: {"Value": value} for name, value in told.items()}}
    if parameters:
        content["Parameters"] = {name: {"Type": "String"} for name in parameters}
    return json.dumps(content)


def repository_files(stack: str = template(), file: str | None = None) -> dict[str, str]:
    """A repository with one template, and with `.mayfly.yml` where its text is given."""
    return {"template.yaml": stack, "README.md": "# Shop\n"} | ({".mayfly.yml": file} if file else {})


def example_files() -> dict[str, bytes]:
    """The example application."""
    paths = [path for path in EXAMPLE.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    return {str(path.relative_to(EXAMPLE)): path.read_bytes() for path in paths}
