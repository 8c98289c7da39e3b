"""What the examples share: their arguments, and device cards."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Sequence

import numpy as np
import numpy.typing as npt

REPOSITORY = Path(__file__).resolve().parents[2]
MODEL = "nasbench201-paper"
CARD = REPOSITORY / "data" / "devices" / "nasbench201" / "gold_6226.json"


@dataclass(frozen=True)
class Measured:
    """Architectures and their measured milliseconds."""

    archs: List[str]
    latency_ms: npt.NDArray[np.float64]

    @classmethod
    def of(cls, entries: Sequence[Dict[str, Any]]) -> "Measured":
        """A card's list of architectures."""
        latencies = [entry["latency_ms"] for entry in entries]
        return cls([entry["arch"] for entry in entries], np.array(latencies, np.float64))


@dataclass(frozen=True)
class DeviceCard:
    """A device in data/devices: the references' latencies, and others to judge by."""

    device: str
    source: str
    references: Measured
    held_out: Measured


def read_card(path: Path) -> DeviceCard:
    """Read a device card."""
    card = json.loads(path.read_text(encoding="utf-8"))
    return DeviceCard(
        device=card["device"],
        source=card["source"],
        references=Measured.of(card["references"]),
        held_out=Measured.of(card["held_out"]),
    )


def arguments(description: str) -> argparse.ArgumentParser:
    """A parser of the arguments every example takes; both may be left out."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("model", nargs="?", default=MODEL, help="a model's name or file")
    parser.add_argument("card", nargs="?", type=Path, default=CARD, help="a device card")
    return parser
