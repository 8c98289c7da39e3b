"""``helpnas import ...``: what other projects publish, as files of this one."""

from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from ..published.hat_predictors import import_hat_predictor
from ..published.help_checkpoints import import_checkpoint
from ..published.once_for_all import import_accuracy_model
from ..tables import LatencyTable
from . import _inputs
from ._output import AsJSON, show

app = typer.Typer(no_args_is_help=True, help="Read what other projects publish.")

Source = Annotated[Path, typer.Argument(help="The published file or folder.")]
ToTable = Annotated[Path, typer.Option("--output", "-o", help="CSV file for the table.")]
ToFile = Annotated[Path, typer.Option("--output", "-o", help="File to write, .safetensors.")]
HAT_SPACE = "hat-wmt14-en-de"


@app.command("help-repository")
def help_repository(
    path: Source,
    output: ToTable,
    space: Annotated[str, typer.Option(help="nasbench201, fbnet or ofa-mbv3.")] = "nasbench201",
    as_json: AsJSON = False,
) -> None:
    """The HELP repository's latencies (.pt files) as a table."""
    _table(LatencyTable.from_help_repository(path, space), output, as_json)


@app.command()
def oneproxy(path: Source, output: ToTable, as_json: AsJSON = False) -> None:
    """The OneProxy repository's latencies of NAS-Bench-201 as a table."""
    _table(LatencyTable.from_oneproxy(path), output, as_json)


@app.command()
def hat(
    path: Source,
    output: ToTable,
    space: Annotated[str, typer.Option(help="The task's space, hat-...")] = HAT_SPACE,
    every_task: Annotated[
        bool, typer.Option("--every-task", metavar="", help="The folder's tables of all tasks.")
    ] = False,
    as_json: AsJSON = False,
) -> None:
    """HAT's latencies of transformers as a table."""
    _table(LatencyTable.from_hat(path, space, every_task), output, as_json)


@app.command()
def checkpoint(
    path: Source,
    output: ToFile,
    space: Annotated[str, typer.Option(help="nasbench201, fbnet or ofa-mbv3.")] = "nasbench201",
    references: Annotated[
        Optional[str],
        typer.Option(
            help="Default: by hardware_embedding_index.pt next to it. " + _inputs.ARCHS_HELP
        ),
    ] = None,
    as_json: AsJSON = False,
) -> None:
    """A checkpoint of the official HELP code as a model."""
    rows = None
    if references is not None:
        rows = _inputs.read_archs(references, _inputs.open_space(space))
    _save(import_checkpoint(path, space, rows), output, as_json, "a model")


@app.command()
def accuracy(
    path: Source,
    output: ToFile,
    space: Annotated[str, typer.Option(help="ofa-mbv3.")] = "ofa-mbv3",
    as_json: AsJSON = False,
) -> None:
    """Once-for-all's accuracy predictor as an accuracy model."""
    _save(import_accuracy_model(path, space), output, as_json, "an accuracy model")


@app.command("hat-predictor")
def hat_predictor(
    path: Source,
    output: ToFile,
    space: Annotated[str, typer.Option(help="The task's space, hat-...")] = HAT_SPACE,
    scale_ms: Annotated[
        Optional[float], typer.Option(help="Milliseconds for an output of 1; default by the name.")
    ] = None,
    as_json: AsJSON = False,
) -> None:
    """One of HAT's latency predictors as a predictor."""
    _save(import_hat_predictor(path, space, scale_ms), output, as_json, "a predictor")


def _table(table: LatencyTable, output: Path, as_json: bool) -> None:
    table.to_csv(output)
    data = {
        "table": output,
        "space": table.space.name,
        "architectures": len(table),
        "devices": list(table.devices),
    }
    show(as_json, data, f"{output}: {len(table):,} architectures, {len(table.devices)} devices")


def _save(imported: Any, output: Path, as_json: bool, kind: str) -> None:
    imported.save(output)
    name = imported.space.name
    show(as_json, {"file": output, "space": name}, f"{output}: {kind} of {name}")
