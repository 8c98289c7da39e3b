"""The best architectures under a latency limit:  search.py [MODEL] [CARD] [--limit MS]"""

from typing import List

from common import arguments, read_card

import helpnas


def main() -> None:
    """Search by evolution with an accuracy function of one's own."""
    parser = arguments("Search under a latency limit.")
    parser.add_argument("--limit", type=float, metavar="MS", help="default: a middling one")
    options = parser.parse_args()
    card = read_card(options.card)
    model = helpnas.load(options.model)
    predictor = model.adapt(card.references.archs, card.references.latency_ms)
    limit = options.limit or float(card.references.latency_ms.mean())
    space = model.space

    def accuracy(archs: List[str]) -> List[float]:
        """Stands for yours: it gets a list of architectures and scores each, higher is better."""
        return [arch.count("nor_conv_3x3") - 0.5 * arch.count("none") for arch in archs]

    def report(now: helpnas.Progress) -> None:
        if now.done % 10 == 0:
            print(f"  generation {now.done} of {now.total}: best score {now.best:.1f}")

    print(f"At most {limit:.1f} ms on {card.device}:")
    found = predictor.search(
        max_latency_ms=limit,
        accuracy=accuracy,
        strategy="evolve",
        population=50,
        generations=30,
        top_k=3,
        seed=1,
        progress=report,
    )
    for arch, score, milliseconds in zip(found.archs, found.accuracy, found.latency_ms):
        print(f"  score {score:.1f}, {milliseconds:5.2f} ms  {arch}")
    print(f"{found.evaluations} of {space.count:,} architectures were scored.")


if __name__ == "__main__":
    main()
