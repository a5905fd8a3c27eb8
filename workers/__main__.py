"""`mayfly`, also `python -m workers`: the command line with everything plugged in."""

import sys

from app.cli import make_cli, run
from app.settings import load_settings
from workers import service
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


def main() -> None:
    """Run the command line and leave with its status."""
    open_logbook()
    cli = make_cli()
    for command in (serve, web, worker):
        cli.command()(command)
    sys.exit(run(cli))


if __name__ == "__main__":
    main()
