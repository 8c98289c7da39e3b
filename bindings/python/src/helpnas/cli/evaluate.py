"""``helpnas evaluate``."""

from pathlib import Path
from typing import Annotated, List, Optional

import typer

from ..evaluation import evaluate, mean_rows
from ..models import load
from ..tables import LatencyTable
from . import _inputs
from ._methods import method_option
from ._output import AsJSON, show, table

_COLUMNS = ("spearman", "kendall", "mape", "within10", "coverage90", "n_query")


def command(
    model: Annotated[
        str, typer.Argument(help=_inputs.MODEL_HELP, autocompletion=_inputs.model_names)
    ],
    latencies: Annotated[
        Path,
        typer.Argument(
            metavar="TABLE", help="CSV: a column 'arch', then one of milliseconds per device."
        ),
    ],
    device: Annotated[
        Optional[List[str]], typer.Option(help="Judge on this device; may be repeated.")
    ] = None,
    protocol: Annotated[
        str,
        typer.Option(
            help="'ten' measurements and nothing else, or the 'paper's.",
            autocompletion=_inputs.one_of("ten", "paper"),
        ),
    ] = "ten",
    method: Annotated[
        Optional[str],
        method_option("How to predict; default bayes if the model has it, else help."),
    ] = None,
    measure: Annotated[
        Optional[str],
        typer.Option(
            help="What 'ten' measures: references, random or chosen; default references, or chosen "
            "where the model has none.",
            autocompletion=_inputs.one_of("references", "random", "chosen"),
        ),
    ] = None,
    count: Annotated[
        int, typer.Option(min=1, help="Number of random or chosen architectures.")
    ] = 10,
    draws: Annotated[int, typer.Option(min=1, help="Number of random draws to average over.")] = 5,
    baseline: Annotated[
        Optional[List[str]],
        method_option("Baseline; may be repeated; default: macs."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Random seed of the draws.")] = 0,
    as_json: AsJSON = False,
) -> None:
    """Score a model on measured devices: adapt to each, predict the rest."""
    opened = load(model)
    data = LatencyTable.from_csv(latencies, opened.space)
    rows = evaluate(
        opened,
        data,
        device or None,
        protocol=protocol,
        method=method,
        draws=draws,
        seed=seed,
        baselines=baseline or ("macs",),
        measure=measure or ("references" if len(opened.reference_genes) else "chosen"),
        count=count,
    )
    means = mean_rows(rows)
    show(
        as_json,
        {"protocol": protocol, "rows": rows, "means": means},
        table(
            ("device", "method", *_COLUMNS),
            [
                (row.get("device", "mean"), row["method"], *(row[name] for name in _COLUMNS))
                for row in [*rows, *means]
            ],
        ),
    )
