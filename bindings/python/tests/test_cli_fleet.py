"""``helpnas fleet``."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any, List

import numpy as np
import pytest
from cli_tools import MODEL, run, run_json, write_csv
from conftest import REPOSITORY

pytest.importorskip("pyarrow", reason="pyarrow is not installed")

import helpnas  # noqa: E402
from helpnas import fleet  # noqa: E402


@pytest.fixture
def table(tmp_path: Path, space: helpnas.Space) -> Path:
    """Three made-up devices, all with the model's references."""
    model = helpnas.load(MODEL)
    rows = np.concatenate([model.reference_genes, space.sample(30, seed=2)])
    rows = np.unique(space.canonicalize(rows), axis=0)
    macs = space.macs(rows)
    columns = [2 + (1 + n / 10) * 1e-7 * macs for n in range(3)]
    lines = [(text, *values) for text, *values in zip(space.format(rows), *columns)]
    return write_csv(tmp_path / "table.csv", ["arch", "a", "b", "c"], lines)


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    return tmp_path / "rows"


def test_search_keeps_a_row_for_each_device_limit_and_seed(table: Path, rows: Path) -> None:
    command = ["fleet", "search", MODEL, table, "-o", rows, "--limit", 8, "--limit", 9,
               "--accuracy", "macs", "--top", 2, "--workers", 0]  # fmt: skip
    found = run_json(*command, "--device", "a", "--device", "b")
    assert (found["rows"], found["before"], found["failed"]) == (4, 0, 0)
    found = run_json(*command)
    assert (found["rows"], found["before"]) == (6, 4)
    shown = run_json("fleet", "show", rows)
    assert shown["rows"] == 6 and {row["device"] for row in shown["shown"]} == {"a", "b", "c"}


@pytest.mark.parametrize(
    "command",
    [
        ("adapt", MODEL, "TABLE"),
        ("select", MODEL, "TABLE", "--pool", "POOL", "--count", "2"),
        ("pareto", MODEL, "TABLE", "--accuracy", "macs", "--top", "3"),
        ("evaluate", MODEL, "TABLE"),
    ],
)
def test_every_kind_has_a_row_a_device(
    table: Path, rows: Path, tmp_path: Path, space: helpnas.Space, command: Any
) -> None:
    pool = tmp_path / "pool.txt"
    pool.write_text("\n".join(space.format(space.sample(20, seed=7))))
    words = [{"TABLE": table, "POOL": pool}.get(word, word) for word in command]
    done = run("fleet", *words, "-o", rows, "--workers", 0)
    assert done.code == 0, done.err
    assert "rows a second" in done.out
    kept = fleet.read_results(rows).to_pylist()
    assert {(row["device"], row["status"]) for row in kept} == {
        ("a", "done"), ("b", "done"), ("c", "done"),
    }  # fmt: skip


def test_train_leaves_out_each_fold(table: Path, rows: Path) -> None:
    # The table has no references: rows that say so.
    command = ["fleet", "train", table, "-o", rows, "--folds", 3, "--workers", 0]
    found = run_json(*command, "--help-network")
    assert (found["rows"], found["failed"]) == (3, 3)
    (error,) = {row["error"] for row in fleet.read_results(rows).to_pylist()}
    assert "give references" in error


def test_show_writes_tables_of_all_rows(table: Path, rows: Path, tmp_path: Path) -> None:
    run("fleet", "adapt", MODEL, table, "-o", rows, "--workers", 0)
    shown = run("fleet", "show", rows, "--top", 1)
    assert "3 rows" in shown.out and "bytes" in shown.out
    for name in ("all.csv", "all.parquet"):
        assert run("fleet", "show", rows, "-o", tmp_path / name).code == 0
    head, *lines = (tmp_path / "all.csv").read_text().splitlines()
    assert len(lines) == 3 and "predictor" not in head
    import pyarrow.parquet

    assert pyarrow.parquet.read_table(tmp_path / "all.parquet").num_rows == 3
    assert "ends in '.txt'" in run("fleet", "show", rows, "-o", "all.txt").err


def convolutions(archs: List[str]) -> List[float]:
    """An accuracy, for ``--accuracy test_cli_fleet:convolutions``."""
    return [arch.count("conv_3x3") + 0.3 * arch.count("conv_1x1") for arch in archs]


def test_islands_search_with_a_function(
    table: Path, rows: Path, tmp_path: Path, space: helpnas.Space
) -> None:
    archs = helpnas.LatencyTable.from_csv(table)
    device = tmp_path / "device.safetensors"
    helpnas.load(MODEL).adapt(archs.archs, archs.latency("a")).save(device)
    command = ["fleet", "islands", device, "-o", rows, "--limit", 10, "--islands", 2,
               "--epochs", 2, "--generations", 2, "--population", 6, "--top", 2,
               "--workers", 0, "--accuracy"]  # fmt: skip
    found = run_json(*command, f"{__name__}:convolutions")
    assert len(found["found"]) == 2 and found["dropped"] == {}
    assert convolutions([found["found"][0]["arch"]]) == [found["found"][0]["accuracy"]]
    again = run_json(*command, f"{__name__}:convolutions")
    assert again["found"] == found["found"] and again["scored"] == 0
    assert "not MODULE:FUNCTION" in run(*command, "nothing").err
    assert run(*command, f"{__name__}:MODEL").code == 3


def test_two_runs_on_one_folder_are_refused(table: Path, rows: Path) -> None:
    run("fleet", "adapt", MODEL, table, "-o", rows, "--workers", 0)
    columns = fleet.adapt(helpnas.load(MODEL), [device_of(table)]).columns
    with fleet.Results(rows, "adapt", columns):
        done = run("fleet", "adapt", MODEL, table, "-o", rows, "--workers", 0)
    assert done.code == 5 and f"process {os.getpid()} on" in done.err
    other = run("fleet", "evaluate", MODEL, table, "-o", rows, "--workers", 0)
    assert other.code == 3 and "results of 'adapt', not of 'evaluate'" in other.err


def device_of(table: Path) -> fleet.Device:
    return fleet.devices_of(helpnas.LatencyTable.from_csv(table))[0]


def test_without_ray_the_command_says_what_to_install(
    table: Path, rows: Path, monkeypatch: Any
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    done = run("fleet", "adapt", MODEL, table, "-o", rows, "--ray", "auto")
    assert done.code == 6 and "pip install 'helpnas[fleet]'" in done.err


def test_a_farm_is_served_and_measured(tmp_path: Path, monkeypatch: Any) -> None:
    for package in ("fastapi", "uvicorn", "onnx", "onnxruntime"):
        pytest.importorskip(package, reason=f"{package} is not installed")
    token = tmp_path / "token"
    paths = os.pathsep.join([str(REPOSITORY / "bindings" / "python" / "src")])
    serving = subprocess.Popen(
        [sys.executable, "-m", "helpnas", "fleet", "serve", MODEL, "-o", tmp_path / "rows",
         "--token", token, "--port", "0", "--most", "4"],
        stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": paths},
    )  # fmt: skip
    try:
        assert serving.stderr is not None
        url = next(word for word in serving.stderr.readline().split() if word.startswith("http"))
        arguments = (url, "--token", token)
        agent = run("fleet", "agent", *arguments, "--device", "here", "--name", "a")
        assert agent.code == 0, agent.err
        assert "here is done: 4 rows" in agent.err
        status = run_json("fleet", "status", *arguments)
        assert status["devices"]["here"]["rows"] == 4
        assert "here" in run("fleet", "status", *arguments).out
    finally:
        serving.terminate()
        serving.wait()
