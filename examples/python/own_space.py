"""A search space of one's own, from JSON to a searched network:  own_space.py [SPACE.json]"""

import argparse
from pathlib import Path

import numpy as np

import helpnas

EXAMPLE = Path(__file__).parents[1] / "spaces/mobilenetv2.json"


def made_up_table(space: helpnas.Space, rows: int, devices: int) -> helpnas.LatencyTable:
    """Devices charge alike, not equal, prices for each feature, with 3 % noise."""
    random = np.random.default_rng(7)
    archs = space.sample(rows, seed=7)
    features = space.encode(archs).astype(float)
    usual = random.lognormal(0, 1, size=features.shape[1])
    columns = {}
    for number in range(devices):
        prices = usual * random.lognormal(0, 0.4, size=len(usual))
        noise = random.lognormal(0, 0.03, size=rows)
        columns[f"device {number}"] = (1 + features @ prices) * noise
    # The first ten rows are the references: what a user will measure on a new device.
    return helpnas.LatencyTable(space, archs, columns, references=range(10))


def main() -> None:
    """Train on made-up devices, adapt to the last, search."""
    parser = argparse.ArgumentParser(description="Train, adapt and search in a space from JSON.")
    parser.add_argument("space", nargs="?", type=Path, default=EXAMPLE)
    options = parser.parse_args()

    space = helpnas.Space.from_file(options.space)
    print(f"{space.name}: {space.width} genes, {space.feature_count} features")
    print(f"for example {space.notation(space.sample(1, seed=3))[0]}")

    table = made_up_table(space, rows=300, devices=16)
    *train, new = table.devices
    model = helpnas.meta_train(
        table,
        train=train,
        episodes=150,
        tasks=4,
        query=50,
        hidden=32,
        inner_rate=1e-2,
        meta_rate=3e-3,
        seed=1,
    )

    references = table.reference_rows()
    others = np.setdiff1d(np.arange(len(table)), references)
    latency = table.latency(new)
    predictor = model.adapt(model.references, latency[references])
    scores = helpnas.score(predictor.predict(table.archs[others]), latency[others])
    print(f"{new}, never seen: rank correlation {scores['spearman']:.2f} from ten measurements")

    limit = float(np.median(latency))
    found = predictor.search(max_latency_ms=limit, accuracy=space.macs, generations=20, seed=0)
    print(f"largest network under {limit:.2f} ms, predicted {found.latency_ms[0]:.2f} ms:")
    print(found.archs[0])


if __name__ == "__main__":
    main()
