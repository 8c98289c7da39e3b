"""Ten measurements make a predictor of one device:  adapt.py [MODEL] [CARD] [--save FILE]"""

from pathlib import Path

from common import arguments, read_card

import helpnas


def main() -> None:
    """Adapt, keep the predictor, and read it back."""
    parser = arguments("Adapt a model to one device.")
    parser.add_argument("--save", type=Path, metavar="FILE", help="write the predictor there")
    options = parser.parse_args()

    model = helpnas.load(options.model)
    print(f"Measure these {len(model.references)} architectures on your device:")
    for arch in model.references:
        print(f"  {arch}")

    # Here the measuring is already done.
    card = read_card(options.card)
    predictor = model.adapt(card.references.archs, card.references.latency_ms)
    fit = predictor.description["record"]["fit"]
    print(f"Adapted to {card.device}; error on what it was given: {100 * fit['mape']:.1f} %")

    if options.save:
        predictor.save(options.save)
        again = helpnas.load_predictor(options.save)
        assert (again.predict(card.held_out.archs) == predictor.predict(card.held_out.archs)).all()
        print(f"Wrote {options.save}: it predicts without the model.")


if __name__ == "__main__":
    main()
