"""The house agrees with itself: rooms, registers, tables in the README and the files that they speak of."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.main import get_command

from app.aws.permissions import declared_permissions, list_actions
from app.settings import Settings, masked, setting_names
from workers.__main__ import make_program

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
TRACKED = subprocess.run(
    ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
    cwd=ROOT,
    capture_output=True,
    text=True,
    check=True,
).stdout.splitlines()
MODULES = [ROOT / name for name in TRACKED if name.endswith(".py") and name.startswith(("app/", "workers/"))]
LONGEST_MODULE = 300
LONGEST_FUNCTION = 40


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.fixture(params=MODULES, ids=name_of)
def module(request: pytest.FixtureRequest) -> Path:
    return Path(request.param)


def test_the_top_level_holds_what_it_should() -> None:
    allowed = {"app", "workers", "infra", "tests", "Dockerfile", "pyproject.toml", "Makefile"}
    allowed |= {"README.md", "CHANGELOG.md", "CONTRIBUTING.md"}
    found = {name.split("/")[0] for name in TRACKED}
    assert {name for name in found if not name.startswith(".")} <= allowed


def test_a_module_says_what_it_is_and_stays_small(module: Path) -> None:
    text = module.read_text()
    if "migrations/versions/__init__" not in str(module):
        assert ast.get_docstring(ast.parse(text)), "it has no docstring"
    is_revision = "migrations/versions" in str(module)
    assert is_revision or text.count("\n") <= LONGEST_MODULE, "a revision alone is as long as the change that it makes"


def test_a_function_stays_small(module: Path) -> None:
    functions = [
        node
        for node in ast.walk(ast.parse(module.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    long = [each.name for each in functions if (each.end_lineno or 0) - each.lineno + 1 > LONGEST_FUNCTION]
    assert long == [] or "migrations/versions" in str(module), "a revision alone is as long as the change that it makes"


def test_the_core_has_a_test_for_each_room() -> None:
    rooms = {path.stem for path in (ROOT / "app" / "core").glob("*.py")} - {"__init__", "errors", "environment"}
    tests = {path.stem.removeprefix("test_") for path in (ROOT / "tests" / "unit" / "core").glob("test_*.py")}
    untested = rooms - tests - {"actions", "step", "deployment", "stack"}  # words, tested where they decide
    assert untested == set()


def table_of(heading: str) -> Iterator[list[str]]:
    """The rows of the first table below a heading of the README."""
    section = README.split(f"## {heading}\n")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("|")][2:]
    return ([cell.strip() for cell in row.strip("|").split("|")] for row in rows)


def test_the_readme_lists_every_setting_with_its_default() -> None:
    defaults = masked(Settings())
    told = {row[0].strip("`"): row[1].strip("`") for row in table_of("Settings")}
    assert list(told) == setting_names()
    assert told == defaults


def test_the_readme_lists_every_command() -> None:
    told = [row[0].strip("`").removeprefix("mayfly ") for row in table_of("Commands")]
    assert sorted(told) == sorted(get_command(make_program()).list_commands(None))  # type: ignore[attr-defined]


def test_every_call_to_aws_declares_its_permissions() -> None:
    actions = list_actions()
    assert all(re.fullmatch(r"[a-z0-9-]+:[A-Z]\w+", action) for action in actions)
    declared = declared_permissions()
    aws = ROOT / "app" / "aws"
    callers = (
        "artifacts",
        "existence",
        "history",
        "inventory",
        "stacks",
        *(f"teardown/{p.stem}" for p in aws.glob("teardown/*")),
    )
    for room in callers:
        path = (aws / f"{room}.py").resolve()
        for function in ast.parse(path.read_text()).body if path.exists() else ():
            if isinstance(function, ast.FunctionDef) and "client." in ast.unparse(function).replace("client.meta", ""):
                name = f"app.aws.{room.replace('/', '.')}.{function.name}"
                assert name in declared, f"{name} calls AWS and declares nothing"


def test_what_is_young_is_pinned_in_one_place() -> None:
    pins = {"dbos==": [], "ministack==": []}  # type: dict[str, list[str]]
    for name in TRACKED:
        if name.endswith((".toml", ".txt", ".py", ".md", "Makefile", "Dockerfile")) and "test_house" not in name:
            text = (ROOT / name).read_text()
            for pin, places in pins.items():
                if re.search(rf'^\s*"?{pin}', text, re.MULTILINE):
                    places.append(name)
    assert pins["ministack=="] == ["app/sandbox/aws/requirements.txt"]
    assert [place for place in pins["dbos=="] if not place.startswith("infra/lock/")] == ["pyproject.toml"]


def test_the_locks_have_hashes_and_no_addresses() -> None:
    locks = [name for name in TRACKED if name.startswith("infra/lock/") or name.endswith("requirements.txt")]
    assert len(locks) >= 4
    for name in locks:
        text = (ROOT / name).read_text()
        assert "://" not in text, name
        pins = re.findall(r"^[a-z0-9][^=\n]*==", text, re.MULTILINE | re.IGNORECASE)
        hashed = re.findall(r"^[a-z0-9][^=\n]*==[^\n]*\\\n\s+--hash=sha256:", text, re.MULTILINE | re.IGNORECASE)
        assert len(pins) == len(hashed) > 0, name


def test_the_changelog_has_a_place_for_what_comes() -> None:
    assert "## [Unreleased]" in (ROOT / "CHANGELOG.md").read_text()
