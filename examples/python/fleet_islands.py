"""A search on islands with an accuracy that is slow:  fleet_islands.py [MODEL] [CARD]

Stopped at any time, the same command goes on; repeated, it scores nothing.  It needs
helpnas[fleet].
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Callable, List

from common import arguments, read_card

import helpnas
from helpnas import fleet


def load_supernet() -> Callable[[List[str]], List[float]]:
    """Called once in each worker: here a supernet would go to the GPU."""
    return supernet_accuracy


def supernet_accuracy(archs: List[str]) -> List[float]:
    """Stands for the validation of a supernet's part, which takes its time."""
    time.sleep(0.01)
    return [arch.count("nor_conv_3x3") - 0.5 * arch.count("none") for arch in archs]


def main() -> None:
    """Three islands of ten architectures that exchange their best twice."""
    parser = arguments("Search on islands with an accuracy that is slow.")
    parser.add_argument("--folder", type=Path, default=Path("island-rows"), help="of the scores")
    options = parser.parse_args()
    card = read_card(options.card)
    model = helpnas.load(options.model)
    predictor = model.adapt(card.references.archs, card.references.latency_ms)
    result = fleet.search_islands(
        predictor, options.folder, max_latency_ms=float(card.references.latency_ms.mean()),
        load=load_supernet, pool=fleet.LocalPool(2), straggler_s=30.0, islands=3, epochs=3,
        generations=3, migrants=2, population=10, top_k=3, seed=1,
    )  # fmt: skip
    print(f"{result.scored} scored, {result.before} before, {len(result.dropped)} dropped")
    found = result.found
    for arch, score, ms in zip(found.archs, found.accuracy, found.latency_ms):
        print(f"  score {score:.1f}, {ms:.2f} ms  {arch}")


if __name__ == "__main__":
    main()
