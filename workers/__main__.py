"""`mayfly`, also `python -m workers`: the command line with everything plugged in."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from app.cli import JsonOption, make_cli, run, tell_replay, tell_round
from app.cli.diagnoses import tell_diagnoses
from app.cli.findings import form_of, tell_findings
from app.cli.steering import SteeringCommands
from app.cli.tokens import TokenCommands
from app.core.diagnosis import is_fit
from app.settings import load_settings
from app.sorting import Sorter
from app.sorting import replay as replay_delivery
from app.store.database import Database
from workers import service
from workers.clock import system_clock
from workers.house import open_house
from workers.logbook import open_logbook


def serve() -> None:
    """Run web doors and workers in one process."""
    service.serve(load_settings())


def web() -> None:
    """Run the web doors alone; as many processes as wanted, on PostgreSQL."""
    service.serve_web(load_settings())


def worker() -> None:
    """Run the workers alone; as many processes as wanted, on PostgreSQL."""
    service.work(load_settings())


def replay(
    delivery: Annotated[str, typer.Argument(metavar="DELIVERY", help="Its id, as GitHub lists it with the webhook.")],
    as_json: JsonOption = False,
) -> None:
    """Handle a stored delivery again."""
    settings = load_settings()
    house = open_house(settings)
    try:
        with house.database.begin() as connection:
            sorter = Sorter(settings.github.repositories)
            told = replay_delivery(connection, house.wakes, sorter, delivery, house.clock())
    finally:
        house.close()
    tell_replay(told, as_json=as_json)


def resync(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would be done and change nothing.")] = False,
    confirm: Annotated[bool, typer.Option("--confirm", help="Let go what the breaker holds.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Hold GitHub, AWS and the records against each other, once, now."""
    from workers.composition import connect, make_resync  # noqa: PLC0415 - the doors go without it

    house = open_house(load_settings())
    try:
        round_of = make_resync(house, connect(house))
        found = round_of.look(is_confirmed=confirm)
        if not dry_run:
            round_of.apply(found)
    finally:
        house.close()
    tell_round(found.lines(), as_json=as_json)


def doctor(as_json: JsonOption = False) -> None:
    """Try every credential, permission and webhook, and say what is wrong and how to mend it."""
    from workers.doctor.round import examine  # noqa: PLC0415 - the doors go without it

    settings = load_settings()
    database = Database(settings.database_url)
    try:
        diagnoses = tell_diagnoses(examine(settings, database, system_clock), as_json=as_json)
    finally:
        database.close()
    if not is_fit(diagnoses):
        raise typer.Exit(1)


def init_apps(
    organization: Annotated[str | None, typer.Option(help="The organisation that is to own the App.")] = None,
    name: Annotated[str, typer.Option(help="The App's name, which nobody else on GitHub may have.")] = "Mayfly",
    file: Annotated[Path, typer.Option(help="Where the credentials are written.")] = Path("mayfly-secrets.json"),
) -> None:
    """Make the GitHub App in the browser, write down its credentials, and print the Slack app's manifest."""
    from workers.registration.round import register, tell_next_steps  # noqa: PLC0415 - the doors go without it

    settings = load_settings()
    tell_next_steps(settings, register(settings, organization, name, file), file)


def reap(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would be done and change nothing.")] = False,
    confirm: Annotated[bool, typer.Option("--confirm", help="Let go what the breaker holds.")] = False,
    as_json: JsonOption = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print comma-separated values.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print a table in Markdown.")] = False,
) -> None:
    """Look for what nobody needs any more, once, now."""
    from workers.composition import connect, make_reaper  # noqa: PLC0415 - the doors go without it

    form = form_of(as_json=as_json, as_csv=as_csv, as_markdown=as_markdown)
    house = open_house(load_settings())
    try:
        reaper = make_reaper(house, connect(house))
        found = reaper.tour.take(is_scheduled=False, is_confirmed=confirm)
        if not dry_run:
            reaper.apply(found)
    finally:
        house.close()
    tell_findings(found.receipt, found.findings, form)


def make_program() -> typer.Typer:
    """The whole command line."""
    cli = make_cli()
    for command in (serve, web, worker, replay, resync, reap, doctor, init_apps):
        cli.command()(command)
    for name, steering in SteeringCommands(system_clock).all().items():
        cli.command(name)(steering)
    cli.add_typer(TokenCommands(system_clock).make(), name="token")
    return cli


def main() -> None:
    """Run the command line and leave with its status."""
    open_logbook()
    sys.exit(run(make_program()))


if __name__ == "__main__":
    main()
