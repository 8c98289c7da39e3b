"""The commands together."""

from typing import Annotated

import typer

from .. import __version__
from . import (
    adapt,
    check,
    evaluate,
    fleet,
    imports,
    measure,
    monotonicity,
    pareto,
    predict,
    quickstart,
    references,
    report,
    search,
    select,
    spaces,
    train,
)
from ._errors import Command, Group

app = typer.Typer(
    name="helpnas",
    cls=Group,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Latency of neural architectures on a new device, from about ten measurements.",
    epilog="Exit codes: 0 done, 1 failed, 2 usage, 3 bad input, 4 nothing within the limit, "
    "5 reading or writing, 6 something is not installed, 130 interrupted.",
)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"helpnas {__version__}")
        raise typer.Exit()


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_version, is_eager=True, metavar="", help="Show the version."
        ),
    ] = False,
) -> None:
    pass


for module in (
    quickstart,
    spaces,
    references,
    select,
    measure,
    adapt,
    check,
    predict,
    search,
    pareto,
    report,
    train,
    evaluate,
    monotonicity,
):
    app.command(module.__name__.rsplit(".", 1)[1], cls=Command)(module.command)
app.add_typer(fleet.app, name="fleet")
app.add_typer(imports.app, name="import")


def run() -> int:
    """Run the command line on this process's arguments; the exit code."""
    try:
        app()
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else 1
    return 0
