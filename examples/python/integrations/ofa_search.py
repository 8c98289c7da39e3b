"""Once-for-all's own evolutionary search under a latency limit:  ofa_search.py [--limit MS]

Needs once-for-all (pip install ofa) with torch and torchvision.
"""

import argparse

import numpy as np
from devices import made_up
from ofa.nas.accuracy_predictor import MobileNetArchEncoder
from ofa.nas.search_algorithm import EvolutionFinder

from helpnas.integrations.ofa import OFAEfficiency


class StandInAccuracy:
    """In place of once-for-all's AccuracyPredictor: deeper and wider is better."""

    arch_encoder = MobileNetArchEncoder(image_size_list=[160, 176, 192, 208, 224])

    def predict_acc(self, arch_dicts):
        """One number for each, in an array as once-for-all's own returns it."""
        sizes = [sum(a["d"]) + 0.1 * sum(a["e"]) + a["image_size"] / 32 for a in arch_dicts]
        return np.array(sizes)


def main() -> None:
    """Search, then print what was found."""
    parser = argparse.ArgumentParser(description="once-for-all's search on a predictor.")
    parser.add_argument("--limit", type=float, default=25.0, metavar="MS")
    options = parser.parse_args()

    predictor = made_up("ofa-mbv3")
    efficiency = OFAEfficiency(predictor)  # was: Mbv3FLOPsModel(ofa_net)
    finder = EvolutionFinder(efficiency, StandInAccuracy(), population_size=50, max_time_budget=20)
    _, (score, arch, milliseconds) = finder.run_evolution_search(options.limit)
    print(f"At most {options.limit:g} ms: score {score:.2f}, {milliseconds:.2f} ms")
    print(f"  {arch}")

    # A whole population at once, with the upper ends of the 90 % intervals.
    cautious = OFAEfficiency(predictor, level=0.9)
    encoder = StandInAccuracy.arch_encoder
    population = [encoder.random_sample_arch() for _ in range(1000)]
    upper = cautious.get_efficiencies(population)
    kept = np.sum(upper <= options.limit)
    print(f"{kept} of 1000 drawn at random have their interval's upper end within the limit.")


if __name__ == "__main__":
    main()
