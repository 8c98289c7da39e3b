"""The shortest programs that predict one architecture, imported by a fresh process.

Imports are inside the functions: they are what is timed.
"""

from __future__ import annotations

import json
from pathlib import Path


def with_libhelp(model_path: str, card_path: str) -> None:
    """Load, adapt and predict with libhelp."""
    import helpnas

    entries = json.loads(Path(card_path).read_text())["references"]
    archs = [entry["arch"] for entry in entries]
    model = helpnas.load(model_path)
    predictor = model.adapt(archs, [entry["latency_ms"] for entry in entries], method="help")
    predictor.predict(archs[:1])


def with_torch(model_path: str, card_path: str) -> None:
    """The same with PyTorch; stand-in features, since encoding is not its part here."""
    import torch
    import torch_peer as peer

    entries = json.loads(Path(card_path).read_text())["references"]
    torch.set_num_threads(1)
    milliseconds = torch.tensor([entry["latency_ms"] for entry in entries])
    low, high = milliseconds.min(), milliseconds.max()
    embedding = (milliseconds - low) / (high - low)
    features = torch.zeros(len(entries), peer.NODES, peer.NODE_FEATURES)
    weights = peer.adapt(
        peer.read_model(Path(model_path)), features, embedding * 0.9 + 0.05, embedding
    )
    peer.predict(weights, features[:1], embedding)
