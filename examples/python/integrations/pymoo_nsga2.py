"""Accuracy against latency with pymoo's NSGA-II:  pymoo_nsga2.py [--limit MS]

Needs pymoo (pip install pymoo).
"""

import argparse

import numpy as np
from devices import measured
from pymoo.algorithms.moo.nsga2 import NSGA2
from pymoo.operators.crossover.ux import UniformCrossover
from pymoo.operators.mutation.pm import PM
from pymoo.operators.sampling.rnd import IntegerRandomSampling
from pymoo.optimize import minimize

from helpnas.integrations.pymoo import GeneRepair, LatencyProblem


def stand_in_accuracy(archs):
    """In place of yours: a score for each text of NAS-Bench-201, higher is better."""
    return [arch.count("nor_conv_3x3") + 0.4 * arch.count("nor_conv_1x1") for arch in archs]


def main() -> None:
    """Search, then print the front."""
    parser = argparse.ArgumentParser(description="NSGA-II on a predictor.")
    parser.add_argument("--limit", type=float, default=11.0, metavar="MS")
    options = parser.parse_args()

    problem = LatencyProblem(measured(), stand_in_accuracy, options.limit)
    algorithm = NSGA2(
        pop_size=60,
        sampling=IntegerRandomSampling(),
        crossover=UniformCrossover(),
        mutation=PM(vtype=float),
        repair=GeneRepair(),
    )
    result = minimize(problem, algorithm, ("n_gen", 25), seed=1)

    order = np.argsort(result.F[:, 1])
    print(f"{len(order)} on the front, at most {options.limit:g} ms:")
    for (loss, milliseconds), arch in zip(result.F[order], problem.archs(result.X[order])):
        print(f"  score {-loss:.1f}, {milliseconds:5.2f} ms  {arch}")


if __name__ == "__main__":
    main()
