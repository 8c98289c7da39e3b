"""A description of a space in place of a model's name, in every command; several files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli_tools import run, run_json, write_csv
from conftest import REPOSITORY
from simulated import Described, work_and_memory_ms

import helpnas

VIT, LLAMA = (REPOSITORY / "examples" / "spaces" / f"{name}.json" for name in ("vit", "llama"))


@pytest.fixture(params=[VIT, LLAMA], ids=["vit", "llama"])
def file(request: Any) -> Path:
    return Path(request.param)


@pytest.fixture
def device(monkeypatch: pytest.MonkeyPatch) -> Described:
    """Measuring is on a made-up device."""
    made = Described()
    monkeypatch.setattr("helpnas.measuring.measure", made.measure)
    monkeypatch.setattr("helpnas.quickstart.measure", made.measure)
    return made


def measured(path: Path, space: helpnas.Space, archs: Any, **options: Any) -> Path:
    """A file of measurements."""
    rows = zip(space.format(archs), work_and_memory_ms(space, archs, **options))
    return write_csv(path, ["arch", "latency_ms"], rows)


def test_from_a_description_to_a_page(file: Path, device: Described, tmp_path: Path) -> None:
    names = ("here.csv", "here.safetensors", "more.csv", "here.html")
    here, phone, more, page = (tmp_path / name for name in names)
    chosen = run_json("select", file, "--count", 8)["archs"]
    space = helpnas.Space.from_file(file)
    model = helpnas.Model.for_space(space)
    pool = space.sample(1000, seed=0)
    assert chosen == space.notation(pool[model.select(pool, 8)])
    run_json("measure", file, "--count", 8, "-o", here)
    assert space.notation(device.calls[0][0]) == chosen
    adapted = run_json("adapt", file, here, "-o", phone)
    assert adapted["method"] == "bayes" and adapted["measurements"] == 8
    assert adapted["diagnostics"]["rests_on"] == "description"
    run_json("measure", file, "--random", "--count", 12, "--seed", 5, "-o", more)
    assert run_json("check", phone, more)["verdict"] == "right"
    limit = sorted(row["latency_ms"] for row in run_json("measure", file)["measurements"])[5]
    few = ("--accuracy", "macs", "--generations", 3, "--population", 20)
    found = run_json("search", phone, "--limit", limit, *few)["found"]
    assert found and found[0]["latency_ms"] <= limit
    assert run_json("pareto", phone, *few)["front"]
    judged = ("--held-out", more, "--model", file)
    generations = ("--generations", 3)
    done = run("report", phone, *judged, "--limit", limit, *few[:2], *generations, "-o", page)
    assert done.code == 0, done.err
    assert "Where the milliseconds go" in page.read_text()


def test_quickstart_takes_a_description(file: Path, device: Described, tmp_path: Path) -> None:
    folder = tmp_path / "quickstart"
    done = run_json("quickstart", file, "-o", folder, "--count", 6, "--held-out", 5)
    assert done["accuracy_label"].startswith("MACs") and len(done["files"]) == 4
    assert done["measured_ms"] > 0 and (folder / "report.html").is_file()


def test_what_a_model_of_a_space_lacks_is_said(file: Path) -> None:
    refused = run("references", file)
    assert refused.code == 3 and f"'helpnas select {file}' chooses" in refused.err


def test_evaluate_chooses_where_there_are_no_references(tmp_path: Path) -> None:
    space = helpnas.Space.from_file(VIT)
    table = measured(tmp_path / "table.csv", space, space.sample(60, seed=1))
    found = run_json("evaluate", VIT, table)
    assert found["means"][0]["spearman"] > 0.9
    chosen = run_json("evaluate", VIT, table, "--measure", "chosen")
    assert found == chosen


def test_a_file_that_describes_no_space_is_named(tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text('{"name": "x"}')
    done = run("select", bad)
    assert done.code == 3 and str(bad) in done.err


# ---- several files of one device -------------------------------------------------


def test_adapt_puts_files_together(tmp_path: Path) -> None:
    space = helpnas.Space.from_file(VIT)
    rows, phone = space.sample(12, seed=2), tmp_path / "phone.safetensors"
    parts = [measured(tmp_path / f"{n}.csv", space, rows[6 * n : 6 * n + 6]) for n in range(2)]
    found = run_json("adapt", VIT, *parts, "-o", phone)
    assert found["measurements"] == 12 and found["repeatability"]["source"] == (
        "the library's default"
    )
    archs, latency = helpnas.load_predictor(phone).measurements
    assert archs == space.notation(rows)
    assert latency[:6] == pytest.approx(work_and_memory_ms(space, rows[:6]), rel=1e-12)


def test_a_repeated_architecture_is_combined(tmp_path: Path) -> None:
    space = helpnas.Space.from_file(VIT)
    rows, phone = space.sample(8, seed=2), tmp_path / "phone.safetensors"
    monday = measured(tmp_path / "monday.csv", space, rows[:6], seed=1, noise=0.02)
    friday = measured(tmp_path / "friday.csv", space, rows[2:], seed=2, noise=0.02)
    found = run_json("adapt", VIT, monday, friday, "-o", phone)
    assert found["measurements"] == 12
    assert found["repeatability"]["source"] == "by what was measured more than once"
    assert 0.005 < found["repeatability"]["value"] < 0.08
    predictor = helpnas.load_predictor(phone)
    archs, latency = predictor.measurements
    assert archs == space.notation([*rows[:6], *rows[2:]])
    # The four measured twice count once, with the median of both.
    once = np.concatenate([latency[:2], (latency[2:6] + latency[6:10]) / 2, latency[10:]])
    share = found["repeatability"]["value"]
    expected = helpnas.load(VIT).adapt(rows, once, repeatability=share)
    assert predictor.predict(rows) == pytest.approx(expected.predict(rows), rel=1e-2)
    given = run_json("adapt", VIT, monday, friday, "-o", phone, "--repeatability", 0.01)
    assert given["repeatability"] == {"value": 0.01, "source": "as given"}


def test_several_recorded_repeatabilities_count_by_the_largest(
    device: Described, tmp_path: Path
) -> None:
    phone, files = tmp_path / "phone.safetensors", [tmp_path / "a.csv", tmp_path / "b.csv"]
    for seed, file in enumerate(files):
        device.repeatability = 0.01 + 0.01 * seed
        run_json("measure", VIT, "--random", "--count", 5, "--seed", seed, "-o", file)
    found = run_json("adapt", VIT, *files, "-o", phone)["repeatability"]
    assert found["value"] == 0.02 and found["source"] == (
        f"from {tmp_path / 'a.json'}, {tmp_path / 'b.json'}"
    )


def test_an_error_names_the_file_of_several(tmp_path: Path) -> None:
    space = helpnas.Space.from_file(VIT)
    good = measured(tmp_path / "good.csv", space, space.sample(5, seed=2))
    bad = write_csv(tmp_path / "bad.csv", ["arch", "latency_ms"], [["nonsense", 1]])
    done = run("adapt", VIT, good, bad, "-o", tmp_path / "p")
    assert done.code == 3 and f"{bad}: row 2" in done.err
