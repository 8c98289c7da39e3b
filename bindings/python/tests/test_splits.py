"""HELP's splits."""

from __future__ import annotations

import pytest
from conftest import shared_folder

from helpnas.published.help_splits import PAPER


@pytest.mark.parametrize("name", sorted(PAPER))
def test_no_device_has_two_roles(name: str) -> None:
    split = PAPER[name]
    devices = split.train + split.valid + split.test
    assert len(set(devices)) == len(devices) and split.train and split.valid and split.test


def test_rows() -> None:
    rows = {name: (split.pool_rows, split.query_rows) for name, split in PAPER.items()}
    assert rows == {"nasbench201": (900, 1000), "fbnet": (4000, 1000), "ofa-mbv3": (4000, 1000)}


@pytest.mark.parametrize(
    ("name", "folder"), [("nasbench201", "nasbench201"), ("fbnet", "fbnet"), ("ofa-mbv3", "ofa")]
)
def test_the_devices_are_published(name: str, folder: str) -> None:
    latency = shared_folder("LIBHELP_DATASETS", "datasets") / "help" / folder / "latency"
    split = PAPER[name]
    for device in split.train + split.valid + split.test:
        assert (latency / f"{device}.pt").is_file(), device
