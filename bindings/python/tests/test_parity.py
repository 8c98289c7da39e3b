"""Every prediction of the official PyTorch code, from its checkpoints and its random draws."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Tuple

import numpy as np
import pytest
from conftest import shared_folder
from torch_random import TorchRandom, after_building_the_network

import helpnas
from helpnas.published.help_splits import PAPER

KEYS = ["prediction_after_0_steps", "prediction_after_1_step", "prediction_after_2_steps"]
TOLERANCE = 1e-4
# torch.manual_seed(0); torch.randperm(10); torch.empty(20).normal_()
PERMUTATION = [4, 1, 7, 5, 3, 9, 0, 8, 6, 2]
NORMALS = [
    0.437223, 0.491305, -0.204102, -0.088531, 0.874382, -0.143474, -0.111609, -0.613583,
    0.031593, -0.492677, 0.248415, 0.439696, -0.412802, -0.841065, -2.316042, -0.10231,
    0.792444, -0.289668, 0.052507, 0.52286,
]  # fmt: skip
DRAW = 603
#: Our name of a space -> the golden files' and the repository's.
NAMES = {"nasbench201": "nasbench201", "fbnet": "fbnet", "ofa-mbv3": "ofa"}
CASES = [(space, device) for space in NAMES for device in PAPER[space].test]


@dataclass(frozen=True)
class Official:
    """The official code on one space: its data, what was recorded, and its random draws."""

    table: helpnas.LatencyTable
    model: helpnas.Model
    recorded: Dict[str, Any]
    episode: Dict[str, Any]
    #: Device -> order of the pool, order of the queries, the four draws of z that follow.
    draws: Dict[str, Tuple[Any, Any, List[Any]]]
    #: Rows of the pool and of the queries, before a tenth is cut at both ends.
    pool: slice
    queries: slice

    def trimmed(self, device: str, rows: slice) -> Any:
        """A device's latencies in these rows, ascending, as the official code had them."""
        ms = np.sort(self.table.latency(device)[rows].astype(np.float32))
        return ms[len(ms) // 10 : len(ms) - len(ms) // 10]


@pytest.fixture(scope="module")
def officials(golden: Path) -> Dict[str, Official]:
    data = shared_folder("LIBHELP_DATASETS", "datasets") / "help"
    return {space: read_official(space, data, golden) for space in NAMES}


def read_official(space: str, data: Path, golden: Path) -> Official:
    name, split = NAMES[space], PAPER[space]
    recorded = json.loads((golden / "official_help_predictions.json").read_text())[name]
    episodes = json.loads((golden / "official_help_meta_gradient.json").read_text())
    pool = slice(0, split.pool_rows)
    queries = slice(split.pool_rows, split.pool_rows + split.query_rows)
    random = after_building_the_network(11, name)
    draws = {
        device: (
            random.randperm(split.pool_rows * 8 // 10),
            random.randperm(split.query_rows * 8 // 10),
            [random.normal(DRAW) for _ in range(4)],
        )
        for device in recorded
    }
    return Official(
        helpnas.LatencyTable.from_help_repository(data, space),
        helpnas.import_checkpoint(data / name / "checkpoint" / "help_max_corr.pt", space),
        recorded,
        episodes[name],
        draws,
        pool,
        queries,
    )


def label_range(latency_ms: Any, target: Any) -> Tuple[float, float]:
    """What labels were scaled by: target = (ms - lowest) / (highest - lowest) * 0.9 + 0.05."""
    ms, scaled = np.array(latency_ms), (np.array(target) - 0.05) / 0.9
    i, j = np.argmin(ms), np.argmax(ms)
    width = (ms[j] - ms[i]) / (scaled[j] - scaled[i])
    lowest = float(ms[i] - scaled[i] * width)
    return lowest, float(lowest + width)


def normalised(latency_ms: Any, limits: Tuple[float, float]) -> Any:
    return (latency_ms - limits[0]) / (limits[1] - limits[0]) * 0.9 + 0.05


def adapted(official: Official, row: Any, steps: int, noise: Any) -> Any:
    """The network's own outputs for the device's queries."""
    archs = official.table.archs
    ms = row["reference_latency_ms"] + row["support_latency_ms"]
    limits = label_range(row["support_latency_ms"], row["support_target"])
    predictor = official.model.adapt(
        archs[row["reference_index"] + row["support_index"]],
        ms,
        method="help",
        label_range_ms=limits,
        steps=steps,
        noise=noise[np.newaxis],
    )
    return normalised(predictor.predict(archs[row["query_index"]]), limits)


@pytest.mark.parametrize(("space", "device"), CASES)
def test_the_stream_is_the_official_codes(officials: Any, space: str, device: str) -> None:
    official = officials[space]
    row, (pool, queries, _) = official.recorded[device], official.draws[device]
    ms = official.table.latency(device).astype(np.float32)
    # By latency, not by row: the sort that trimmed equal ones is not ours.
    support = official.trimmed(device, official.pool)[pool[:10]]
    assert support.tolist() == ms[row["support_index"]].tolist()
    query = official.trimmed(device, official.queries)[queries[:50]]
    assert query.tolist() == ms[row["query_index"]].tolist()


@pytest.mark.parametrize("steps", [0, 1, 2])
@pytest.mark.parametrize(("space", "device"), CASES)
def test_predictions_are_the_official_codes(
    officials: Any, space: str, device: str, steps: int
) -> None:
    official = officials[space]
    row = official.recorded[device]
    found = adapted(official, row, steps, official.draws[device][2][steps])
    assert np.abs(found - row[KEYS[steps]]).max() < TOLERANCE


@pytest.mark.parametrize("space", NAMES)
def test_the_references_are_the_published_ones(officials: Any, space: str) -> None:
    official = officials[space]
    row = next(iter(official.recorded.values()))
    rows = official.table.rows(official.model.reference_genes)
    assert rows.tolist() == row["reference_index"] == official.table.references.tolist()


@pytest.mark.parametrize(("space", "device"), CASES)
def test_the_published_correlation_over_all_queries(
    officials: Any, space: str, device: str
) -> None:
    official = officials[space]
    row = dict(official.recorded[device])
    ms = official.table.latency(device)
    order = np.argsort(ms[official.queries], kind="stable")
    queries = official.queries.start + order[100:900]
    row["query_index"] = queries.tolist()
    found = adapted(official, row, 2, official.draws[device][2][3])
    spearman = helpnas.score(found, ms[queries])["spearman"]
    # Which of equal latencies (eyeriss has 38 values) are trimmed depends on the sort.
    assert spearman == pytest.approx(row["spearman_trimmed_query"], abs=5e-3)


@pytest.mark.parametrize("space", NAMES)
def test_the_error_of_the_recorded_episode(officials: Any, space: str) -> None:
    official = officials[space]
    episode, table = official.episode, official.table
    ms = table.latency(episode["device"])
    random = after_building_the_network(5, NAMES[space])
    random.randperm(PAPER[space].pool_rows * 8 // 10)
    row = {
        "reference_index": table.reference_rows().tolist(),
        "reference_latency_ms": ms[table.reference_rows()].tolist(),
        "support_index": episode["support_index"],
        "support_latency_ms": ms[episode["support_index"]].tolist(),
        "support_target": episode["support_target"],
        "query_index": episode["query_index"],
    }
    found = adapted(official, row, episode["inner_steps"], random.normal(DRAW))
    error = np.mean((found - np.array(episode["query_target"])) ** 2)
    assert error == pytest.approx(episode["mse"], rel=1e-4)


def test_the_generator_is_pytorchs() -> None:
    random = TorchRandom(0)
    assert random.randperm(10).tolist() == PERMUTATION
    np.testing.assert_allclose(random.normal(20), NORMALS, atol=2e-6)
