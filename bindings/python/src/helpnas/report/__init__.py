"""One page about a device: a file of HTML that needs nothing else.

Styles and pictures are inside the file, there are no scripts, and every text is escaped; the
page reads on a phone and prints.  Pictures need matplotlib (``helpnas[plot]``).
"""

from __future__ import annotations

import base64
import html
import io
import math
import platform
import shlex
import sys
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path as FilePath
from string import Template
from typing import TYPE_CHECKING, Any, Dict, Mapping, Optional, Sequence

import numpy as np

from . import plots
from ._arrays import FloatArray
from ._errors import UnsupportedError
from ._handles import Path
from ._library import library
from .evaluation import Row
from .models import Predictor
from .spaces import Archs

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class HeldOut:
    """Measurements that the predictor was not given, to judge it by.

    Attributes:
        archs: n architectures in the space's own notation.
        latency_ms: measured milliseconds, [n].
        rows: of ``check_held_out``: scores of the predictor's method and of baselines.
    """

    archs: Sequence[Any]
    latency_ms: FloatArray
    rows: Sequence[Row] = ()


@dataclass(frozen=True)
class Chosen:
    """The architecture that a search found.

    Attributes:
        arch: in the space's own notation.
        limit_ms: the search's limit.
        accuracy: as the search had it.
        accuracy_label: what that number is, with a unit.
        measured_ms: its latency, if it was built and measured.
        front: latencies and accuracies of a Pareto front, to be drawn.
    """

    arch: Any
    limit_ms: float
    accuracy: float
    accuracy_label: str = "accuracy"
    measured_ms: Optional[float] = None
    front: Any = None


@dataclass(frozen=True)
class Report:
    """What the page tells; a part that is not given has no section.

    Attributes:
        predictor: adapted to the device; its measurements and diagnostics are told.
        title: the page's.
        device: names and values that identify the device.
        held_out: measurements to judge by.
        chosen: what a search found.
        notes: sentences under the title, as what stands in for what.
        command: what made the page; default this process's command line.
        level: of the intervals.
    """

    predictor: Predictor
    title: str = "Latency of a device"
    device: Mapping[str, Any] = field(default_factory=dict)
    held_out: Optional[HeldOut] = None
    chosen: Optional[Chosen] = None
    notes: Sequence[str] = ()
    command: Optional[str] = None
    level: float = 0.9

    def html(self) -> str:
        """The page.

        Raises:
            ImportError: matplotlib is not installed, and there is something to draw.
        """
        # What came out, then what it rests on.
        sections = (
            _search_section, _check_section, _adaptation_section, _measurements_section,
            _device_section, _origin_section,
        )  # fmt: skip
        return _PAGE.substitute(
            title=html.escape(self.title),
            notes="".join(f"<p>{html.escape(note)}</p>" for note in self.notes),
            sections="\n".join(filter(None, (section(self) for section in sections))),
        )

    def save(self, path: Path) -> None:
        """Write the page to a file."""
        FilePath(path).write_text(self.html(), encoding="utf-8")


def _device_section(report: Report) -> str:
    if not report.device:
        return ""
    return _section("Device", _facts(_flat(report.device)))


def _measurements_section(report: Report) -> str:
    archs, latency = _measurements(report.predictor)
    if not archs:
        return ""
    fitted = report.predictor.predict(archs)
    rows = [
        (number, _ms(truth), _ms(fit), _Code(arch))
        for number, (arch, truth, fit) in enumerate(zip(archs, latency, fitted))
    ]
    text = f"<p>The predictor was given these {len(rows)} measurements and nothing else.</p>"
    # From 0, as the diagnostics count them.
    head = ("row", "measured, ms", "fitted, ms", "architecture")
    return _section("Measurements", text + _table(head, rows))


def _adaptation_section(report: Report) -> str:
    found = report.predictor.diagnostics
    facts: Dict[str, Any] = {"method": report.predictor.method}
    errors = found.get("leave_one_out", {})
    if errors:
        facts["left out one at a time: rank correlation"] = _number(errors["spearman"])
        facts["left out one at a time: mean error"] = _percent(errors["mape"])
    if "nearest_device" in found:
        facts["most alike training device"] = found["nearest_device"]["name"]
    suspicious = found.get("suspicious_rows")
    if suspicious is not None:
        facts["suspicious rows"] = ", ".join(map(str, suspicious)) or "none"
    summary = found.get("summary")
    lead = f'<p class="lead">{html.escape(str(summary))}</p>' if summary else ""
    return _section("Adapting to them", lead + _facts(facts))


def _check_section(report: Report) -> str:
    held = report.held_out
    if held is None:
        return ""
    count = len(held.latency_ms)
    text = (
        f"<p>{count} other architectures were measured on the device. The predictor was not told "
        "of them; the simple methods beside it were given the same measurements.</p>"
    )
    body = text + (_scores(held.rows) if held.rows else "") + _held_out_picture(report, held)
    return _section("Check on held-out measurements", body)


def _scores(rows: Sequence[Row]) -> str:
    head = ("method", "Spearman", "within 10 %", "mean error", "in 90 % interval")
    return _table(
        head,
        [
            (
                row["method"], _number(row["spearman"]), _percent(row["within10"]),
                _percent(row["mape"]), _percent(row["coverage90"]),
            )
            for row in rows
        ],
    )  # fmt: skip


def _held_out_picture(report: Report, held: HeldOut) -> str:
    predictor = report.predictor
    archs, latency = _measurements(predictor)
    lower, upper = _interval(report, held.archs)
    figure = plots.predicted_against_measured(
        held.latency_ms, predictor.predict(held.archs), lower_ms=lower, upper_ms=upper,
        given_ms=latency if archs else None,
        fitted_ms=predictor.predict(archs) if archs else None, level=report.level,
    )  # fmt: skip
    return _picture(figure, "Predicted against measured latency, with intervals")


def _search_section(report: Report) -> str:
    chosen = report.chosen
    if chosen is None:
        return ""
    predicted = float(report.predictor.predict([chosen.arch])[0])
    facts: Dict[str, Any] = {
        "limit": _with_unit(chosen.limit_ms),
        "predicted": _with_unit(predicted),
    }
    lower, upper = _interval(report, [chosen.arch])
    if lower is not None:
        name = f"{100 * report.level:.3g} % interval"
        facts[name] = f"{lower[0]:.4g} to {_with_unit(upper[0])}"
    facts["measured"] = (
        "not measured" if chosen.measured_ms is None else _with_unit(chosen.measured_ms)
    )
    large = abs(chosen.accuracy) >= 10_000
    facts[chosen.accuracy_label] = f"{chosen.accuracy:,.0f}" if large else f"{chosen.accuracy:.5g}"
    facts["architecture"] = _Code(report.predictor.space.format([chosen.arch])[0])
    return _section("Search under a limit", _facts(facts) + _front_picture(chosen, predicted))


def _front_picture(chosen: Chosen, predicted: float) -> str:
    if chosen.front is None:
        return ""
    figure = plots.pareto_front(
        *chosen.front, limit_ms=chosen.limit_ms if math.isfinite(chosen.limit_ms) else None,
        found=(predicted, chosen.accuracy), accuracy_label=chosen.accuracy_label,
    )  # fmt: skip
    return _picture(figure, "Pareto front with the limit and the architecture chosen")


def _origin_section(report: Report) -> str:
    predictor = report.predictor
    facts = {
        "space": predictor.space.name,
        "libhelp": library().help_version_string().decode(),
        "Python, NumPy": f"{platform.python_version()}, {np.__version__}",
        "system": platform.platform(),
        "made": datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "command": _Code(_command() if report.command is None else report.command),
    }
    return _section("How this was made", _facts(facts))


def _command() -> str:
    """This process's command line; where the program lies is nobody's business."""
    program = FilePath(sys.argv[0]).name
    return shlex.join(["helpnas" if program == "__main__.py" else program, *sys.argv[1:]])


def _measurements(predictor: Predictor) -> Any:
    """Architectures and milliseconds that the predictor was made from; () of an imported one."""
    known = predictor.description["record"].get("measurements", {})
    return known.get("archs", ()), known.get("latency_ms", ())


def _interval(report: Report, archs: Archs) -> Sequence[Any]:
    """Lower and upper ends; two None for a method without intervals."""
    try:
        return report.predictor.interval(archs, report.level)
    except UnsupportedError:
        return None, None


class _Code(str):
    """A cell in the type of code."""

    def __new__(cls, value: Any) -> _Code:
        return super().__new__(cls, value)


def _flat(values: Mapping[str, Any], prefix: str = "") -> Dict[str, Any]:
    """A mapping in which what is nested has the names of its levels."""
    flat: Dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            flat.update(_flat(value, f"{prefix}{name}: "))
        else:
            flat[f"{prefix}{name}"] = value
    return flat


def _section(title: str, body: str) -> str:
    return f"<section><h2>{html.escape(title)}</h2>\n{body}\n</section>"


def _facts(facts: Mapping[str, Any]) -> str:
    items = (
        f'<dt>{html.escape(str(name))}</dt><dd class="{_kind(value)}">{_text(value)}</dd>'
        for name, value in facts.items()
    )
    return f"<dl>{''.join(items)}</dl>"


def _table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A table; a title is aligned as the first row's cell under it."""
    titles = _cells("th", head, rows[0] if rows else head)
    lines = "".join(f"<tr>{_cells('td', row, row)}</tr>" for row in rows)
    # Reachable by keyboard: it scrolls where it is wider than the screen.
    return (
        f'<div class="scroll" tabindex="0"><table><thead><tr>{titles}</tr></thead>'
        f"<tbody>{lines}</tbody></table></div>"
    )


def _cells(tag: str, row: Sequence[Any], like: Sequence[Any]) -> str:
    cells = (
        f'<{tag} class="{_kind(other)}">{_text(cell)}</{tag}>' for cell, other in zip(row, like)
    )
    return "".join(cells)


def _kind(cell: Any) -> str:
    if isinstance(cell, _Code):
        return "code"
    return "number" if str(cell)[:1] in set("0123456789-–") else "text"


def _text(value: Any) -> str:
    escaped = html.escape(str(value))
    return f"<code>{escaped}</code>" if isinstance(value, _Code) else escaped


def _picture(figure: Figure, caption: str) -> str:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    data = base64.b64encode(buffer.getvalue()).decode()
    source = f"data:image/svg+xml;base64,{data}"
    return f'<figure><img src="{source}" alt="{html.escape(caption)}"></figure>'


def _ms(value: float) -> str:
    return f"{value:#.4g}" if value < 1000 else f"{value:.1f}"


def _with_unit(value: float) -> str:
    return f"{value:.4g} ms" if math.isfinite(value) else "none"


def _number(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.3f}"


def _percent(value: float) -> str:
    return "–" if math.isnan(value) else f"{100 * value:.1f} %"


_PAGE = Template("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>
:root { color-scheme: light; }
body { margin: 0 auto; padding: 1rem; max-width: 54rem; color: #1c2430; background: #fff;
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: .5rem 0; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; padding-top: .75rem; border-top: 1px solid #d5dae1; }
.lead { padding: .6rem .8rem; background: #eef4fa; border-left: 4px solid #0072b2; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .6rem; border-bottom: 1px solid #e4e8ed; text-align: left;
  vertical-align: top; }
th { font-weight: 600; font-size: .85rem; }
th.number, td.number { text-align: right; }
td.number { white-space: nowrap; }
td.code { min-width: 16rem; }
code { font: .8rem/1.4 ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: minmax(7rem, 16rem) 1fr; gap: .2rem 1rem; margin: 0; }
dt { color: #56606e; overflow-wrap: anywhere; }
dd { margin: 0; overflow-wrap: anywhere; }
dd.code { grid-column: 1 / -1; }
figure { margin: 1rem 0; }
img { display: block; max-width: 100%; height: auto; margin: 0 auto; }
@media (max-width: 30rem) {
  dl { grid-template-columns: 42% 1fr; gap: .2rem .6rem; font-size: .9rem; }
  th, td { padding: .3rem; font-size: .85rem; }
  th { font-size: .75rem; }
  td.code { min-width: 11rem; }
}
</style>
</head>
<body>
<h1>$title</h1>
$notes
$sections
</body>
</html>
""")
