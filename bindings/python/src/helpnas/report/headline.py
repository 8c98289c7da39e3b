"""The card at the top: the answer."""

from __future__ import annotations

from typing import List, NamedTuple

from .architectures import folded_notation, remark, stage_list
from .charts import LimitChart
from .elements import Tone, badge, callout, html_of
from .story import Found, Held, Story
from .text import (
    correlation,
    digits,
    escape,
    level_name,
    ms,
    name_and_unit,
    percent,
    quantity,
)


class Tile(NamedTuple):
    """A large number with its name, and a remark under it."""

    name: str
    value: str
    remark: str = ""


def headline(story: Story) -> str:
    """What was found, or else what the predictor is worth."""
    found = story.found
    return _predictor_card(story) if found is None else _found_card(story, found)


def warnings(story: Story) -> str:
    """What disturbed the measurements, and which quantity stands in for another."""
    report = story.report
    parts = [callout(Tone.WARNING, "Warning", _sentence(str(each))) for each in report.warnings]
    parts += [callout(Tone.NEUTRAL, "Note", str(note)) for note in report.notes]
    return "\n".join(parts)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def _found_card(story: Story, found: Found) -> str:
    tone, words = found.verdict
    chosen = found.chosen
    name, unit = name_and_unit(chosen.accuracy_label)
    tiles = [
        Tile("Predicted", ms(found.predicted_ms), _interval_remark(story, found)),
        Tile("Measured", "–", "not built yet")
        if chosen.measured_ms is None
        else Tile("Measured", ms(chosen.measured_ms), _expected_remark(found)),
        Tile("Limit", "none" if found.limit_ms is None else ms(found.limit_ms), _spare(found)),
        Tile(name[:1].upper() + name[1:], quantity(chosen.accuracy), unit),
    ]
    chart = LimitChart(
        found.predicted_ms,
        found.interval,
        chosen.measured_ms,
        found.limit_ms,
        level_name(story.report.level),
    )
    space, arch = story.space, chosen.arch
    stages = stage_list(space, arch) + remark(space) + folded_notation(space, arch)
    network = f"<h2>The network found</h2>{stages}"
    return _card(tone, words, _answer(found), tiles, chart.html(), network)


def _card(tone: Tone, words: str, answer: str, tiles: List[Tile], *parts: str) -> str:
    numbers = "".join(
        f"<div><dt>{escape(tile.name)}</dt><dd>{html_of(tile.value)}</dd>"
        f'<dd class="remark">{html_of(tile.remark)}</dd></div>'
        for tile in tiles
    )
    return (
        f'<div class="card {tone.kind}" id="answer">{badge(tone, words)}'
        f'<p class="answer">{escape(answer)}</p>'
        f'<dl class="tiles">{numbers}</dl>{"".join(parts)}</div>'
    )


def _answer(found: Found) -> str:
    measured, limit = found.chosen.measured_ms, found.limit_ms
    if measured is None:
        text = f"The search found a network that is predicted to run in {ms(found.predicted_ms)}"
        against = "" if limit is None else f", {_against(found.predicted_ms, limit)}"
        return f"{text}{against}. It has not been built and measured yet."
    against = "" if limit is None else f", {_against(measured, limit)}"
    return f"The search found a network that runs in {ms(measured)}{against}."


def _against(latency: float, limit: float) -> str:
    side = "below" if latency <= limit else "above"
    return f"{percent(abs(latency / limit - 1))} {side} the limit of {ms(limit)}"


def _interval_remark(story: Story, found: Found) -> str:
    if found.interval is None:
        return f"method {story.predictor.method} gives no interval"
    low, high = map(digits, found.interval)
    return f"{level_name(story.report.level)}: {low} to {high} ms"


def _expected_remark(found: Found) -> str:
    if found.is_expected is None:
        return ""
    return "inside its interval" if found.is_expected else "outside its interval"


def _spare(found: Found) -> str:
    limit, measured = found.limit_ms, found.chosen.measured_ms
    if limit is None:
        return ""
    latency = found.predicted_ms if measured is None else measured
    share = percent(abs(1 - latency / limit))
    return f"{share} to spare" if latency <= limit else f"exceeded by {share}"


def _predictor_card(story: Story) -> str:
    """Of a predictor that was not searched."""
    count = len(story.record.archs)
    source = f"made from {count} measurements" if count else "whose measurements are not recorded"
    answer = f"A latency predictor for every network of {story.space.name}, {source}."
    tone, words = story.fit_verdict
    if tone is Tone.GOOD and story.held is not None:
        tone, words = story.held.verdict
    tiles = [Tile("Measurements", str(count) if count else "–", _range(story))]
    tiles += _left_out_tiles(story) if story.held is None else _held_tiles(story.held)
    return _card(tone, words, answer, tiles)


def _range(story: Story) -> str:
    latency = story.record.latency_ms
    return f"{digits(latency.min())} to {ms(latency.max())}" if len(latency) else ""


def _left_out_tiles(story: Story) -> List[Tile]:
    record = story.record
    how = "rows left out, one at a time"
    return [
        Tile("Mean error", percent(record.mape), how),
        Tile("Rank correlation", correlation(record.spearman), how),
    ]


def _held_tiles(held: Held) -> List[Tile]:
    count = len(held.errors)
    tiles = [Tile("Mean error", percent(held.errors.mean()), f"{count} kept aside")]
    if held.inside is not None:
        inside = f"{held.inside} of {count}"
        tiles.append(Tile("Inside interval", inside, level_name(held.level)))
    return tiles
