"""Accuracy against latency on a device:  pareto.py [MODEL] [CARD] [--output FRONT.csv]"""

import csv
from pathlib import Path

from common import arguments, read_card

import helpnas

ACCURACY = "nasbench201"


def write_front(front: helpnas.SearchResult, path: Path) -> None:
    """Architectures with accuracy, latency and interval."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["arch", "accuracy", "latency_ms", "lower_ms", "upper_ms"])
        writer.writerows(
            zip(front.archs, front.accuracy, front.latency_ms, front.lower_ms, front.upper_ms)
        )


def main() -> None:
    """The front of the whole space, by a bundled accuracy model."""
    parser = arguments("The front of accuracy against latency.")
    parser.add_argument("--output", type=Path, metavar="CSV", help="write the front here")
    parser.add_argument(
        "--top", type=int, default=12, help="maximum number of architectures, spread along it"
    )
    options = parser.parse_args()
    card = read_card(options.card)
    predictor = helpnas.load(options.model).adapt(card.references.archs, card.references.latency_ms)
    accuracy = helpnas.load_accuracy(ACCURACY)

    slowest = float(card.references.latency_ms.max())
    front = predictor.pareto(
        accuracy=accuracy, reference=(slowest, 60.0), top_k=options.top, seed=1
    )

    print(f"No other network is both more accurate and faster on {card.device}:")
    for arch, percent, ms, upper in zip(
        front.archs, front.accuracy, front.latency_ms, front.upper_ms
    ):
        print(f"  {percent:5.2f} %  {ms:6.2f} ms, hardly above {upper:6.2f}  {arch}")
    print(f"{len(front)} of {front.evaluations:,} scored; accuracies are a fitted model's.")
    print(f"hypervolume to {slowest:.1f} ms and 60 %: {front.hypervolume:.1f} ms x points")
    if options.output:
        write_front(front, options.output)
        print(options.output)


if __name__ == "__main__":
    main()
