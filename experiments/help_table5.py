"""HELP's Table 5: once-for-all's search within latency limits on a Titan RTX."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any, Iterator, List, Tuple

import numpy as np
from help_markdown import milliseconds, table
from published import SEARCH_TABLE5

import helpnas
from helpnas.published.help_splits import PAPER

PUBLISHED_HEADS = (
    "limit, ms",
    "measured",
    "accuracy, %",
    "over",
    "estimated",
    "predicted accuracy, %",
)
EVOLVED_HEADS = (
    "limit, ms",
    "search",
    "predicted",
    "upper end",
    "estimated",
    "over by estimate, of 5",
    "predicted accuracy, %: least",
    "mean",
    "evaluations",
    "seconds",
    "in the table",
)
KNOWN_HEADS = (
    "limit, ms",
    "search",
    "predicted",
    "upper end",
    "measured",
    "predicted accuracy, %",
    "over, of the ten best",
)
SEEDS = range(5)
#: Two architectures that HELP's search measures beside the references, for the range of labels.
RANGE_ROWS = (1741, 3727)
#: The gene of the resolution.
RESOLUTION = 45
#: HELP's pool of this table, which the judge of new architectures is given whole.
JUDGE_ROWS = PAPER["ofa-mbv3"].pool_rows


class OnceForAll:
    """The Titan RTX with batches of 64, known by the ten references, by ours and HELP's model."""

    def __init__(self, shared: Path) -> None:
        data = shared / "datasets"
        self.table = helpnas.LatencyTable.from_help_repository(data / "help", "ofa-mbv3")
        self.accuracy = helpnas.import_accuracy_model(data / "ofa/acc_predictor.pth")
        self.latency = self.table.latency("titan_rtx_64")
        self.searched = self.table.archs[self.table.archs[:, RESOLUTION] >= 160]
        rows = self.table.reference_rows()
        measured = self.table.archs[rows], self.latency[rows]
        official = helpnas.import_checkpoint(
            data / "help/ofa/checkpoint/help_max_corr.pt", "ofa-mbv3"
        )
        model = helpnas.load("ofa-mbv3-paper")
        self.ours = model.adapt(*measured)
        self.judge = model.adapt(self.table.archs[:JUDGE_ROWS], self.latency[:JUDGE_ROWS])
        self.official = official.adapt(*measured, method="help", steps=2)
        ends = self.latency[list(RANGE_ROWS)]
        self.official_twelve = official.adapt(
            *measured, method="help", steps=2, label_range_ms=(ends.min(), ends.max())
        )
        folder = data / "help/ofa/architecture_config/gpu_titan_rtx_64"
        self.published = [json.loads(file.read_text()) for file in sorted(folder.glob("*.json"))]

    def judge_error(self) -> float:
        """Of the judge, on what it has not been given: mean relative error."""
        predicted = self.judge.predict(self.table.archs[JUDGE_ROWS:])
        return float(helpnas.score(predicted, self.latency[JUDGE_ROWS:])["mape"])

    def predictors(self) -> Iterator[Tuple[str, helpnas.Predictor, float]]:
        """What is searched with: name, predictor, confidence."""
        yield "bayes, confidence 0.95", self.ours, 0.95
        yield "bayes, confidence 0.5", self.ours, 0.5
        yield "official HELP checkpoint, 12 measurements", self.official_twelve, 0.5
        yield "official HELP checkpoint, the ten alone", self.official, 0.5


def table5(shared: Path) -> List[str]:
    """Once-for-all on the Titan RTX."""
    device = OnceForAll(shared)
    return [
        "Titan RTX, batches of 64; ten measurements, the references. Once-for-all's search "
        '(`preset="ofa"`), seeds 0 to 4; accuracy by the published accuracy predictor, called '
        "inside the library; seconds of processor time of a search, one thread.",
        "Published (12 measurements; latency and accuracy measured), and what the estimate of "
        "latency below and the accuracy predictor say of the same architectures:",
        table(PUBLISHED_HEADS, list(published_rows(device))),
        "Ours, means over the seeds. The latency of a new architecture on this machine is unknown: "
        "what is found is not among the table's 5,000. It is *estimated* by method `bayes` given "
        f"{JUDGE_ROWS:,} of the table's latencies, which is {100 * device.judge_error():.2f} % off "
        "on the other 1,000. The accuracy predictor is optimistic about what is chosen by it: its "
        "percentages are not those measured.",
        table(EVOLVED_HEADS, list(evolved_rows(device))),
        f"The same searches among the {len(device.searched):,} of the table whose resolution is "
        "160 or more (the accuracy predictor has not learnt smaller ones, and overrates them), "
        "whose latencies are known: the ten best found.",
        table(KNOWN_HEADS, list(known_rows(device))),
    ]


def published_rows(device: OnceForAll) -> Iterator[List[Any]]:
    """HELP's architectures; their files sort as the limits do."""
    estimated = device.judge.predict(device.published)
    accuracy = device.accuracy.predict(device.published)
    for row, ms, share in zip(SEARCH_TABLE5, estimated, accuracy):
        over = "**yes**" if row.measured_ms > row.limit_ms else "no"
        yield [
            f"{row.limit_ms:g}",
            row.measured_ms,
            row.accuracy,
            over,
            milliseconds(float(ms)),
            f"{100 * share:.2f}",
        ]


def evolved_rows(device: OnceForAll) -> Iterator[List[Any]]:
    """Five seeds of each search."""
    known = {row.tobytes() for row in device.table.archs}
    for row in SEARCH_TABLE5:
        for name, predictor, confidence in device.predictors():
            begin = time.process_time()
            found = [
                predictor.search(
                    max_latency_ms=row.limit_ms,
                    accuracy=device.accuracy,
                    preset="ofa",
                    confidence=confidence,
                    seed=seed,
                    top_k=1,
                )
                for seed in SEEDS
            ]
            seconds = (time.process_time() - begin) / len(SEEDS)
            accuracy = [100 * float(each.accuracy[0]) for each in found]
            estimated = device.judge.predict(np.vstack([each.genes for each in found]))
            yield [
                f"{row.limit_ms:g}",
                name,
                milliseconds(float(np.mean([each.latency_ms[0] for each in found]))),
                milliseconds(float(np.mean([each.upper_ms[0] for each in found]))),
                milliseconds(float(estimated.mean())),
                int((estimated > row.limit_ms).sum()),
                f"{min(accuracy):.2f}",
                f"{np.mean(accuracy):.2f}",
                f"{np.mean([each.evaluations for each in found]):,.0f}",
                f"{seconds:.1f}",
                sum(each.genes[0].tobytes() in known for each in found),
            ]


def known_rows(device: OnceForAll) -> Iterator[List[Any]]:
    """The table's architectures as candidates."""
    for row in SEARCH_TABLE5:
        for name, predictor, confidence in device.predictors():
            found = predictor.search(
                max_latency_ms=row.limit_ms,
                accuracy=device.accuracy,
                confidence=confidence,
                candidates=device.searched,
                top_k=10,
            )
            measured = device.latency[device.table.rows(found.genes)]
            yield [
                f"{row.limit_ms:g}",
                name,
                milliseconds(float(found.latency_ms[0])),
                milliseconds(float(found.upper_ms[0])),
                milliseconds(float(measured[0])),
                f"{100 * found.accuracy[0]:.2f}",
                int((measured > row.limit_ms).sum()),
            ]
