"""Pictures of predictions, searches, devices and training.

Each function returns a matplotlib ``Figure``; ``figure.savefig("front.svg")`` writes it in the
format of the name.  Matplotlib is imported when a function is called (``helpnas[plot]``), and
its global state (pyplot, the backend) is neither read nor changed.  Colours are Okabe and
Ito's, which people with any kind of colour vision can distinguish; shapes differ as well.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any, Optional, Sequence, Tuple

import numpy as np

from ._c.arrays import FloatArray, float_vector
from ._c.callbacks import Progress
from ._c.errors import ArgumentError
from .monotonicity import Monotonicity

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

GREY, BLUE, ORANGE, RED, GREEN = "#9a9fa6", "#0072b2", "#e69f00", "#d55e00", "#009e73"

#: Points beyond this number are small, faint, and pixels also in an SVG.
_MANY = 500
#: From this many devices on, a heat map has no room for numbers.
_CROWDED = 40
_AXIS_LETTERS = 40


def predicted_against_measured(
    measured_ms: Any,
    predicted_ms: Any,
    *,
    lower_ms: Any = None,
    upper_ms: Any = None,
    given_ms: Any = None,
    fitted_ms: Any = None,
    level: float = 0.9,
    title: str = "Predicted against measured latency",
) -> Figure:
    """Predictions of n architectures against their measurements, and the line where both agree.

    Args:
        measured_ms, predicted_ms: milliseconds, [n] each.
        lower_ms, upper_ms: ends of the intervals, [n] each; both or neither.
        given_ms, fitted_ms: measured and predicted milliseconds of the measurements that the
            predictor was given, [k] each; both or neither.
        level: of the intervals, for the legend.

    Raises:
        ArgumentError: no points, or vectors of different lengths or not finite.
        ImportError: matplotlib is not installed.
    """
    measured = _finite(measured_ms, "measured_ms")
    predicted = _finite(predicted_ms, "predicted_ms", len(measured))
    bars = _pair(lower_ms, upper_ms, "lower_ms", "upper_ms", len(measured))
    given = _pair(given_ms, fitted_ms, "given_ms", "fitted_ms")
    figure, axes = _single(5.0, 4.8)
    top = 1.06 * max(part.max() for part in (measured, predicted, *bars, *given))
    axes.plot([0, top], [0, top], color=GREY, linewidth=1.2, label="predicted = measured")
    if bars:
        axes.vlines(
            measured,
            bars[0],
            bars[1],
            color=BLUE,
            alpha=0.35,
            linewidth=2,
            label=f"{100 * level:.3g} % interval",
        )
    if given:
        axes.scatter(
            given[0],
            given[1],
            marker="s",
            s=36,
            facecolors="none",
            edgecolors=ORANGE,
            linewidths=1.5,
            label=f"{len(given[0])} given to the predictor",
        )
    axes.scatter(measured, predicted, s=26, color=BLUE, zorder=3, label=f"{len(measured)} others")
    axes.set(xlim=(0, top), ylim=(0, top), aspect="equal", title=title)
    axes.set(xlabel="measured latency (ms)", ylabel="predicted latency (ms)")
    _legend(axes)
    return figure


def pareto_front(
    latency_ms: Any,
    accuracy: Any,
    *,
    limit_ms: Optional[float] = None,
    found: Optional[Tuple[float, float]] = None,
    others: Optional[Tuple[Any, Any]] = None,
    accuracy_label: str = "accuracy",
    title: str = "Accuracy that a latency buys",
) -> Figure:
    """A Pareto front, the limit and the architecture chosen.

    Args:
        latency_ms, accuracy: of the n architectures on the front, [n] each, in any order.
        limit_ms: where the limit line goes.
        found: latency and accuracy of the architecture chosen.
        others: latencies and accuracies of other architectures, [k] each.
        accuracy_label: the axis's label, with a unit.

    Raises:
        ArgumentError: no points, or vectors of different lengths or not finite.
        ImportError: matplotlib is not installed.
    """
    latency = _finite(latency_ms, "latency_ms")
    height = _finite(accuracy, "accuracy", len(latency))
    rest = () if others is None else _pair(*others, "others[0]", "others[1]")
    chosen = () if found is None else tuple(_finite(found, "found", 2))
    limit = () if limit_ms is None else tuple(_finite([limit_ms], "limit_ms"))
    figure, axes = _single(5.6, 4.4)
    if rest:
        _cloud(axes, *rest)
    order = np.argsort(latency, kind="stable")
    axes.step(latency[order], height[order], where="post", color=BLUE, linewidth=1.2)
    axes.scatter(latency, height, s=26, color=BLUE, zorder=3, label=f"front, {len(latency)}")
    for milliseconds in limit:
        axes.axvline(milliseconds, color=RED, linestyle="--", label=f"limit {milliseconds:.4g} ms")
    if chosen:
        axes.scatter(
            chosen[0],
            chosen[1],
            marker="*",
            s=170,
            color=ORANGE,
            edgecolors="black",
            linewidths=0.7,
            zorder=4,
            label=f"chosen, {chosen[0]:.4g} ms",
        )
    axes.set(xlabel="predicted latency (ms)", ylabel=_wrap(accuracy_label), title=title)
    _legend(axes)
    return figure


def heat_map(found: Monotonicity, *, title: str = "Rank correlation of devices") -> Figure:
    """The rank correlation of every two devices; a dot if they have too few rows in common.

    Raises:
        ArgumentError: no devices, or a matrix of another shape.
        ImportError: matplotlib is not installed.
    """
    count = len(found.devices)
    if count == 0 or np.shape(found.spearman) != (count, count):
        raise ArgumentError(f"spearman has shape {np.shape(found.spearman)} for {count} devices")
    figure, axes = _single(3.5 + 0.42 * min(count, _CROWDED), 2.5 + 0.42 * min(count, _CROWDED))
    # Dark is similar.  A missing value is no colour, so the smallest of the others sets the end.
    lowest = min(0.0, float(np.nanmin(found.spearman, initial=0.0)))
    image = axes.imshow(found.spearman, vmin=lowest, vmax=1, cmap="cividis_r")
    if count <= _CROWDED:
        _write_values(axes, found.spearman, middle=(1 + lowest) / 2)
    axes.set_xticks(range(count), found.devices, rotation=45, ha="right", fontsize=8)
    axes.set_yticks(range(count), found.devices, fontsize=8)
    axes.set(title=title, xlabel="device", ylabel="device")
    figure.colorbar(image, label="Spearman rank correlation", shrink=0.8)
    return figure


def search_progress(
    steps: Sequence[Progress],
    *,
    accuracy_label: str = "accuracy",
    title: str = "Progress of the search",
) -> Figure:
    """The best accuracy so far over the generations.

    Args:
        steps: what the ``progress`` of a search was called with, as
            ``predictor.search(..., progress=steps.append)`` collects it.
        accuracy_label: the axis's label, with a unit.

    Raises:
        ArgumentError: no steps.
        ImportError: matplotlib is not installed.
    """
    _check_steps(steps)
    figure, axes = _single(5.6, 4.0)
    done = [step.done for step in steps]
    best = [step.best for step in steps]
    axes.step(done, best, where="post", color=BLUE, label="best within the limit")
    axes.scatter(done[-1:], best[-1:], color=BLUE, s=26, zorder=3)
    axes.set(xlabel="generations", ylabel=_wrap(accuracy_label), title=title)
    _whole_numbers(axes)
    _legend(axes)
    return figure


def training_curves(
    steps: Sequence[Progress], *, title: str = "Progress of meta-training"
) -> Figure:
    """Each episode's loss, and the best validation Spearman so far, over the episodes.

    Args:
        steps: what the ``progress`` of ``meta_train`` was called with.

    Raises:
        ArgumentError: no steps.
        ImportError: matplotlib is not installed.
    """
    _check_steps(steps)
    figure = _figure(5.6, 5.4)
    above, below = figure.subplots(2, 1, sharex=True)
    done = [step.done for step in steps]
    above.plot(done, [step.loss for step in steps], color=BLUE, linewidth=1)
    above.set(ylabel="loss of the episode", title=title)
    below.step(done, [step.best for step in steps], where="post", color=GREEN)
    below.set(xlabel="episodes", ylabel="validation Spearman,\nbest so far")
    for axes in (above, below):
        _plain(axes)
    _whole_numbers(below)
    return figure


def _figure(width: float, height: float) -> Figure:
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise ImportError("pictures need matplotlib: pip install 'helpnas[plot]'") from None
    return Figure(figsize=(width, height), layout="constrained")


def _single(width: float, height: float) -> Tuple[Figure, Axes]:
    figure = _figure(width, height)
    axes = figure.subplots()
    _plain(axes)
    return figure, axes


def _plain(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)


def _legend(axes: Axes) -> None:
    """Below the axes, where it covers no line."""
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.14), ncol=2, fontsize=9, frameon=False)


def _wrap(label: str) -> str:
    """Break a label into lines no longer than an axis."""
    return textwrap.fill(label, _AXIS_LETTERS)


def _whole_numbers(axes: Axes) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def _cloud(axes: Axes, latency: FloatArray, accuracy: FloatArray) -> None:
    many = len(latency) > _MANY
    axes.scatter(
        latency,
        accuracy,
        s=5 if many else 16,
        color=GREY,
        alpha=0.5,
        linewidths=0,
        rasterized=many,
        label=f"{len(latency):,} others",
    )


def _write_values(axes: Axes, matrix: FloatArray, middle: float) -> None:
    for (row, column), value in np.ndenumerate(matrix):
        text = "·" if np.isnan(value) else f"{value:.2f}"
        color = "white" if value > middle else "black"
        axes.text(column, row, text, ha="center", va="center", color=color, fontsize=7)


def _check_steps(steps: Sequence[Progress]) -> None:
    if not len(steps):
        raise ArgumentError("steps is empty: pass progress=steps.append to what is drawn")


def _pair(
    first: Any, second: Any, name: str, other: str, count: Optional[int] = None
) -> Tuple[FloatArray, ...]:
    """Two vectors of one length, or () where neither is given."""
    if first is None and second is None:
        return ()
    if first is None or second is None:
        raise ArgumentError(f"give both {name} and {other}, or neither")
    values = _finite(first, name, count)
    return values, _finite(second, other, len(values))


def _finite(values: Any, name: str, count: Optional[int] = None) -> FloatArray:
    numbers = float_vector(values, name, count)
    if not len(numbers):
        raise ArgumentError(f"{name} is empty")
    if not np.isfinite(numbers).all():
        row = int(np.argmax(~np.isfinite(numbers)))
        raise ArgumentError(f"{name}: row {row} is {numbers[row]}, which cannot be drawn")
    return numbers
