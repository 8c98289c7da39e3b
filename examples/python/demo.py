"""The whole story on one device:  demo.py [MODEL] [CARD] [--limit MS] [--output FOLDER]

Ten measurements adapt a model; it then predicts networks it was not told about, and all
15,625 networks of NAS-Bench-201 are searched for the best under a latency limit.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import List

import numpy as np
import numpy.typing as npt
from common import REPOSITORY, DeviceCard, Measured, arguments, read_card

import helpnas
from helpnas import plots

Floats = npt.NDArray[np.float64]

LIMIT_MS = 11.0
TOP = 5
FRONT = 25


def title(text: str) -> None:
    """A heading between the steps."""
    print(f"\n{text}\n{'-' * len(text)}")


def show_references(model: helpnas.Model, card: DeviceCard) -> None:
    """What a user would have measured."""
    count = len(card.references.archs)
    title(f"1. {count} measurements on {card.device}, {acquaintance(model, card.device)}")
    for arch, latency in zip(card.references.archs, card.references.latency_ms):
        print(f"{latency:8.2f} ms  {arch}")
    print(f"Source: {card.source}")


def acquaintance(model: helpnas.Model, device: str) -> str:
    """Whether the model was made with this device."""
    devices = model.description["record"].get("devices", {})
    known = [name for role in devices.values() for name in role]
    return "a device the model was made with" if device in known else "a device new to the model"


def adapted(model: helpnas.Model, card: DeviceCard) -> helpnas.Predictor:
    """The model, fitted to the device."""
    begin = time.perf_counter()
    predictor = model.adapt(card.references.archs, card.references.latency_ms)
    print(f"\nAdapted in {(time.perf_counter() - begin) * 1e3:.1f} ms, method {predictor.method}.")
    print(predictor.diagnostics.get("summary", ""))
    return predictor


def show_predictions(predictor: helpnas.Predictor, others: Measured) -> None:
    """Predicted beside measured for architectures the model was not told about."""
    title(f"2. Predicted and measured, {len(others.archs)} other architectures")
    predicted = predictor.predict(others.archs)
    lower, upper = predictor.interval(others.archs, level=0.9)
    print("predicted     90 % interval    measured")
    for guess, low, high, truth, arch in zip(
        predicted, lower, upper, others.latency_ms, others.archs
    ):
        print(f"{guess:6.2f} ms  {low:6.2f} to {high:6.2f}  {truth:7.2f} ms  {arch}")
    scores = helpnas.score(predicted, others.latency_ms)
    inside = int(np.sum((others.latency_ms >= lower) & (others.latency_ms <= upper)))
    print(
        f"Rank correlation (Spearman) {scores['spearman']:.3f}, mean error "
        f"{100 * scores['mape']:.1f} %; {inside} of {len(predicted)} are inside their interval."
    )


def search(predictor: helpnas.Predictor, limit_ms: float, top: int = TOP) -> helpnas.SearchResult:
    """The networks with the most operations within the limit."""
    space = predictor.space
    return predictor.search(
        max_latency_ms=limit_ms,
        accuracy=space.macs,
        accuracy_genes=True,
        strategy="exhaustive",
        top_k=top,
    )


def show_search(found: helpnas.SearchResult, limit_ms: float, known: Measured, count: int) -> None:
    """The best few, with the measured latency where the card has it."""
    title(f"3. The best of all {count:,} architectures predicted within {limit_ms:g} ms")
    print(
        "Nothing is trained here: the score is the number of multiply-accumulates (MACs), a\n"
        "crude stand-in for accuracy that costs nothing.  Put your own function in its place."
    )
    measured = dict(zip(known.archs, known.latency_ms))
    print("million MACs  predicted   measured")
    for arch, macs, latency in zip(found.archs, found.accuracy, found.latency_ms):
        truth = f"{measured[arch]:6.2f} ms" if arch in measured else "not known"
        print(f"{macs / 1e6:12.1f}  {latency:6.2f} ms  {truth:>9}  {arch}")


def check_limit(predictor: helpnas.Predictor, others: Measured, limit_ms: float) -> None:
    """How the limit would have been kept on architectures with known latency."""
    predicted = predictor.predict(others.archs) <= limit_ms
    measured = others.latency_ms <= limit_ms
    print(
        f"Of the {len(others.archs)} in step 2, {predicted.sum()} are predicted within the limit; "
        f"{(predicted & measured).sum()} of those really are."
    )


def known_architectures(card: DeviceCard) -> Measured:
    """Everything on the card."""
    archs: List[str] = card.references.archs + card.held_out.archs
    latencies = np.concatenate([card.references.latency_ms, card.held_out.latency_ms])
    return Measured(archs, latencies)


def draw_predictions(predictor: helpnas.Predictor, card: DeviceCard, file: Path) -> None:
    """Predicted against measured."""
    lower, upper = predictor.interval(card.held_out.archs)
    figure = plots.predicted_against_measured(
        card.held_out.latency_ms,
        predictor.predict(card.held_out.archs),
        lower_ms=lower,
        upper_ms=upper,
        given_ms=card.references.latency_ms,
        fitted_ms=predictor.predict(card.references.archs),
        title=card.device,
    )
    figure.savefig(file, dpi=130)


def draw_search(
    predictor: helpnas.Predictor, latency_ms: Floats, macs: Floats, limit_ms: float, file: Path
) -> None:
    """Every architecture, and those that no other beats in both."""
    front = predictor.pareto(
        accuracy=predictor.space.macs, accuracy_genes=True, strategy="exhaustive", top_k=FRONT
    )
    found = search(predictor, limit_ms, top=1)
    figure = plots.pareto_front(
        front.latency_ms,
        front.accuracy / 1e6,
        limit_ms=limit_ms,
        found=(found.latency_ms[0], found.accuracy[0] / 1e6),
        others=(latency_ms, macs / 1e6),
        accuracy_label="million MACs (stand-in for accuracy)",
        title=f"All {len(macs):,} architectures",
    )
    figure.savefig(file, dpi=130)


def main() -> None:
    """Run the three steps and draw them."""
    parser = arguments("Adapt, predict and search on one device.")
    parser.add_argument("--limit", type=float, default=LIMIT_MS, metavar="MS")
    parser.add_argument("--output", type=Path, default=REPOSITORY / "build" / "demo")
    options = parser.parse_args()

    model = helpnas.load(options.model)
    card = read_card(options.card)
    show_references(model, card)
    predictor = adapted(model, card)
    show_predictions(predictor, card.held_out)

    space = model.space
    everything = space.from_index(np.arange(space.count))
    begin = time.perf_counter()
    latency = predictor.predict(everything)
    seconds = time.perf_counter() - begin
    found = search(predictor, options.limit)
    show_search(found, options.limit, known_architectures(card), space.count)
    check_limit(predictor, card.held_out, options.limit)
    print(f"Predicting all {space.count:,} took {seconds:.2f} s on one core.")

    folder = options.output
    folder.mkdir(parents=True, exist_ok=True)
    draw_predictions(predictor, card, folder / "predictions.png")
    macs = space.macs(everything)
    draw_search(predictor, latency, macs, options.limit, folder / "search.png")
    print(f"\nDrawn: {folder / 'predictions.png'}, {folder / 'search.png'}")


if __name__ == "__main__":
    main()
