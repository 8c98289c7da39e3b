"""Pictures: what is on the axes, that they save, and what is refused."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any, Callable, List

import numpy as np
import pytest

import helpnas
from helpnas import Progress

pytest.importorskip("matplotlib")

from helpnas import plots  # noqa: E402

MS = np.array([3.0, 1.0, 2.0])
STEPS = [Progress(i + 1, 3, 0.5 + i, 9.0, 2.0 - i) for i in range(3)]


def correlations(names: Any, matrix: Any) -> helpnas.Monotonicity:
    """As ``helpnas.monotonicity`` would give them."""
    space = helpnas.Space("nasbench201")
    table = helpnas.LatencyTable(space, space.sample(1), {name: np.ones(1) for name in names})
    return helpnas.Monotonicity(table, matrix, np.ones(matrix.shape, np.int64))


ALIKE = correlations(["a", "b"], np.array([[1.0, np.nan], [np.nan, 1.0]]))

DRAWN: List[Callable[[], Any]] = [
    lambda: plots.predicted_against_measured(MS, MS, lower_ms=MS - 0.5, upper_ms=MS + 0.5),
    lambda: plots.pareto_front(MS, MS, limit_ms=2, found=(2, 2), others=(MS, MS)),
    lambda: plots.heat_map(ALIKE),
    lambda: plots.search_progress(STEPS),
    lambda: plots.training_curves(STEPS),
]


def points(axes: Any, label: str) -> Any:
    """Where the points with this label are, [n, 2]."""
    found = [one for one in axes.collections if str(one.get_label()).startswith(label)]
    assert len(found) == 1, label
    return found[0].get_offsets()


@pytest.mark.parametrize("draw", DRAWN)
@pytest.mark.parametrize("suffix, start", [("png", b"\x89PNG"), ("svg", b"<?xml")])
def test_every_picture_saves(draw: Any, suffix: str, start: bytes, tmp_path: Path) -> None:
    file = tmp_path / f"picture.{suffix}"
    draw().savefig(file)
    assert file.read_bytes().startswith(start)


@pytest.mark.parametrize("draw", DRAWN)
def test_every_axis_is_labelled(draw: Any) -> None:
    axes = draw().axes
    assert axes[0].get_title()
    assert all(each.get_ylabel() for each in axes)
    assert axes[0].get_xlabel() or axes[1].get_xlabel()


def test_predictions_have_units_bars_and_the_diagonal() -> None:
    figure = plots.predicted_against_measured(
        MS, MS + 1, lower_ms=MS, upper_ms=MS + 2, level=0.95, given_ms=[5, 6], fitted_ms=[5, 7]
    )
    (axes,) = figure.axes
    assert axes.get_xlabel() == "measured latency (ms)"
    assert axes.get_ylabel() == "predicted latency (ms)"
    assert points(axes, "3 others").tolist() == [[3, 4], [1, 2], [2, 3]]
    assert points(axes, "2 given").tolist() == [[5, 5], [6, 7]]
    (diagonal,) = axes.lines
    assert np.array_equal(diagonal.get_xdata(), diagonal.get_ydata())
    bars = next(each for each in axes.collections if each.get_label() == "95 % interval")
    assert [segment[:, 1].tolist() for segment in bars.get_segments()] == [[3, 5], [1, 3], [2, 4]]


def test_the_front_is_drawn_from_left_to_right_with_limit_and_choice() -> None:
    figure = plots.pareto_front(
        MS,
        [70, 50, 60],
        limit_ms=2.5,
        found=(2, 60),
        others=([4, 5], [1, 2]),
        accuracy_label="top-1 (%)",
    )
    (axes,) = figure.axes
    assert axes.get_ylabel() == "top-1 (%)" and "(ms)" in axes.get_xlabel()
    front, limit = axes.lines
    assert list(front.get_xdata()) == [1, 2, 3] and list(front.get_ydata()) == [50, 60, 70]
    assert list(limit.get_xdata()) == [2.5, 2.5]
    assert points(axes, "chosen").tolist() == [[2, 60]]
    assert len(points(axes, "2 others")) == 2


def test_the_front_alone_has_neither_limit_nor_choice() -> None:
    (axes,) = plots.pareto_front(MS, MS).axes
    assert len(axes.lines) == 1 and len(axes.collections) == 1


def test_a_long_label_and_the_legend_have_their_own_place() -> None:
    label = "accuracy (share of ImageNet images classified correctly, top 1)"
    figure = plots.pareto_front(MS, [70, 50, 60], limit_ms=2.5, accuracy_label=label)
    (axes,) = figure.axes
    figure.draw_without_rendering()
    box = axes.yaxis.label.get_window_extent()
    assert 0 <= box.y0 and box.y1 <= figure.bbox.height
    legend = axes.get_legend().get_window_extent()
    assert legend.y1 < axes.get_window_extent().y0 and legend.y0 >= 0


def test_the_heat_map_writes_values_and_a_dot_for_none() -> None:
    axes = plots.heat_map(ALIKE).axes[0]
    assert [text.get_text() for text in axes.texts] == ["1.00", "·", "·", "1.00"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["a", "b"]


def test_a_large_heat_map_has_no_numbers() -> None:
    names = [f"device {i}" for i in range(45)]
    axes = plots.heat_map(correlations(names, np.eye(45))).axes[0]
    assert not axes.texts and len(axes.get_yticklabels()) == 45


def test_curves_follow_the_recorded_progress() -> None:
    (line,) = plots.search_progress(STEPS).axes[0].lines
    assert list(line.get_xdata()) == [1, 2, 3] and list(line.get_ydata()) == [0.5, 1.5, 2.5]
    above, below = plots.training_curves(STEPS).axes
    assert list(above.lines[0].get_ydata()) == [2, 1, 0]
    assert list(below.lines[0].get_ydata()) == [0.5, 1.5, 2.5]


@pytest.mark.parametrize(
    "draw, message",
    [
        (lambda: plots.predicted_against_measured([], []), "measured_ms is empty"),
        (lambda: plots.predicted_against_measured(MS, MS[:2]), r"predicted_ms must be .*\[3\]"),
        (lambda: plots.predicted_against_measured(MS, [1, 2, np.nan]), "row 2 is nan"),
        (lambda: plots.predicted_against_measured(MS, MS, lower_ms=MS), "lower_ms and upper_ms"),
        (lambda: plots.predicted_against_measured(MS, MS, given_ms=MS), "given_ms and fitted_ms"),
        (lambda: plots.pareto_front(MS, ["a", "b", "c"]), "accuracy must be numbers"),
        (lambda: plots.pareto_front(MS, MS, found=(1, 2, 3)), "found must be"),
        (lambda: plots.pareto_front(MS, MS, limit_ms=np.inf), "limit_ms: row 0 is inf"),
        (lambda: plots.heat_map(correlations([], np.zeros((0, 0)))), "0 devices"),
        (lambda: plots.heat_map(correlations(["a"], np.eye(2))), "1 devices"),
        (lambda: plots.search_progress([]), "steps is empty"),
        (lambda: plots.training_curves([]), "steps is empty"),
    ],
)
def test_what_cannot_be_drawn_is_refused(draw: Any, message: str) -> None:
    with pytest.raises(helpnas.ArgumentError, match=message):
        draw()


def test_matplotlib_is_imported_on_use_and_pyplot_never() -> None:
    program = """
import sys, helpnas, helpnas.plots
assert "matplotlib" not in sys.modules
helpnas.plots.pareto_front([1.0], [2.0])
assert "matplotlib.figure" in sys.modules and "matplotlib.pyplot" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_without_matplotlib_the_message_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r"helpnas\[plot\]"):
        plots.pareto_front([1.0], [2.0])
