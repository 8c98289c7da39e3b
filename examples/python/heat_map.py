"""Which devices rank architectures alike, as a picture:  heat_map.py [TABLE.csv] [--output PNG]"""

import argparse
from pathlib import Path

import numpy as np

import helpnas
from helpnas import plots


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
    plots.heat_map(helpnas.monotonicity(table)).savefig(options.output, dpi=130)
    print(f"Wrote {options.output}: {len(table.devices)} devices, {len(table)} architectures")


if __name__ == "__main__":
    main()
