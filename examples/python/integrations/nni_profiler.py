"""NNI's NAS-Bench-201 space, filtered by predicted latency:  nni_profiler.py [--limit MS]

Needs NNI 3 (pip install nni) with torch and pytorch_lightning.
"""

import argparse

import numpy as np
from devices import measured
from nni.nas.hub.pytorch import NasBench201
from nni.nas.oneshot.pytorch.profiler import RangeProfilerFilter

from helpnas.integrations.nni import LatencyProfiler, nasbench201_arch


def stand_in_accuracy(sample):
    """In place of NNI's evaluator: convolutions are better."""
    return sum("conv" in operation for operation in sample.values())


def main() -> None:
    """Draw samples of NNI's space, keep those under the limit."""
    parser = argparse.ArgumentParser(description="NNI's filter on a predictor.")
    parser.add_argument("--limit", type=float, default=11.0, metavar="MS")
    options = parser.parse_args()

    model_space = NasBench201()
    labels = model_space.simplify()
    profiler = LatencyProfiler(model_space, measured(), to_arch=nasbench201_arch)
    keep = RangeProfilerFilter(profiler, max=options.limit)

    draw = np.random.RandomState(1)
    samples = [{k: m.random(random_state=draw) for k, m in labels.items()} for _ in range(200)]
    kept = [sample for sample in samples if keep(sample)]
    best = max(kept, key=stand_in_accuracy)
    print(f"RangeProfilerFilter kept {len(kept)} of {len(samples)}; the best takes", end=" ")
    print(f"{profiler.profile(best):.2f} ms:\n  {best}")

    milliseconds = profiler.profile_batch(samples)  # the whole population at once
    print(f"profile_batch, one call: {(milliseconds <= options.limit).sum()} of {len(samples)}")


if __name__ == "__main__":
    main()
