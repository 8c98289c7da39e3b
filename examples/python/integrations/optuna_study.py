"""Accuracy under a latency limit with Optuna:  optuna_study.py [--limit MS]

Needs Optuna 5 (pip install optuna); docs/guide/drop-ins.md has the lines for older ones.
"""

import argparse

import numpy as np
import optuna
from devices import measured

from helpnas.integrations.optuna import LatencyConstraint, suggest


def stand_in_accuracy(arch):
    """In place of yours: a score for a text of NAS-Bench-201, higher is better."""
    return arch.count("nor_conv_3x3") + 0.4 * arch.count("nor_conv_1x1")


def main() -> None:
    """Ten batches of 20 trials; a batch's latencies are one call of the library."""
    parser = argparse.ArgumentParser(description="An Optuna study on a predictor.")
    parser.add_argument("--limit", type=float, default=11.0, metavar="MS")
    options = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.WARNING)

    predictor = measured()
    space = predictor.space
    constraint = LatencyConstraint(predictor, options.limit)
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=1))
    for _ in range(10):
        trials = [study.ask() for _ in range(20)]
        rows = np.array([suggest(trial, space) for trial in trials])
        latency_ms = constraint.constrain(trials)
        for trial, arch, milliseconds in zip(trials, space.notation(rows), latency_ms):
            trial.set_user_attr("latency_ms", float(milliseconds))
            study.tell(trial, stand_in_accuracy(arch))

    best = study.best_trial  # of those that keep the constraint
    arch = space.notation([suggest(optuna.trial.FixedTrial(best.params), space)])[0]
    feasible = sum(trial.constraints[constraint.name] <= 0 for trial in study.trials)
    print(f"{feasible} of {len(study.trials)} trials take at most {options.limit:g} ms; the best:")
    print(f"  score {best.value:.1f}, {best.user_attrs['latency_ms']:.2f} ms  {arch}")


if __name__ == "__main__":
    main()
