"""Charts as SVG inside the page.

They are drawn here, not by matplotlib (as ``helpnas.plots`` does), because of what a page needs:
colours that follow light, dark and print, which are the style sheet's variables; letters that
keep their size on a phone, for which each chart is drawn twice, narrow and wide, and the style
sheet shows one; values that appear under the mouse; and a report without matplotlib.  They are
points, lines and straight scales.  Legends and titles are HTML around them, so that no label is
cut off and none lies on a line.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Callable, Iterable, List, Optional, Sequence, Tuple

from .text import escape, ms, percent, quantity, suffix_of

#: Widths in pixels that charts are drawn for: the name is the style sheet's class.
_WIDTHS = {"narrow": 330, "wide": 760}
#: How much wider than drawn they are shown at most.
_STRETCH = {"narrow": 1.3, "wide": 1.0}
_LETTER, _LINE = 6.8, 16
#: Pixels between two ticks.
_TICK_GAP = 50
#: Ticks are written out below this number.
_MILLION = 1e6
#: Points beyond this number are small.
_MANY = 60
_WIDEST_SQUARE = 500
#: Height of a bar, and pixels from one bar to the next, which its name is in.
_BAR, _BAR_STEP = 11, 36

Point = Tuple[float, float]
#: Class of a legend's mark, and its text.
Entry = Tuple[str, str]


@dataclass(frozen=True)
class Scale:
    """A straight scale from values to pixels."""

    low: float
    high: float
    begin: float
    end: float

    def __call__(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(self.begin + share * (self.end - self.begin), 1)

    def ticks(self) -> List[float]:
        """Round values on the scale, 3 or more."""
        count = max(4, abs(self.end - self.begin) / _TICK_GAP)
        step = _round_step((self.high - self.low) / count)
        first, last = math.ceil(self.low / step), math.floor(self.high / step)
        return [number * step for number in range(first, last + 1)]


def _round_step(step: float) -> float:
    power = 10.0 ** math.floor(math.log10(step))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= 0.8 * step)


def extent(values: Iterable[float], pad: float = 0.06) -> Tuple[float, float]:
    """The smallest and the largest value, with room on either side."""
    finite = list(values)
    low, high = min(finite), max(finite)
    room = pad * (high - low) or 0.1 * abs(high) or 1.0
    return low - room, high + room


def tick_texts(ticks: Sequence[float]) -> List[str]:
    """The shortest texts that differ: 0.76, 6,000, 600 M."""
    largest = max(map(abs, ticks), default=0.0)
    unit, suffix = suffix_of(largest) if largest >= _MILLION else (1.0, "")
    step = (ticks[1] - ticks[0]) / unit if len(ticks) > 1 else 1.0
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    return [f"{tick / unit:,.{decimals}f}{suffix}".replace("-", "−") for tick in ticks]


class Frame:
    """A chart's area with its axes; marks are added in the order in which they are drawn."""

    def __init__(
        self,
        width: float,
        height: float,
        x: Tuple[float, float],
        y: Optional[Tuple[float, float]] = None,
    ) -> None:
        self.width, self.height = width, height
        self.y = Scale(*(y or (0.0, 1.0)), height - 2.6 * _LINE, _LINE + 6)
        ticks = self.y.ticks() if y else []
        texts = tick_texts(ticks)
        left = _LETTER * max(map(len, texts), default=0) + 12
        self.x = Scale(*x, left, width - 10)
        self._parts: List[str] = []
        for tick, text in zip(ticks, texts):
            self.line("grid", (left, self.y(tick)), (self.x.end, self.y(tick)))
            self.label(left - 7, self.y(tick) + 4, text, "end")
        self._draw_x_axis()

    def _draw_x_axis(self) -> None:
        top, bottom = self.y.end, self.y.begin
        ticks = self.x.ticks()
        for tick, text in zip(ticks, tick_texts(ticks)):
            self.line("grid", (self.x(tick), top), (self.x(tick), bottom))
            self.label(self.x(tick), bottom + _LINE, text, "middle")
        self.line("axis", (self.x.begin, bottom), (self.x.end, bottom))

    def add(self, part: str) -> None:
        self._parts.append(part)

    def line(self, kind: str, begin: Point, end: Point) -> None:
        """In pixels."""
        (x1, y1), (x2, y2) = begin, end
        self.add(f'<line class="{kind}" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>')

    def label(self, x: float, y: float, text: str, anchor: str, kind: str = "tick") -> None:
        """In pixels."""
        self.add(
            f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">'
            f"{escape(text)}</text>"
        )

    def name_x(self, text: str) -> None:
        """What the horizontal axis is."""
        self.label((self.x.begin + self.x.end) / 2, self.height - 5, text, "middle", "name")

    def dot(self, kind: str, x: float, y: float, radius: float, title: str) -> None:
        self.add(
            f'<circle class="{kind}" cx="{self.x(x)}" cy="{self.y(y)}" r="{radius}">'
            f"<title>{escape(title)}</title></circle>"
        )

    def shape(self, kind: str, x: float, y: float, corners: Sequence[Point], title: str) -> None:
        """A polygon around a point; corners in pixels from there."""
        points = " ".join(f"{self.x(x) + dx:.1f},{self.y(y) + dy:.1f}" for dx, dy in corners)
        self.add(
            f'<polygon class="{kind}" points="{points}"><title>{escape(title)}</title></polygon>'
        )

    def limit(self, value: float) -> None:
        """An upright line, what is beyond it shaded, its label above the chart."""
        place, top, bottom = self.x(value), self.y.end, self.y.begin
        beyond = max(0.0, self.x.end - place)
        self.add(
            f'<rect class="beyond" x="{place}" y="{top}" width="{beyond:.1f}" '
            f'height="{bottom - top:.1f}"/>'
        )
        self.line("limit", (place, top - 4), (place, bottom))
        text = f"limit {ms(value)}"
        half = _LETTER * len(text) / 2
        middle = min(max(place, half), self.width - half)
        self.label(middle, top - 8, text, "middle", "limit-name")

    def svg(self, kind: str, description: str) -> str:
        """The chart; ``kind`` is the class that says when it is shown."""
        return (
            f'<svg class="{kind}" viewBox="0 0 {self.width:g} {self.height:g}" '
            f'style="max-width:{_STRETCH[kind] * self.width:g}px" role="img" '
            f'aria-label="{escape(description)}">{"".join(self._parts)}</svg>'
        )


_STAR = [
    (radius * math.sin(turn * math.pi / 5), -radius * math.cos(turn * math.pi / 5))
    for turn, radius in enumerate((10, 4.2) * 5)
]
_DIAMOND = [(0, -7), (7, 0), (0, 7), (-7, 0)]
_SQUARE = [(-4, -4), (4, -4), (4, 4), (-4, 4)]
_CROSS_SIZE = 4.5


def figure(
    draw: Callable[[float], Frame], legend: Sequence[Entry], description: str, above: str = ""
) -> str:
    """A chart in both widths, with its legend, and above it what its upright axis is."""
    drawn = "".join(draw(width).svg(kind, description) for kind, width in _WIDTHS.items())
    marks = "".join(
        f'<li><span class="mark {kind}" aria-hidden="true"></span>{escape(text)}</li>'
        for kind, text in legend
    )
    caption = f'<p class="upright">↑ {escape(above)}</p>' if above else ""
    return f'<figure><ul class="legend">{marks}</ul>{caption}{drawn}</figure>'


@dataclass(frozen=True)
class FrontChart:
    """Accuracy against latency: a front, the limit, the architecture chosen.

    Attributes:
        front: (milliseconds, accuracy) of its members, by latency.
        chosen: of the architecture that was found, as predicted.
        interval: ends of its interval, milliseconds; None where there is none.
        measured_ms: its latency, if measured.
        limit_ms: None for no limit.
        label: what accuracy is.
    """

    front: Sequence[Point]
    chosen: Point
    interval: Optional[Tuple[float, float]]
    measured_ms: Optional[float]
    limit_ms: Optional[float]
    label: str

    def html(self) -> str:
        legend = [("front-mark", f"best accuracy for each latency ({len(self.front)} networks)")]
        legend.append(("star-mark", f"found, predicted {ms(self.chosen[0])}"))
        if self.measured_ms is not None:
            legend.append(("diamond-mark", f"found, measured {ms(self.measured_ms)}"))
        description = "Accuracy against predicted latency, with the network found"
        return figure(self._draw, legend, description, self.label)

    def _draw(self, width: float) -> Frame:
        known = [self.chosen[0], self.measured_ms, self.limit_ms, *(self.interval or ())]
        x = extent([*(point[0] for point in self.front), *(v for v in known if v is not None)])
        y = extent([self.chosen[1], *(point[1] for point in self.front)])
        frame = Frame(width, 0.4 * width + 120, x, y)
        frame.name_x("latency, ms")
        if self.limit_ms is not None:
            frame.limit(self.limit_ms)
        self._draw_front(frame)
        self._draw_chosen(frame)
        return frame

    def _draw_front(self, frame: Frame) -> None:
        places = [(frame.x(x), frame.y(y)) for x, y in self.front]
        steps = [f"M{places[0][0]} {places[0][1]}", *(f"H{x}V{y}" for x, y in places[1:])]
        frame.add(f'<path class="front" d="{"".join(steps)}H{frame.x.end}"/>')
        radius = 1.8 if len(self.front) > _MANY else 3.2
        for x, y in self.front:
            frame.dot("front-dot", x, y, radius, f"{ms(x)}, {quantity(y)}")

    def _draw_chosen(self, frame: Frame) -> None:
        x, y = self.chosen
        if self.interval is not None:
            low, high = (frame.x(end) for end in self.interval)
            frame.line("interval-bar", (low, frame.y(y)), (high, frame.y(y)))
        frame.shape("star", x, y, _STAR, f"predicted {ms(x)}")
        if self.measured_ms is not None:
            name = f"measured {ms(self.measured_ms)}"
            frame.shape("diamond", self.measured_ms, y, _DIAMOND, name)


@dataclass(frozen=True)
class AgreementChart:
    """Predicted against measured latency, and the line where both are equal.

    Attributes:
        held_out: (measured, predicted) milliseconds of measurements that were kept aside.
        intervals: their ends; None where the method has none.
        given: the same two of the measurements that the predictor was made from.
        interval_name: as "90 % interval".
    """

    held_out: Sequence[Point]
    intervals: Optional[Sequence[Tuple[float, float]]]
    given: Sequence[Point]
    interval_name: str

    @property
    def _outside(self) -> List[bool]:
        if self.intervals is None:
            return [False] * len(self.held_out)
        return [
            not low <= measured <= high
            for (measured, _), (low, high) in zip(self.held_out, self.intervals)
        ]

    def html(self) -> str:
        outside = sum(self._outside)
        legend = [("held-mark", f"{len(self.held_out) - outside} kept aside")]
        if self.intervals is not None:
            legend = [
                ("held-mark", f"{len(self.held_out) - outside} kept aside, inside the interval"),
                ("bar-mark", self.interval_name),
            ]
        if outside:
            legend.append(("cross-mark", f"{outside} kept aside, outside it"))
        if self.given:
            legend.append(("given-mark", f"{len(self.given)} given to the predictor"))
        legend.append(("diagonal-mark", "predicted = measured"))
        return figure(
            self._draw, legend, "Predicted against measured latency", "predicted latency, ms"
        )

    def _draw(self, width: float) -> Frame:
        ends = [end for pair in self.intervals or () for end in pair]
        values = [value for point in [*self.held_out, *self.given] for value in point]
        low, high = extent([*values, *ends])
        both = max(0.0, low), high
        # About square, so that the diagonal is one.
        side = min(width, _WIDEST_SQUARE)
        frame = Frame(side, side + 24, both, both)
        frame.name_x("measured latency, ms")
        corners = (frame.x(both[0]), frame.y(both[0])), (frame.x(high), frame.y(high))
        frame.line("diagonal", *corners)
        self._draw_points(frame)
        return frame

    def _draw_points(self, frame: Frame) -> None:
        for (measured, _), (low, high) in zip(self.held_out, self.intervals or ()):
            place = frame.x(measured)
            frame.line("bar", (place, frame.y(low)), (place, frame.y(high)))
        for x, y in self.given:
            frame.shape("given", x, y, _SQUARE, _both(x, y))
        for (x, y), outside in zip(self.held_out, self._outside):
            if outside:
                _draw_cross(frame, x, y)
            else:
                frame.dot("held", x, y, 3.6, _both(x, y))


def _both(measured: float, predicted: float) -> str:
    off = percent(abs(predicted / measured - 1))
    return f"measured {ms(measured)}, predicted {ms(predicted)}, {off} off"


def _draw_cross(frame: Frame, x: float, y: float) -> None:
    size, (left, top) = _CROSS_SIZE, (frame.x(x), frame.y(y))
    frame.add(
        f'<path class="cross" d="M{left - size:.1f} {top - size:.1f}l{2 * size} {2 * size}'
        f'm0 {-2 * size}l{-2 * size} {2 * size}"><title>{escape(_both(x, y))}</title></path>'
    )


@dataclass(frozen=True)
class BreakdownChart:
    """A bar for each group of choices: the milliseconds that they add.

    Attributes:
        groups: names and milliseconds, in the order of the bars.
    """

    groups: Sequence[Tuple[str, float]]

    def html(self) -> str:
        legend = [("more-mark", "adds milliseconds")]
        if any(value < 0 for _, value in self.groups):
            legend.append(("less-mark", "saves milliseconds"))
        return figure(self._draw, legend, "Milliseconds that each group of choices adds")

    def _draw(self, width: float) -> Frame:
        values = [value for _, value in self.groups]
        low, high = extent([0.0, *values])
        x = (low if min(values) < 0 else 0.0), (high if max(values) > 0 else 0.0)
        frame = Frame(width, len(values) * _BAR_STEP + 3.6 * _LINE + 10, x)
        frame.name_x("milliseconds added to the fastest network")
        for number, (name, value) in enumerate(self.groups):
            self._draw_bar(frame, frame.y.end + number * _BAR_STEP, name, value)
        frame.line("axis", (frame.x(0), frame.y.end), (frame.x(0), frame.y.begin))
        return frame

    @property
    def _decimals(self) -> int:
        """As many as show three digits of the longest bar."""
        largest = max(abs(value) for _, value in self.groups)
        return max(0, 2 - math.floor(math.log10(largest)))

    def _draw_bar(self, frame: Frame, top: float, name: str, value: float) -> None:
        """The group's name, its milliseconds at the right, and the bar below."""
        line = top + _LINE - 2
        amount = f"{value:.{self._decimals}f} ms".replace("-", "−")
        room = int((frame.x.end - frame.x.begin) / _LETTER) - len(amount) - 2
        shown = name if len(name) <= room else f"{name[: room - 1]}…"
        frame.label(frame.x.begin + 3, line, shown, "start", "bar-name")
        frame.label(frame.x.end, line, amount, "end", "bar-name")
        begin, end = sorted((frame.x(0), frame.x(value)))
        kind = "more" if value >= 0 else "less"
        frame.add(
            f'<rect class="{kind}" x="{begin}" y="{top + _LINE + 3:.1f}" '
            f'width="{end - begin:.1f}" height="{_BAR}" rx="2">'
            f"<title>{escape(name)}: {amount}</title></rect>"
        )


@dataclass(frozen=True)
class LimitChart:
    """One line: interval, prediction and measurement of an architecture, and the limit."""

    predicted_ms: float
    interval: Optional[Tuple[float, float]]
    measured_ms: Optional[float]
    limit_ms: Optional[float]
    interval_name: str

    def html(self) -> str:
        legend = [("tick-mark", "predicted")]
        if self.interval is not None:
            legend.append(("band-mark", self.interval_name))
        if self.measured_ms is not None:
            legend.append(("diamond-mark", "measured"))
        return figure(self._draw, legend, "Predicted and measured latency beside the limit")

    def _draw(self, width: float) -> Frame:
        known = [self.predicted_ms, self.measured_ms, self.limit_ms, *(self.interval or ())]
        x = extent([value for value in known if value is not None], 0.2)
        frame = Frame(width, 112, (max(0.0, x[0]), x[1]))
        frame.name_x("latency, ms")
        if self.limit_ms is not None:
            frame.limit(self.limit_ms)
        self._draw_prediction(frame)
        if self.measured_ms is not None:
            name = f"measured {ms(self.measured_ms)}"
            frame.shape("diamond", self.measured_ms, 0.5, _DIAMOND, name)
        return frame

    def _draw_prediction(self, frame: Frame) -> None:
        middle, place = frame.y(0.5), frame.x(self.predicted_ms)
        if self.interval is not None:
            low, high = (frame.x(end) for end in self.interval)
            frame.add(
                f'<rect class="band" x="{low}" y="{middle - 8:.1f}" width="{high - low:.1f}" '
                'height="16" rx="3"/>'
            )
        frame.line("predicted", (place, middle - 12), (place, middle + 12))
