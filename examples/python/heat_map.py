"""Which devices rank architectures alike, as a picture:  heat_map.py [TABLE.csv] [--output PNG]"""

import argparse
from pathlib import Path

import helpnas
import matplotlib
import numpy as np

matplotlib.use("Agg")

from matplotlib import pyplot  # noqa: E402


def made_up_table(rows: int, families: int, members: int) -> helpnas.LatencyTable:
    """Devices of a family charge similar prices for each operation."""
    random = np.random.default_rng(7)
    space = helpnas.Space("nasbench201")
    archs = space.sample(rows, seed=7)
    columns, prices = {}, np.array([0.1, 0.2, 1.0, 3.0, 0.8])
    for family in range(families):
        common = prices * random.lognormal(0, 0.8, size=5)
        for member in range(members):
            own = common * random.lognormal(0, 0.2, size=5)
            columns[f"family {family} no. {member}"] = 1 + own[archs].sum(axis=1)
    return helpnas.LatencyTable(space, archs, columns)


def draw(found: helpnas.Monotonicity, file: Path) -> None:
    """Write the correlations as PNG; a dot is where devices have too little in common."""
    count = len(found.devices)
    figure, axes = pyplot.subplots(figsize=(3.5 + 0.45 * count, 2.5 + 0.45 * count))
    image = axes.imshow(found.spearman, vmin=min(0, np.nanmin(found.spearman)), cmap="Blues")
    for (row, column), value in np.ndenumerate(found.spearman):
        text = "·" if np.isnan(value) else f"{value:.2f}"
        color = "white" if value > 0.6 else "black"
        axes.text(column, row, text, ha="center", va="center", color=color, fontsize=7)
    axes.set_xticks(range(count), found.devices, rotation=45, ha="right", fontsize=8)
    axes.set_yticks(range(count), found.devices, fontsize=8)
    figure.colorbar(image, label="Spearman correlation", shrink=0.8)
    figure.savefig(file, dpi=130, bbox_inches="tight")


def main() -> None:
    """Draw a table's heat map."""
    parser = argparse.ArgumentParser(description="Draw which devices rank alike.")
    parser.add_argument("table", nargs="?", help="a CSV file; without one, made-up devices")
    parser.add_argument("--output", type=Path, default=Path("heat_map.png"), metavar="PNG")
    parser.add_argument("--space", default="nasbench201", help="of the CSV file")
    options = parser.parse_args()
    table = made_up_table(rows=300, families=3, members=3)
    if options.table:
        table = helpnas.LatencyTable.from_csv(options.table, options.space)
    draw(helpnas.monotonicity(table), options.output)
    print(f"Wrote {options.output}: {len(table.devices)} devices, {len(table)} architectures")


if __name__ == "__main__":
    main()
