"""The demo's picture."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import helpnas
import matplotlib
import numpy as np
import numpy.typing as npt
from common import Measured
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

matplotlib.use("Agg")

from matplotlib import pyplot  # noqa: E402

Floats = npt.NDArray[np.float64]

GREY, BLUE, ORANGE, RED = "#b8bec7", "#1f5fa8", "#e08a1e", "#c0392b"


@dataclass(frozen=True)
class Picture:
    """What is drawn."""

    device: str
    limit_ms: float
    spearman: float
    references: Measured
    held_out: Measured
    fitted_ms: Floats
    predicted_ms: Floats
    all_latency_ms: Floats
    all_macs: Floats
    found: helpnas.SearchResult


def draw(picture: Picture, file: Path) -> None:
    """Write the picture as PNG."""
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 5), layout="constrained")
    _predicted_and_measured(left, picture)
    _search(right, picture)
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(file, dpi=130)
    pyplot.close(figure)


def _predicted_and_measured(axes: Axes, picture: Picture) -> None:
    top = 1.08 * max(
        picture.references.latency_ms.max(), picture.held_out.latency_ms.max(),
        picture.predicted_ms.max(), picture.fitted_ms.max(),
    )  # fmt: skip
    axes.plot([0, top], [0, top], color=GREY, linewidth=1.2, zorder=1)
    axes.annotate(
        "predicted = measured", (0.66 * top, 0.66 * top), xytext=(4, -5),
        textcoords="offset points", rotation=45, rotation_mode="anchor", va="top",
        color="#7a828e", fontsize=9,
    )  # fmt: skip
    axes.scatter(
        picture.references.latency_ms, picture.fitted_ms, marker="s", s=34, facecolors="none",
        edgecolors=ORANGE, linewidths=1.4, label="the measurements it was given",
    )  # fmt: skip
    axes.scatter(
        picture.held_out.latency_ms, picture.predicted_ms, s=38, color=BLUE,
        label=f"{len(picture.held_out.archs)} others",
    )  # fmt: skip
    axes.set(
        xlim=(0, top), ylim=(0, top), aspect="equal", xlabel="measured (ms)",
        ylabel="predicted (ms)",
        title=f"{picture.device}: rank correlation {picture.spearman:.3f} on the others",
    )  # fmt: skip
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(frameon=False, loc="upper left")


def _search(axes: Axes, picture: Picture) -> None:
    million = picture.all_macs / 1e6
    within = picture.all_latency_ms <= picture.limit_ms
    for part, color, label in (
        (~within, GREY, "over the limit"),
        (within, BLUE, f"{within.sum():,} within the limit"),
    ):
        axes.scatter(
            picture.all_latency_ms[part], million[part], s=5, color=color, alpha=0.45,
            linewidths=0, label=label, rasterized=True,
        )  # fmt: skip
    axes.axvline(picture.limit_ms, color=RED, linewidth=1.2)
    axes.annotate(
        f"limit {picture.limit_ms:g} ms", (picture.limit_ms, 0), xytext=(5, 6),
        textcoords="offset points", color=RED, fontsize=9,
    )  # fmt: skip
    axes.scatter(
        picture.found.latency_ms, picture.found.accuracy / 1e6, marker="*", s=130, color=ORANGE,
        edgecolors="black", linewidths=0.6, zorder=3, label="found by the search",
    )  # fmt: skip
    axes.set(
        xlabel="predicted latency (ms)", ylabel="million MACs (stand-in for accuracy)",
        title=f"all {len(million):,} architectures",
    )  # fmt: skip
    legend = axes.legend(framealpha=0.9, edgecolor="none", loc="upper left")
    for handle in legend.legend_handles[:2]:
        if handle is not None:
            handle.set(sizes=[30], alpha=1)
