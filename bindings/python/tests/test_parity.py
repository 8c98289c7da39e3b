"""Every prediction of the official PyTorch code, from its checkpoint and its random draws."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, List, Tuple

import numpy as np
import pytest
from torch_random import TorchRandom, after_building_the_network

import helpnas

DEVICES = ["titan_rtx_256", "gold_6226", "fpga", "pixel2", "raspi4", "eyeriss"]
KEYS = ["prediction_after_0_steps", "prediction_after_1_step", "prediction_after_2_steps"]
TOLERANCE = 1e-4
# torch.manual_seed(0); torch.randperm(10); torch.empty(20).normal_()
PERMUTATION = [4, 1, 7, 5, 3, 9, 0, 8, 6, 2]
NORMALS = [
    0.437223, 0.491305, -0.204102, -0.088531, 0.874382, -0.143474, -0.111609, -0.613583,
    0.031593, -0.492677, 0.248415, 0.439696, -0.412802, -0.841065, -2.316042, -0.10231,
    0.792444, -0.289668, 0.052507, 0.52286,
]  # fmt: skip
POOL, QUERIES, DRAW = 720, 800, 603


@pytest.fixture(scope="module")
def recorded(golden: Path) -> Dict[str, Any]:
    return dict(json.loads((golden / "official_help_predictions.json").read_text())["nasbench201"])


@pytest.fixture(scope="module")
def checkpoint(published: Path) -> helpnas.Model:
    return helpnas.import_checkpoint(published / "checkpoint" / "help_max_corr.pt", "nasbench201")


@pytest.fixture(scope="module")
def draws(recorded: Dict[str, Any]) -> Dict[str, Tuple[Any, Any, List[Any]]]:
    """Device -> order of the pool, order of the queries, the four draws of z that follow."""
    random = after_building_the_network(11)
    return {
        device: (
            random.randperm(POOL),
            random.randperm(QUERIES),
            [random.normal(DRAW) for _ in range(4)],
        )
        for device in recorded
    }


def label_range(latency_ms: Any, target: Any) -> Tuple[float, float]:
    """What labels were scaled by: target = (ms - lowest) / (highest - lowest) * 0.9 + 0.05."""
    ms, scaled = np.array(latency_ms), (np.array(target) - 0.05) / 0.9
    i, j = np.argmin(ms), np.argmax(ms)
    width = (ms[j] - ms[i]) / (scaled[j] - scaled[i])
    lowest = float(ms[i] - scaled[i] * width)
    return lowest, float(lowest + width)


def normalised(latency_ms: Any, limits: Tuple[float, float]) -> Any:
    return (latency_ms - limits[0]) / (limits[1] - limits[0]) * 0.9 + 0.05


def adapted(model: helpnas.Model, row: Any, steps: int, noise: Any) -> Any:
    """The network's own outputs for the device's queries."""
    space = model.space
    archs = space.from_index(row["reference_index"] + row["support_index"])
    ms = row["reference_latency_ms"] + row["support_latency_ms"]
    limits = label_range(row["support_latency_ms"], row["support_target"])
    predictor = model.adapt(archs, ms, method="help", label_range_ms=limits, steps=steps,
                            noise=noise[np.newaxis])  # fmt: skip
    queries = space.from_index(row["query_index"])
    return normalised(predictor.predict(queries), limits)


@pytest.mark.parametrize("device", DEVICES)
def test_the_stream_is_the_official_codes(
    recorded: Any, draws: Any, published: Path, device: str
) -> None:
    table = helpnas.LatencyTable.from_help_repository(published)
    ms = table.latency(device).astype(np.float32)
    in_order = np.sort(ms[:900])[90:810][draws[device][0][:10]]
    assert in_order.tolist() == ms[recorded[device]["support_index"]].tolist()
    queries = np.sort(ms[900:1900])[100:900][draws[device][1][:50]]
    assert queries.tolist() == ms[recorded[device]["query_index"]].tolist()


@pytest.mark.parametrize("steps", [0, 1, 2])
@pytest.mark.parametrize("device", DEVICES)
def test_predictions_are_the_official_codes(
    checkpoint: helpnas.Model, recorded: Any, draws: Any, device: str, steps: int
) -> None:
    row = recorded[device]
    found = adapted(checkpoint, row, steps, draws[device][2][steps])
    assert np.abs(found - row[KEYS[steps]]).max() < TOLERANCE


def test_the_references_are_the_published_ones(checkpoint: helpnas.Model, recorded: Any) -> None:
    indices = checkpoint.space.to_index(checkpoint.reference_genes)
    assert indices.tolist() == recorded["fpga"]["reference_index"]


@pytest.mark.parametrize("device", DEVICES)
def test_the_published_correlation_over_all_queries(
    checkpoint: helpnas.Model, recorded: Any, draws: Any, published: Path, device: str
) -> None:
    table = helpnas.LatencyTable.from_help_repository(published)
    row = dict(recorded[device])
    ms = table.latency(device)
    queries = 900 + np.argsort(ms[900:1900], kind="stable")[100:900]
    row["query_index"] = queries.tolist()
    found = adapted(checkpoint, row, 2, draws[device][2][3])
    spearman = helpnas.score(found, ms[queries])["spearman"]
    # Which of equal latencies (eyeriss has 38 values) are trimmed depends on the sort.
    assert spearman == pytest.approx(row["spearman_trimmed_query"], abs=5e-3)


def test_the_error_of_the_recorded_episode(
    checkpoint: helpnas.Model, golden: Path, published: Path
) -> None:
    episode = json.loads((golden / "official_help_meta_gradient.json").read_text())["nasbench201"]
    table = helpnas.LatencyTable.from_help_repository(published)
    ms = table.latency(episode["device"])
    random = after_building_the_network(5)
    random.randperm(POOL)
    row = {
        "reference_index": table.reference_rows().tolist(),
        "reference_latency_ms": ms[table.reference_rows()].tolist(),
        "support_index": episode["support_index"],
        "support_latency_ms": ms[episode["support_index"]].tolist(),
        "support_target": episode["support_target"],
        "query_index": episode["query_index"],
    }
    found = adapted(checkpoint, row, episode["inner_steps"], random.normal(DRAW))
    error = np.mean((found - np.array(episode["query_target"])) ** 2)
    assert error == pytest.approx(episode["mse"], rel=1e-4)


def test_the_generator_is_pytorchs() -> None:
    random = TorchRandom(0)
    assert random.randperm(10).tolist() == PERMUTATION
    np.testing.assert_allclose(random.normal(20), NORMALS, atol=2e-6)
