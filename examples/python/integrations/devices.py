"""Where these examples get a predictor from: ten latencies of a device each."""

from __future__ import annotations

import json
from pathlib import Path

import helpnas

CARDS = Path(__file__).resolve().parents[3] / "data" / "devices"


def measured(device: str = "gold_6226") -> helpnas.Predictor:
    """A published device of NAS-Bench-201: the model's references, really measured."""
    card = json.loads((CARDS / "nasbench201" / f"{device}.json").read_text(encoding="utf-8"))
    archs = [entry["arch"] for entry in card["references"]]
    latency_ms = [entry["latency_ms"] for entry in card["references"]]
    return helpnas.load("nasbench201-paper").adapt(archs, latency_ms)


def made_up(model_name: str) -> helpnas.Predictor:
    """A device that does not exist: 3 ms, and 70 microseconds for each million MACs.

    In place of the last line but one, measure ``archs`` on your own.
    """
    model = helpnas.load(model_name)
    pool = model.space.sample(500, seed=1)
    archs = pool[model.select(pool, count=10)]
    latency_ms = 3 + 70e-9 * model.space.macs(archs)
    return model.adapt(archs, latency_ms)
