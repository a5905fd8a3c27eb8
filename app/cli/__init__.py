"""The command line: what can be done with the store alone. `workers/__main__.py` adds what needs AWS and the rest.

Every command that prints data takes `--json`. Status 0 is done, 1 refused or failed with one line that says why, 2
wrong usage.
"""

import json
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from app.cli.awaiting import Waiter
from app.core.errors import MayflyError
from app.core.span import parse_span
from app.report import report_decisions, report_environment, report_environments, tell_decision
from app.repository_file import RepositoryFile
from app.settings import load_settings, masked
from app.store.census import list_failing
from app.store.database import Database
from app.store.schema import migrate as bring_up

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
EnvironmentArgument = Annotated[str, typer.Argument(metavar="ENV", help="The environment's name, such as SHOP-42.")]


class Missing(MayflyError):
    """There is no such thing."""


def make_cli() -> typer.Typer:
    """The commands of this module."""
    cli = typer.Typer(
        name="mayfly",
        help="An isolated CloudFormation stack for every pull request.",
        no_args_is_help=True,
        add_completion=True,
        pretty_exceptions_enable=False,
    )
    for name, command in _COMMANDS.items():
        cli.command(name)(command)
    return cli


def run(cli: typer.Typer) -> int:
    """Run the command line; what goes wrong is one line and status 1, never a trace."""
    try:
        cli(standalone_mode=True)
    except MayflyError as error:
        sys.stderr.write(f"mayfly: {error}\n")
        return 1
    except Exception as error:  # noqa: BLE001 - a fault of ours is told in one line too, with the place to report
        place = traceback.extract_tb(error.__traceback__)[-1]
        reason = " ".join(str(error).split())[:300]
        where = f"{Path(place.filename).name}:{place.lineno}"
        sys.stderr.write(
            f"mayfly: a fault of Mayfly's own: {type(error).__name__}: {reason} ({where}); please report it\n"
        )
        return 1
    return 0


def migrate() -> None:
    """Bring the database's schema up to date."""
    with _database() as database:
        sys.stdout.write(f"The schema of {masked(load_settings())['MAYFLY_DATABASE_URL']} is up to date.\n")
        del database


def check_config(as_json: JsonOption = False) -> None:
    """Print the effective settings, secrets masked."""
    shown = masked(load_settings())
    if as_json:
        _print_json(shown)
        return
    for name, value in shown.items():
        sys.stdout.write(f"{name}={value}\n")


def list_(
    everything: Annotated[bool, typer.Option("--all", help="Also those that are gone.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List the environments."""
    with _database() as database, database.read() as connection:
        report, failing = report_environments(connection, with_gone=everything), list_failing(connection)
    if as_json:
        _print_json(report)
        return
    _print_environments(report)
    for each in failing:
        failed = f"{each.kind} {each.key} failed {each.attempts} times in a row and needs somebody's look"
        sys.stdout.write(f"{failed}: {each.error}\n")


def _print_environments(report: dict[str, Any]) -> None:
    table = Table("Name", "Phase", "Source", "Owner", "Reason", box=None, pad_edge=False)
    for environment in report["environments"]:
        sources = ", ".join(_name_source(source) for source in environment["sources"])
        owner = environment["sources"][0]["author"] if environment["sources"] else ""
        table.add_row(environment["name"], environment["phase"], sources, owner, environment["reason"])
    if report["environments"]:
        Console().print(table)
    else:
        sys.stdout.write("There are no environments. Open a draft pull request and one appears.\n")


def show(
    name: EnvironmentArgument,
    as_json: JsonOption = False,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until it is ready, then print its outputs.")] = False,
    timeout: Annotated[str, typer.Option(help="How long --wait waits, such as 20m.")] = "30m",
    commit: Annotated[str, typer.Option(help="With --wait: the commit that is to be ready.")] = "",
) -> None:
    """Show one environment: its state, stacks, outputs and attempts."""
    if wait:
        _show_outputs(name, commit, timeout, as_json=as_json)
        return
    with _database() as database, database.read() as connection:
        report = report_environment(connection, name)
    if report is None:
        raise Missing(f"there is no environment {name!r}; `mayfly list --all` lists those there are")
    if as_json:
        _print_json(report)
        return
    sys.stdout.write(f"{report['name']}  {report['phase']}\n{report['reason']}\n")
    if report["cost_per_month"]:
        sys.stdout.write(f"  ${report['cost_per_month']:.2f} a month by list price, without traffic\n")
    for source in report["sources"]:
        sys.stdout.write(f"  {_name_source(source)} by {source['author']} at {source['commit'][:7]}\n")
    for stack in report["stacks"]:
        sys.stdout.write(f"  stack {stack['name']} in {stack['account']}/{stack['region']}: {stack['status']}\n")
    for resource in report["resources"]:
        sys.stdout.write(f"    {resource['type']} {resource['physical_id']}\n")


def _show_outputs(name: str, commit: str, timeout: str, *, as_json: bool) -> None:
    try:
        limit = parse_span(timeout)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--timeout") from None
    with _database() as database:
        outputs = Waiter(database, name, commit, limit)()
    if as_json:
        _print_json(outputs)
        return
    for key, value in outputs["outputs"].items():
        sys.stdout.write(f"{key}={value}\n")


def why(name: EnvironmentArgument, as_json: JsonOption = False) -> None:
    """Print the log of decisions about one environment."""
    with _database() as database, database.read() as connection:
        report = report_environment(connection, name)
        decisions = report["decisions"] if report else report_decisions(connection, [name])
    if not decisions:
        raise Missing(f"nothing was decided about {name!r}; `mayfly list --all` lists the environments")
    if as_json:
        _print_json({"environment": name, "decisions": decisions})
        return
    for decision in decisions:
        sys.stdout.write(f"{tell_decision(decision)}\n")


def demo(
    once: Annotated[bool, typer.Option("--once", help="Exit when the story is over.")] = False,
) -> None:
    """Play the main job against stand-ins for AWS, GitHub and Slack on this machine."""
    from app.sandbox.demo.curtain import play_demo  # noqa: PLC0415 - the stand-ins are loaded for this command alone

    play_demo(once=once)


def schema() -> None:
    """Print the JSON Schema of .mayfly.yml."""
    _print_json(RepositoryFile.model_json_schema())


def tell_replay(told: Mapping[str, Any], *, as_json: bool) -> None:
    """Print what was done with a delivery that was handled again."""
    if as_json:
        _print_json(told)
        return
    done = f"woke {' and '.join(told['woken'])}" if told["woken"] else "nothing is to be done for it"
    pruned = "" if told["is_body_kept"] else "; its body is no longer kept, so what it said is not looked at again"
    sys.stdout.write(f"{told['delivery']} ({told['event']}, {told['received_at']}): {done}{pruned}.\n")


def tell_round(lines: Sequence[str], *, as_json: bool) -> None:
    """Print what a round of resync found."""
    if as_json:
        _print_json({"found": list(lines)})
        return
    sys.stdout.write("".join(f"{line}\n" for line in lines) or "Everything is as it should be.\n")


_COMMANDS: dict[str, Callable[..., None]] = {
    "migrate": migrate,
    "check-config": check_config,
    "list": list_,
    "show": show,
    "why": why,
    "schema": schema,
    "demo": demo,
}


@contextmanager
def _database() -> Iterator[Database]:
    database = Database(load_settings().database_url)
    try:
        bring_up(database)
        yield database
    finally:
        database.close()


def _name_source(source: dict[str, Any]) -> str:
    number = source["pull_request"]
    return f"{source['repository']}#{number}" if number else f"{source['repository']}@{source['branch']}"


def _print_json(content: object) -> None:
    sys.stdout.write(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
