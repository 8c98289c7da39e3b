"""The sections, in the order of the story."""

from __future__ import annotations

import platform
import shlex
import sys
from datetime import datetime, timezone
from pathlib import Path as FilePath
from typing import Any, Callable, Dict, List, Mapping, Sequence, Tuple

import numpy as np

from .._c.library import library
from ..methods import methods
from .architectures import folded_notation, signature, stage_list
from .charts import AgreementChart, BreakdownChart, FrontChart
from .elements import Markup, Tone, badge, callout, facts, html_of, paragraph, section, table
from .story import Found, Held, Story
from .text import (
    correlation,
    digits,
    escape,
    four_digits,
    level_name,
    ms,
    percent,
    quantity,
    signed_percent,
)

#: Nested values of a device deeper than this are shown as text.
_DEEPEST = 4
#: Of a row of scores: title, key, format, and whether large is good.
_SCORES: Sequence[Tuple[str, str, Callable[[float], str], bool]] = (
    ("mean error", "mape", percent, False),
    ("within 10 %", "within10", percent, True),
    ("rank correlation", "spearman", correlation, True),
    ("in 90 % interval", "coverage90", percent, True),
)


def measurements(story: Story) -> str:
    """The measurements that the predictor was given."""
    record = story.record
    if not record.archs:
        return ""
    latency = record.latency_ms
    lead = (
        f"{len(latency)} networks, {digits(latency.min())} to {ms(latency.max())}. "
        "The predictor was given these and nothing else of the device. "
    )
    how = "“Left out”: the error of a row predicted from the others. Open a row for its stages."
    return section("measured", "Measured", paragraph(lead + how), _measurements_table(story))


def _measurements_table(story: Story) -> str:
    record, fitted = story.record, story.fitted_ms
    head = ("row", "measured, ms", "fitted, ms", "left out", Markup("network"))
    rows = []
    for number, arch in enumerate(record.archs):
        truth = record.latency_ms[number]
        off = signed_percent(record.left_out_ms[number] / truth - 1)
        mark = " " + badge(Tone.WARNING, "stands out") if number in record.suspicious else ""
        network = Markup(mark + _fold_network(story, arch))
        # From 0, as the diagnostics count them.
        rows.append((number, four_digits(truth), four_digits(fitted[number]), off, network))
    return table("rows", head, rows)


def _fold_network(story: Story, arch: Any) -> str:
    """A line that opens to stages and the text to copy."""
    space = story.space
    return (
        f"<details><summary><code>{escape(signature(space, arch))}</code></summary>"
        f"{stage_list(space, arch)}{folded_notation(space, arch)}</details>"
    )


def fit(story: Story) -> str:
    """How well the predictor fits them."""
    record = story.record
    values: Dict[str, Any] = {"method": _method(story.predictor.method)}
    if not np.isnan(record.mape):
        values["mean error, left out"] = percent(record.mape)
    if not np.isnan(record.spearman):
        values["rank correlation, left out"] = correlation(record.spearman)
    if record.nearest:
        off = "" if np.isnan(record.nearest_error) else f", {percent(record.nearest_error)} off"
        values["closest training device"] = f"{record.nearest}{off} at its best scale"
    tone, words = story.fit_verdict
    text = record.summary or "The method says nothing of its own fit."
    return section("fitted", "Fitted", callout(tone, words, text), facts(values))


def _method(name: str) -> str:
    """A method with what it is, if ``Model.adapt`` has it: imported predictors have others."""
    summary = _summary(name)
    return f"{name}: {summary}" if summary else name


def _summary(name: str) -> str:
    summaries = (each.summary for each in methods() if each.name == name)
    return next(summaries, "").removeprefix("baseline: ").partition(";")[0]


def check(story: Story) -> str:
    """How well it predicts measurements that it was not given."""
    held = story.held
    if held is None:
        return ""
    tone, words = held.verdict
    lead = (
        f"{len(held.measured)} other networks were measured and kept aside: neither the "
        "predictor nor the simple methods it is compared with were given them."
    )
    return section(
        "checked",
        "Checked",
        paragraph(lead),
        callout(tone, words, _hits(held)),
        _comparison(story, held),
        _agreement(story, held),
    )


def _hits(held: Held) -> str:
    count, close = len(held.measured), int(np.sum(held.errors <= 0.1))
    text = f"{close} of {count} predictions are within 10 % of the measurement"
    if held.inside is None:
        return f"{text}; the method gives no intervals."
    name = level_name(held.level)
    return f"{text}; {held.inside} of {count} measurements are inside their {name}."


def _comparison(story: Story, held: Held) -> str:
    if not held.rows:
        return ""
    columns = [_column(held.rows, *score) for score in _SCORES]
    own = story.predictor.method
    rows = [
        (_method_cell(str(row.get("method", "")), own), *cells)
        for row, cells in zip(held.rows, zip(*columns))
    ]
    head = ("method", *(title for title, *_ in _SCORES))
    remark = '<p class="remark">✓ marks the best of a column.</p>' if len(rows) > 1 else ""
    return table("scores", head, rows) + remark


def _column(
    rows: Sequence[Mapping[str, Any]], _: str, key: str, write: Callable[[float], str], large: bool
) -> List[Any]:
    values = [float(row[key]) if key in row else np.nan for row in rows]
    known = [value for value in values if np.isfinite(value)]
    # An interval is not the better for holding always.
    best = (max if large else min)(known) if len(known) > 1 and key != "coverage90" else None
    return [
        Markup(f'<strong class="best">✓ {write(value)}</strong>') if value == best else write(value)
        for value in values
    ]


def _method_cell(name: str, own: str) -> Markup:
    what = "this predictor" if name == own else _summary(name)
    return Markup(f'{escape(name)} <span class="remark">{escape(what)}</span>')


def _agreement(story: Story, held: Held) -> str:
    pairs = None
    if held.lower is not None and held.upper is not None:
        pairs = list(zip(held.lower.tolist(), held.upper.tolist()))
    given = zip(story.record.latency_ms.tolist(), story.fitted_ms.tolist())
    return AgreementChart(
        list(zip(held.measured.tolist(), held.predicted.tolist())),
        pairs,
        list(given),
        level_name(held.level),
    ).html()


def search(story: Story) -> str:
    """What the search had to choose from, and what it chose."""
    found = story.found
    if found is None:
        return ""
    chosen = found.chosen
    limit = "no limit" if found.limit_ms is None else f"a limit of {ms(found.limit_ms)}"
    text = (
        f"Searched under {limit} for the largest {chosen.accuracy_label}: found "
        f"{quantity(chosen.accuracy)} at {ms(found.predicted_ms)}."
    )
    return section("searched", "Searched", paragraph(text), _front(found))


def _front(found: Found) -> str:
    chosen = found.chosen
    if chosen.front is None or not np.isfinite(chosen.accuracy):
        return ""
    chart = FrontChart(
        found.front,
        (found.predicted_ms, chosen.accuracy),
        found.interval,
        chosen.measured_ms,
        found.limit_ms,
        chosen.accuracy_label,
    )
    passed_over = len(found.better)
    remark = (
        f"{passed_over} of the front are predicted faster and more accurate, but with an interval "
        "that may reach beyond the limit."
    )
    return chart.html() + (paragraph(remark) if passed_over else "")


def breakdown(story: Story) -> str:
    """Which decisions the milliseconds of what was found go to."""
    found, shares = story.found, story.breakdown
    if found is None or shares is None:
        return ""
    text = (
        f"The fastest network of the space is predicted to take {ms(shares.fastest_ms)}, the one "
        f"found {ms(found.predicted_ms)}. The difference, by what its choices add:"
    )
    chart = BreakdownChart(shares.groups)
    return section("breakdown", "Where the milliseconds go", paragraph(text), chart.html())


def build(story: Story) -> str:
    """The measured latency of the network found."""
    found = story.found
    if found is None:
        return ""
    taken = found.chosen.measured_ms
    if taken is None:
        text = (
            "The network found has not been measured. Build it, measure it as the others were, and "
            "make this page again with its latency: a search prefers what is predicted too fast."
        )
        return section("built", "Built", callout(Tone.NEUTRAL, "Not built yet", text))
    text = f"Built and measured: {ms(taken)}, predicted {ms(found.predicted_ms)}"
    off = signed_percent(found.predicted_ms / taken - 1)
    verdicts = callout(*_judge_limit(found)) + _judge_interval(story, found)
    return section("built", "Built", paragraph(f"{text} ({off})."), verdicts)


def _judge_limit(found: Found) -> Tuple[Tone, str, str]:
    tone, words = found.verdict
    taken, limit = found.chosen.measured_ms or np.nan, found.limit_ms
    if limit is None:
        return tone, words, "The search had no limit to keep."
    gap = percent(abs(taken / limit - 1))
    side = "below" if taken <= limit else "above"
    return tone, words, f"{ms(taken)} is {gap} {side} the limit of {ms(limit)}."


def _judge_interval(story: Story, found: Found) -> str:
    if found.interval is None or found.is_expected is None:
        return ""
    low, high = map(digits, found.interval)
    where = f"the {level_name(story.report.level)}, {low} to {high} ms"
    if found.is_expected:
        return callout(Tone.GOOD, "As predicted", f"The measurement is inside {where}.")
    return callout(Tone.WARNING, "Not as predicted", f"The measurement is outside {where}.")


def device(story: Story) -> str:
    """What identifies the device."""
    values = story.report.device
    return section("device", "Device", facts(_flat(values))) if values else ""


def _flat(values: Mapping[Any, Any], prefix: str = "", depth: int = 0) -> Dict[str, Any]:
    """A mapping in which what is nested has the names of its levels."""
    flat: Dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping) and depth < _DEEPEST:
            flat.update(_flat(value, f"{prefix}{name}: ", depth + 1))
        else:
            flat[f"{prefix}{name}"] = value
    return flat


def origin(story: Story) -> str:
    """How the page came about."""
    command = _command() if story.report.command is None else story.report.command
    values = {
        "space": story.space.name,
        "libhelp": library().help_version_string().decode(),
        "Python, NumPy": f"{platform.python_version()}, {np.__version__}",
        "system": platform.platform(),
        "made": datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "command": Markup(f"<code>{_words(command)}</code>"),
    }
    return section("origin", "How this page was made", facts(values))


def _words(command: str) -> str:
    """HTML that a line breaks between words, not at the hyphens of options."""
    return " ".join(f'<span class="word">{word}</span>' for word in html_of(command).split(" "))


def _command() -> str:
    """This process's command line; where the program lies is nobody's business."""
    program = FilePath(sys.argv[0]).name
    return shlex.join(["helpnas" if program == "__main__.py" else program, *sys.argv[1:]])


#: In the order in which things happened, then what it rests on.
SECTIONS = (measurements, fit, check, search, breakdown, build, device, origin)
