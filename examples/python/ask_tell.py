"""A search whose scores are slow, and that survives a restart:  ask_tell.py [MODEL] [CARD]

Ctrl-C ends it at any time; the same command continues it.
"""

import time
from pathlib import Path
from typing import List

from common import arguments, read_card

import helpnas


def supernet_accuracy(arch: str, seconds: float) -> float:
    """Stands for the validation of a supernet's part, which takes its time."""
    time.sleep(seconds)
    return arch.count("nor_conv_3x3") - 0.5 * arch.count("none")


def go_on(evolver: helpnas.Evolver, file: Path, seconds: float, generations: int) -> bool:
    """Score generation after generation, each kept; whether the search is over."""
    for _ in range(generations):
        archs: List[str] = evolver.ask()
        if not archs:
            return True
        evolver.tell([supernet_accuracy(arch, seconds) for arch in archs])
        evolver.save(file)
        print(f"  {len(archs)} scored, best {evolver.result().accuracy[0]:.1f}", flush=True)
    return False


def main() -> None:
    """Begin a search, or go on with the one in the file."""
    parser = arguments("Search with slow scores; run again to go on.")
    parser.add_argument("--file", type=Path, default=Path("search.safetensors"))
    parser.add_argument("--seconds", type=float, default=0.02, help="what a score takes")
    parser.add_argument(
        "--generations", type=int, default=1000, help="maximum number of generations to score now"
    )
    options = parser.parse_args()
    if options.file.exists():
        evolver = helpnas.load_evolver(options.file)
        print(f"Going on from {options.file}:")
    else:
        card = read_card(options.card)
        model = helpnas.load(options.model)
        predictor = model.adapt(card.references.archs, card.references.latency_ms)
        limit = float(card.references.latency_ms.mean())
        evolver = helpnas.Evolver(
            predictor, max_latency_ms=limit, population=20, generations=10, top_k=3, seed=1
        )
        print(f"At most {limit:.1f} ms on {card.device}:")
    try:
        over = go_on(evolver, options.file, options.seconds, options.generations)
    except KeyboardInterrupt:
        over = False
    if not over:
        print("The search is not over. Run this again to go on.")
        return
    found = evolver.result()
    for arch, score, ms, upper in zip(
        found.archs, found.accuracy, found.latency_ms, found.upper_ms
    ):
        print(f"  score {score:.1f}, {ms:.2f} ms, hardly above {upper:.2f}  {arch}")
    print(f"{found.evaluations} scored. To begin anew, remove {options.file}.")


if __name__ == "__main__":
    main()
