"""Meta-train a model of one's own, here a tiny one on made-up devices:  train.py [--save FILE]"""

import argparse
from pathlib import Path

import numpy as np

import helpnas


def made_up_table(rows: int, devices: int) -> helpnas.LatencyTable:
    """Each device charges its own price for each operation, with 3 % noise."""
    random = np.random.default_rng(7)
    space = helpnas.Space("nasbench201")
    archs = space.sample(rows, seed=7)
    columns = {}
    for number in range(devices):
        prices = random.lognormal(0, 1, size=5)
        noise = random.lognormal(0, 0.03, size=rows)
        columns[f"device {number}"] = (1 + prices[archs].sum(axis=1)) * noise
    # The first ten rows are the references: what a user will measure on a new device.
    return helpnas.LatencyTable(space, archs, columns, references=range(10))


def report(now: helpnas.Progress) -> None:
    """Called after each episode; raising an exception here would stop the training."""
    if now.done % 40 == 0:
        print(f"  episode {now.done} of {now.total}: loss {now.loss:.3f}, best {now.best:.3f}")


def main() -> None:
    """Train on 22 devices, choose by the next, try on the last."""
    parser = argparse.ArgumentParser(description="Meta-train a tiny model.")
    parser.add_argument("--save", type=Path, metavar="FILE", help="write the model there")
    options = parser.parse_args()

    table = made_up_table(rows=300, devices=24)
    *train, valid, new = table.devices
    print(f"Training on {len(train)} devices; best: rank correlation on {valid}")
    model = helpnas.meta_train(
        table,
        train=train,
        valid=[valid],
        episodes=200,
        valid_interval=20,
        tasks=4,
        query=50,
        hidden=32,
        inner_rate=1e-2,
        meta_rate=3e-3,
        seed=1,
        progress=report,
    )

    references = table.reference_rows()
    others = np.setdiff1d(np.arange(len(table)), references)
    latency = table.latency(new)
    predictor = model.adapt(table.archs[references], latency[references])
    scores = helpnas.score(predictor.predict(table.archs[others]), latency[others])
    print(f"{new}, never seen: rank correlation {scores['spearman']:.2f} from ten measurements")
    if options.save:
        model.save(options.save)
        print(f"Wrote {options.save}")


if __name__ == "__main__":
    main()
