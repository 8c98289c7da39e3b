"""``helpnas fleet ...``: many devices, limits and settings at once, and device farms."""

import importlib
import math
import os
import platform
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Callable, Dict, Iterator, List, Optional

import typer
from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from .. import fleet
from .._c.errors import ArgumentError
from ..fleet import Outcome, Progress, Work
from ..models import load, load_predictor
from ..tables import LatencyTable
from . import _inputs
from ._errors import Code
from ._output import AsJSON, counting, facts, say, show, table
from .search import ACCURACY_HELP, GENERATIONS, POPULATION

app = typer.Typer(
    no_args_is_help=True, help="Many devices at once, on Ray or local processes; device farms."
)

ModelName = Annotated[
    str, typer.Argument(help=_inputs.MODEL_HELP, autocompletion=_inputs.model_names)
]
Latencies = Annotated[
    Path,
    typer.Argument(
        metavar="TABLE", help="CSV: a column 'arch', then one of milliseconds per device."
    ),
]
Results = Annotated[
    Path, typer.Option("--output", "-o", help="Folder for the rows; what it has is not redone.")
]
Devices = Annotated[
    Optional[List[str]], typer.Option("--device", help="This device; can be repeated.")
]
OnRay = Annotated[
    Optional[str],
    typer.Option("--ray", metavar="ADDRESS", help="A Ray cluster; 'auto' is this machine's."),
]
Workers = Annotated[
    Optional[int],
    typer.Option(min=0, help="Processes without --ray; 0: none. Default: one per processor."),
]
Retries = Annotated[
    int, typer.Option(min=0, help="How often a task is sent again whose worker was lost.")
]
Limits = Annotated[
    List[float], typer.Option("--limit", metavar="MS", help="Latency limit; can be repeated.")
]
Accuracy = Annotated[str, typer.Option(help=ACCURACY_HELP, autocompletion=_inputs.accuracy_names)]
Top = Annotated[int, typer.Option(min=1, help="Maximum number of architectures in a row.")]
Seeds = Annotated[
    Optional[List[int]], typer.Option("--seed", min=0, help="Search with this; can be repeated.")
]
TokenFile = Annotated[Path, typer.Option("--token", help="File with the farm's token.")]

#: Rows that a live table shows.
_SHOWN = 8


@app.command()
def adapt(
    model: ModelName,
    latencies: Latencies,
    output: Results,
    device: Devices = None,
    ray: OnRay = None,
    workers: Workers = None,
    retries: Retries = 2,
    as_json: AsJSON = False,
) -> None:
    """Adapt a model to every device of a table; rows have the predictors."""
    opened = load(model)
    found = fleet.devices_of(LatencyTable.from_csv(latencies, opened.space), device or None)
    _run(fleet.adapt(opened, found), output, ray, workers, retries, as_json)


@app.command()
def select(
    model: ModelName,
    latencies: Latencies,
    output: Results,
    pool: Annotated[str, typer.Option(help="Choose from these. " + _inputs.ARCHS_HELP)],
    count: Annotated[int, typer.Option(min=1, help="How many for each device.")] = 10,
    device: Devices = None,
    ray: OnRay = None,
    workers: Workers = None,
    retries: Retries = 2,
    as_json: AsJSON = False,
) -> None:
    """Choose what to measure next on every device."""
    opened = load(model)
    found = fleet.devices_of(LatencyTable.from_csv(latencies, opened.space), device or None)
    rows = _inputs.read_archs(pool, opened.space)
    work = fleet.select(opened, found, rows, [{"count": count}])
    _run(work, output, ray, workers, retries, as_json)


@app.command()
def search(
    model: ModelName,
    latencies: Latencies,
    output: Results,
    limit: Limits,
    accuracy: Accuracy,
    top: Top = 10,
    seed: Seeds = None,
    device: Devices = None,
    ray: OnRay = None,
    workers: Workers = None,
    retries: Retries = 2,
    as_json: AsJSON = False,
) -> None:
    """Search on every device, within every limit, with every seed."""
    opened = load(model)
    found = fleet.devices_of(LatencyTable.from_csv(latencies, opened.space), device or None)
    work = fleet.search(opened, found, limit, accuracy, _settings(top, seed))
    _run(work, output, ray, workers, retries, as_json)


@app.command()
def pareto(
    model: ModelName,
    latencies: Latencies,
    output: Results,
    accuracy: Accuracy,
    limit: Annotated[
        Optional[List[float]],
        typer.Option(metavar="MS", help="Latency limit; can be repeated; default none."),
    ] = None,
    top: Top = 100,
    seed: Seeds = None,
    device: Devices = None,
    ray: OnRay = None,
    workers: Workers = None,
    retries: Retries = 2,
    as_json: AsJSON = False,
) -> None:
    """Find every device's front of accuracy and latency."""
    opened = load(model)
    found = fleet.devices_of(LatencyTable.from_csv(latencies, opened.space), device or None)
    work = fleet.pareto(opened, found, accuracy, limit or (), _settings(top, seed))
    _run(work, output, ray, workers, retries, as_json)


@app.command()
def evaluate(
    model: ModelName,
    latencies: Latencies,
    output: Results,
    measure: Annotated[
        str,
        typer.Option(
            help="What is measured: references, random or chosen.",
            autocompletion=_inputs.one_of("references", "random", "chosen"),
        ),
    ] = "references",
    count: Annotated[int, typer.Option(min=1, help="Of random or chosen architectures.")] = 10,
    device: Devices = None,
    ray: OnRay = None,
    workers: Workers = None,
    retries: Retries = 2,
    as_json: AsJSON = False,
) -> None:
    """Score a model on every device of a table."""
    opened = load(model)
    data = LatencyTable.from_csv(latencies, opened.space)
    setting = {"measure": measure, "count": count}
    work = fleet.evaluate(opened, data, device or None, [setting])
    _run(work, output, ray, workers, retries, as_json)


@app.command()
def train(
    latencies: Latencies,
    output: Results,
    folds: Annotated[int, typer.Option(min=2, help="Parts that the devices are divided in.")],
    space: Annotated[
        str, typer.Option(help=_inputs.SPACE_HELP, autocompletion=_inputs.space_names)
    ] = "nasbench201",
    seed: Annotated[int, typer.Option(min=0, help="Of the training.")] = 0,
    network: Annotated[
        bool, typer.Option("--help-network/--no-help-network", help="Train HELP's network, too.")
    ] = False,
    ray: OnRay = None,
    workers: Workers = None,
    retries: Retries = 2,
    as_json: AsJSON = False,
) -> None:
    """Meta-train without a part of the devices, for each part, and score on that part."""
    data = LatencyTable.from_csv(latencies, _inputs.open_space(space))
    names = list(data.devices)
    parts = {f"fold{number}": names[number::folds] for number in range(folds)}
    judging = {} if network else {"measure": "chosen"}
    setting = {"seed": seed, "help": network, "evaluate": judging}
    _run(fleet.train_folds(data, parts, [setting]), output, ray, workers, retries, as_json)


@app.command()
def islands(
    predictor: Annotated[Path, typer.Argument(help=_inputs.PREDICTOR_HELP)],
    output: Results,
    limit: Annotated[float, typer.Option(metavar="MS", help="Latency limit, milliseconds.")],
    accuracy: Annotated[
        str,
        typer.Option(
            metavar="MODULE:FUNCTION", help="Takes a list of architectures, returns accuracies."
        ),
    ],
    count: Annotated[int, typer.Option("--islands", min=1, help="Populations.")] = 4,
    epochs: Annotated[int, typer.Option(min=1, help="Exchanges between them, and one.")] = 4,
    migrants: Annotated[int, typer.Option(min=0, help="Architectures in an exchange.")] = 5,
    generations: Annotated[int, GENERATIONS] = 10,
    population: Annotated[Optional[int], POPULATION] = None,
    straggler: Annotated[
        Optional[float], typer.Option(metavar="S", help="Drop an accuracy that takes longer.")
    ] = None,
    top: Top = 10,
    seed: Annotated[int, typer.Option(min=0, help="The same seed finds the same.")] = 0,
    ray: OnRay = None,
    workers: Workers = None,
    retries: Retries = 2,
    as_json: AsJSON = False,
) -> None:
    """Search with several populations and an accuracy that is slow."""
    opened = load_predictor(predictor)
    sizes: Dict[str, Any] = {} if population is None else {"population": population}
    with counting("scored") as update:
        result = fleet.search_islands(
            opened, output, max_latency_ms=limit, accuracy=_function(accuracy), islands=count,
            epochs=epochs, migrants=migrants, generations=generations, straggler_s=straggler,
            top_k=top, seed=seed, pool=_scorers(ray, workers), retries=retries,
            ray_islands=ray is not None, progress=lambda known: update(known, known), **sizes,
        )  # fmt: skip
    found = result.found
    lines = list(zip(found.accuracy, found.latency_ms, found.upper_ms))
    texts = opened.space.format(found.genes)
    keys = ("accuracy", "latency_ms", "upper_ms")
    data = {
        "found": [{"arch": arch, **dict(zip(keys, line))} for arch, line in zip(texts, lines)],
        "scored": result.scored, "before": result.before, "dropped": result.dropped,
    }  # fmt: skip
    said = f"{result.scored:,} scored, {result.before:,} before, {len(result.dropped):,} dropped"
    rows = [(*line, text) for line, text in zip(lines, texts)]
    show(as_json, data, table((*keys, "architecture"), rows), said)


@app.command("show")
def show_rows(
    results: Annotated[Path, typer.Argument(help="A folder of results.")],
    output: Annotated[
        Optional[Path], typer.Option("--output", "-o", help="Write all rows here: .csv, .parquet.")
    ] = None,
    top: Annotated[int, typer.Option(min=1, help="Rows to print.")] = 20,
    as_json: AsJSON = False,
) -> None:
    """Print the rows of a folder of results, also while a run appends to it."""
    found = fleet.read_results(results)
    rows = found.slice(0, top).to_pylist()
    brief = [{name: _brief(value) for name, value in row.items()} for row in rows]
    columns = [name for name in found.column_names if any(row[name] != "" for row in brief)]
    if output is not None:
        fleet.write_table(found, output)
    lines = [[row[name] for name in columns] for row in brief]
    more = f"{found.num_rows:,} rows"
    show(as_json, {"rows": found.num_rows, "shown": brief}, table(columns, lines), more)


@app.command()
def serve(
    model: ModelName,
    output: Results,
    token: TokenFile,
    host: Annotated[str, typer.Option(help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0: any.")] = 8000,
    certificate: Annotated[Optional[Path], typer.Option(help="PEM file, for TLS.")] = None,
    key: Annotated[Optional[Path], typer.Option(help="The certificate's PEM file.")] = None,
    pool: Annotated[
        Optional[str], typer.Option(help="Measure these only. " + _inputs.ARCHS_HELP)
    ] = None,
    narrow: Annotated[
        float, typer.Option(help="Stop when the interval's half is this share of the latency.")
    ] = 0.1,
    most: Annotated[int, typer.Option(min=3, help="Stop after this many rows of a device.")] = 60,
    rows: Annotated[int, typer.Option(min=3, help="Rows of an order.")] = 4,
    lease: Annotated[
        float, typer.Option(metavar="S", help="An agent silent for longer is lost.")
    ] = 120.0,
) -> None:
    """Coordinate a farm of devices, until Ctrl-C; agents ask through HTTP."""
    opened = load(model)
    plan = fleet.FarmPlan(rows=rows, narrow=narrow, most=most, lease_s=lease)
    archs = None if pool is None else _inputs.read_archs(pool, opened.space)
    with fleet.Coordinator(opened, output, plan, pool=archs, say=say) as farm:
        server = fleet.FarmServer(farm, fleet.read_token(token), host, port, certificate, key)
        say(f"agents: helpnas fleet agent {server.url} --token FILE --device NAME")
        server.run()


@app.command()
def agent(
    url: Annotated[str, typer.Argument(help="Where 'helpnas fleet serve' is.")],
    token: TokenFile,
    device: Annotated[str, typer.Option(help="What to call the device.")],
    name: Annotated[
        Optional[str], typer.Option(help="The agent's; default the machine's and the process's.")
    ] = None,
    runtime: Annotated[
        str,
        typer.Option(
            help="Runtime: onnxruntime, openvino, pytorch or ncnn.",
            autocompletion=_inputs.one_of("onnxruntime", "openvino", "pytorch", "ncnn"),
        ),
    ] = "onnxruntime",
    threads: Annotated[int, typer.Option(min=1, help="Threads of the runtime.")] = 1,
    authority: Annotated[
        Optional[Path], typer.Option(help="PEM file that signed the server's certificate.")
    ] = None,
) -> None:
    """Measure on this machine what a farm orders, until the device is done."""
    called = name or f"{platform.node()}-{os.getpid()}"
    desk = fleet.HttpDesk(url, fleet.read_token(token), authority)
    bench = fleet.runtime_bench(runtime, threads)
    say(f"{device} is done: {fleet.Agent(desk, called, device, bench, say).run()}")


@app.command()
def status(
    url: Annotated[str, typer.Argument(help="Where 'helpnas fleet serve' is.")],
    token: TokenFile,
    authority: Annotated[
        Optional[Path], typer.Option(help="PEM file that signed the server's certificate.")
    ] = None,
    as_json: AsJSON = False,
) -> None:
    """Print how far a farm is."""
    found = fleet.HttpDesk(url, fleet.read_token(token), authority).status()
    lines = [
        (name, each["rows"], math.nan if each["width"] is None else each["width"],
         each["over"] or "measuring")
        for name, each in found["devices"].items()
    ]  # fmt: skip
    show(as_json, found, table(("device", "rows", "width", "state"), lines), *found["said"])


def _settings(top: int, seeds: Optional[List[int]]) -> List[Any]:
    return [{"top_k": top, "seed": seed} for seed in seeds or [0]]


def _pool(ray: Optional[str], workers: Optional[int]) -> fleet.Pool:
    if ray is not None:
        return fleet.RayPool(ray)
    count = (os.cpu_count() or 1) if workers is None else workers
    return fleet.LocalPool(count) if count else fleet.InProcess()


def _scorers(ray: Optional[str], workers: Optional[int]) -> fleet.Pool:
    """Workers that stay, each with what the accuracy function has loaded."""
    if ray is not None:
        return fleet.RayActors(workers or os.cpu_count() or 1, ray)
    return _pool(None, workers)


def _function(name: str) -> Callable[[Any], Any]:
    module, _, attribute = name.partition(":")
    try:
        found = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise ArgumentError(f"--accuracy is {name!r}, not MODULE:FUNCTION: {error}") from None
    if not callable(found):
        raise ArgumentError(f"--accuracy is {name!r}, which is not a function")
    return found  # type: ignore[no-any-return]


def _run(
    work: Work, output: Path, ray: Optional[str], workers: Optional[int], retries: int,
    as_json: bool,
) -> None:  # fmt: skip
    pool = _pool(ray, workers)
    with _live(f"{work.program.kind}, {len(work):,} rows") as progress:
        outcome = fleet.map(work, output, pool, retries=retries, progress=progress)
    _show_outcome(outcome, output, as_json)
    if outcome.lost:
        raise typer.Exit(Code.FAILED)


def _show_outcome(outcome: Outcome, output: Path, as_json: bool) -> None:
    values = {
        "results": output, "rows": outcome.done + outcome.before, "before": outcome.before,
        "failed": outcome.failed, "lost": outcome.lost, "again": outcome.again,
        "seconds": outcome.seconds,
    }  # fmt: skip
    for key, reason in outcome.lost.items():
        say(f"warning: no row for {key}: {reason}; run the same again to try it again")
    speed = outcome.done / outcome.seconds if outcome.seconds > 0 else math.nan
    words = {**values, "lost": len(outcome.lost), "rows a second": speed}
    show(as_json, values, facts(words))


@contextmanager
def _live(label: str) -> Iterator[Callable[[Progress], object]]:
    """On a terminal a bar with the time left above the last rows; else a line now and then."""
    console = Console(stderr=True)
    if not console.is_terminal:
        with counting(label) as update:
            yield lambda step: update(step.done, step.total, _told(label, step))
        return
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    bar, last = Bar(*columns, console=console), []
    task = bar.add_task(label, total=None)
    with Live(bar, console=console, transient=True) as live:

        def update_live(step: Progress) -> None:
            last.append((step.row["device"], step.row["limit_ms"] or "", step.row["status"]))
            del last[:-_SHOWN]
            bar.update(task, completed=step.done, total=step.total)
            live.update(Group(bar, table(("device", "limit_ms", "status"), last)))

        yield update_live


def _told(label: str, step: Progress) -> str:
    return f"{label}, {step.failed} failed, {step.eta_s:.0f} s left"


def _brief(value: Any) -> Any:
    """A cell that fits a line."""
    if value is None:
        return ""
    if isinstance(value, bytes):
        return f"{len(value):,} bytes"
    if isinstance(value, list):
        return f"{value[0]} and {len(value) - 1} more" if len(value) > 1 else _brief_one(value)
    return value


def _brief_one(values: List[Any]) -> Any:
    return values[0] if values else ""
