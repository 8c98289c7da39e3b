"""Latencies of a batch of architectures, as text or as numbers:  predict.py [MODEL] [CARD]"""

from common import arguments, read_card

import helpnas


def main() -> None:
    """Predict three ways."""
    options = arguments("Predict latencies on one device.").parse_args()
    card = read_card(options.card)
    model = helpnas.load(options.model)
    predictor = model.adapt(card.references.archs, card.references.latency_ms)

    print(f"{card.device}, from the space's own notation:")
    some = card.held_out.archs[::7]
    for arch, milliseconds in zip(some, predictor.predict(some)):
        print(f"  {milliseconds:6.2f} ms  {arch}")

    # One call for a whole population: rows of genes are the fast way.
    rows = model.space.sample(1000, seed=1)
    milliseconds = predictor.predict(rows)
    print(f"{len(rows)} drawn at random: {milliseconds.min():.2f} to {milliseconds.max():.2f} ms")

    # Where a measurement would fall, nine times in ten.
    lower, upper = predictor.interval(rows[:3], level=0.9)
    for low, likely, high in zip(lower, milliseconds, upper):
        print(f"  {likely:6.2f} ms, between {low:.2f} and {high:.2f}")
    print(predictor.diagnostics["summary"])


if __name__ == "__main__":
    main()
