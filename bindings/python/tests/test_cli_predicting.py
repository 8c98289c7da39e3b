"""The commands from a model to a search: what they print, write, and refuse."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any, List

import numpy as np
import pytest
from cli_tools import MODEL, measurements, run, run_json, write_csv
from test_accuracy import small_file

import helpnas
from helpnas.cli import _inputs
from helpnas.cli._errors import _message
from helpnas.cli._output import warn


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Measurements of two kinds, a predictor and some architectures."""
    made = tmp_path_factory.mktemp("cli")
    model = helpnas.load(MODEL)
    archs = model.space.sample(30, seed=4)
    measurements(made / "measured.csv", model.space, model.reference_genes)
    measurements(made / "held_out.csv", model.space, archs)
    (made / "archs.txt").write_text("\n".join(model.space.format(archs[:4])) + "\n")
    write_csv(
        made / "accuracy.csv", ["arch", "accuracy"], zip(model.space.format(archs), range(30))
    )
    assert run("adapt", MODEL, made / "measured.csv", "-o", made / "phone.safetensors").code == 0
    return made


@pytest.fixture(scope="module")
def phone(folder: Path) -> helpnas.Predictor:
    return helpnas.load_predictor(folder / "phone.safetensors")


# ---- spaces, references, select ------------------------------------------------


def test_spaces_lists_every_bundled_model() -> None:
    listed = run_json("spaces")["spaces"]
    names = sorted(name for row in listed for name in row["models"])
    assert names == sorted(helpnas.bundled_models())
    assert "ofa-mbv3" in run("spaces").out


def test_spaces_describes_one_by_name_or_file(tmp_path: Path) -> None:
    one = run_json("spaces", "nasbench201")
    space = helpnas.Space("nasbench201")
    assert (one["width"], one["count"]) == (6, 15625)
    assert one["description"] == space.description
    assert one["data_sets"] == ["cifar10", "cifar100", "imagenet16-120"]
    space.check([one["example"]])
    file = tmp_path / "mine.json"
    file.write_text('{"name": "mine", "genes": [{"name": "d", "choices": [1, 2]}]}')
    assert run_json("spaces", file)["name"] == "mine"
    assert "mine" in run("spaces", file).out


def test_references_are_the_models(tmp_path: Path) -> None:
    expected = helpnas.load(MODEL).references
    assert run("references", MODEL).out.splitlines() == expected
    assert run_json("references", MODEL)["archs"] == expected
    file = tmp_path / "references.txt"
    assert run("references", MODEL, "-o", file).out == ""
    assert file.read_text().splitlines() == expected


def test_select_prints_what_predict_reads(folder: Path) -> None:
    done = run("select", "ofa-mbv3", "--count", 3, "--seed", 5)
    model = helpnas.load("ofa-mbv3")
    pool = model.space.sample(1000, seed=5)
    chosen = pool[model.select(pool, 3)]
    assert done.out.splitlines() == model.space.format(chosen)
    assert run_json("select", "ofa-mbv3", "--count", 3, "--seed", 5)["archs"] == (
        model.space.notation(chosen)
    )


def test_select_chooses_from_a_pool_and_knows_what_is_measured(folder: Path) -> None:
    pool = (folder / "archs.txt").read_text()
    first = run("select", MODEL, "--pool", "-", "--count", 2, stdin=pool).out.splitlines()
    assert set(first) < set(pool.splitlines())
    file = folder / "first.txt"
    file.write_text(first[0] + "\n")
    with_known = run_json(
        "select", MODEL, "--pool", folder / "archs.txt", "--count", 3, "--measured", file
    )
    model = helpnas.load(MODEL)
    rows = model.select(pool.splitlines(), 3, measured=first[:1])
    assert with_known["archs"] == [pool.splitlines()[row] for row in rows]


# ---- adapt, predict ------------------------------------------------------------


def test_adapt_tells_the_diagnostics(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "made.safetensors"
    done = run("adapt", MODEL, folder / "measured.csv", "-o", file)
    predictor = helpnas.load_predictor(file)
    assert predictor.diagnostics["summary"] in done.out
    assert f"{100 * predictor.diagnostics['leave_one_out']['mape']:.1f} % on average" in done.out
    told = run_json("adapt", MODEL, folder / "measured.csv", "-o", file)
    assert told["diagnostics"] == predictor.diagnostics
    assert (told["method"], told["measurements"]) == ("bayes", 10)


def test_adapt_with_a_repeatability(folder: Path, tmp_path: Path) -> None:
    measured, file = folder / "measured.csv", tmp_path / "made.safetensors"
    widths = []
    for share in (0.0, 0.1):
        run_json("adapt", MODEL, measured, "-o", file, "--repeatability", share)
        lower, upper = helpnas.load_predictor(file).interval(helpnas.load(MODEL).space.sample(5))
        widths.append(upper - lower)
    assert (widths[1] > widths[0]).all()


def test_adapt_shows_the_architecture_that_a_suspicious_row_is(
    folder: Path, tmp_path: Path
) -> None:
    model = helpnas.load(MODEL)
    archs = model.space.sample(12, seed=6)
    latency = 2.0 + 1e-7 * model.space.macs(archs)
    latency[5] *= 2
    texts = model.space.format(archs)
    file = write_csv(tmp_path / "m.csv", ["arch", "latency_ms"], zip(texts, latency))
    done = run("adapt", MODEL, file, "-o", tmp_path / "x")
    assert f"Row 5 is {texts[5]}" in done.out


@pytest.mark.parametrize("method", ["help", "ridge"])
def test_adapt_by_another_method(folder: Path, tmp_path: Path, method: str) -> None:
    file = tmp_path / "made.safetensors"
    run_json("adapt", MODEL, folder / "measured.csv", "-o", file, "--method", method)
    assert helpnas.load_predictor(file).method == method
    found = run_json("predict", file, folder / "archs.txt")
    assert set(found["predictions"][0]) == {"arch", "latency_ms"}
    assert "lower" not in run("predict", file, folder / "archs.txt").out


@pytest.mark.parametrize("level", [0.5, 0.9])
def test_predictions_are_the_predictors(
    folder: Path, phone: helpnas.Predictor, level: float
) -> None:
    archs = (folder / "archs.txt").read_text().splitlines()
    found = run_json(
        "predict", folder / "phone.safetensors", folder / "archs.txt", "--level", level
    )
    assert found["level"] == level
    assert [row["arch"] for row in found["predictions"]] == archs
    assert [row["latency_ms"] for row in found["predictions"]] == phone.predict(archs).tolist()
    lower, upper = phone.interval(archs, level)
    assert [row["lower_ms"] for row in found["predictions"]] == lower.tolist()
    assert [row["upper_ms"] for row in found["predictions"]] == upper.tolist()


def test_predict_reads_lines_csv_and_standard_input_alike(folder: Path) -> None:
    file = folder / "phone.safetensors"
    texts = (folder / "archs.txt").read_text()
    from_lines = run_json("predict", file, folder / "archs.txt")
    table = write_csv(folder / "archs.csv", ["arch", "other"], [[t, "x"] for t in texts.split()])
    assert run_json("predict", file, table) == from_lines
    assert run_json("predict", file, "-", stdin=texts) == from_lines


def test_predict_writes_a_csv_file(folder: Path, phone: helpnas.Predictor, tmp_path: Path) -> None:
    out = tmp_path / "predicted.csv"
    done = run("predict", folder / "phone.safetensors", folder / "archs.txt", "-o", out)
    lines = out.read_text().splitlines()
    assert lines[0] == "arch,latency_ms,lower_ms,upper_ms" and len(lines) == 5
    archs = (folder / "archs.txt").read_text().splitlines()
    assert float(lines[1].split(",")[1]) == phone.predict(archs)[0]
    assert all(arch in done.out for arch in archs), "a line is not broken where nobody reads it"


# ---- search, pareto ------------------------------------------------------------


def test_search_finds_what_the_library_finds(folder: Path, phone: helpnas.Predictor) -> None:
    options = ["--limit", 9, "--accuracy", "macs", "--top", 3, "--seed", 2]
    found = run_json("search", folder / "phone.safetensors", *options)
    expected = phone.search(
        max_latency_ms=9, accuracy=phone.space.macs, accuracy_genes=True, top_k=3, seed=2
    )
    assert [row["arch"] for row in found["found"]] == expected.archs
    assert [row["latency_ms"] for row in found["found"]] == expected.latency_ms.tolist()
    assert found["evaluations"] == expected.evaluations and found["limit_ms"] == 9
    assert all(row["lower_ms"] < row["latency_ms"] < row["upper_ms"] for row in found["found"])
    assert found["strategy"] == "exhaustive"
    out = run("search", folder / "phone.safetensors", *options).out
    assert expected.archs[0] in out
    assert f"{expected.evaluations:,} architectures evaluated, all that are within" in out


def test_search_among_accuracies_in_a_file(folder: Path, phone: helpnas.Predictor) -> None:
    rows = helpnas.load(MODEL).space.sample(30, seed=4)
    found = run_json(
        "search", folder / "phone.safetensors", "--limit", 12, "--accuracy", folder / "accuracy.csv"
    )["found"]
    known = dict(zip(phone.space.format(rows), range(30)))
    expected = phone.search(
        max_latency_ms=12, accuracy=lambda archs: [known[a] for a in archs], candidates=rows
    )
    assert [row["arch"] for row in found] == expected.archs
    assert [row["accuracy"] for row in found] == [known[row["arch"]] for row in found]


def test_search_takes_failed_trainings(
    folder: Path, phone: helpnas.Predictor, tmp_path: Path
) -> None:
    texts = phone.space.format(phone.space.sample(3))
    file = write_csv(tmp_path / "a.csv", ["arch", "accuracy"], zip(texts, ["-inf", 1, 2]))
    found = run_json("pareto", folder / "phone.safetensors", "--accuracy", file)["front"]
    assert texts[0] not in [row["arch"] for row in found]
    write_csv(file, ["arch", "accuracy"], zip(texts, ["nan", 1, 2]))
    done = run("pareto", folder / "phone.safetensors", "--accuracy", file)
    assert done.code == 3 and "row 2, column 'accuracy': 'nan' is not a number" in done.err


def test_search_by_an_accuracy_model(
    folder: Path, phone: helpnas.Predictor, tmp_path: Path
) -> None:
    accuracy = helpnas.AccuracyModel.from_bytes(small_file("nasbench201", 30))
    accuracy.save(tmp_path / "accuracy.safetensors")
    found = run_json(
        "search",
        folder / "phone.safetensors",
        "--limit",
        9,
        "--accuracy",
        tmp_path / "accuracy.safetensors",
        "--generations",
        20,
    )
    expected = phone.search(max_latency_ms=9, accuracy=accuracy, generations=20)
    assert [row["arch"] for row in found["found"]] == expected.archs
    assert [row["accuracy"] for row in found["found"]] == expected.accuracy.tolist()


def test_search_between_lower_and_upper_ends(folder: Path, phone: helpnas.Predictor) -> None:
    macs, predictor = phone.space.macs, folder / "phone.safetensors"
    options = ("--limit", 1000, "--accuracy", "macs", "--top", 20_000)
    found = run_json("search", predictor, *options, "--min-macs", 5e7, "--max-macs", 6e7)["found"]
    counts = macs([row["arch"] for row in found])
    assert len(found) > 0 and (5e7 <= counts).all() and (counts <= 6e7).all()
    more = run_json("search", predictor, *options, "--min-parameters", 8e5, "--top", 5)["found"]
    assert min(macs([row["arch"] for row in more])) > counts.max()
    slow = run_json("search", predictor, *options, "--min-latency", 9, "--confidence", 0.5)
    assert min(row["latency_ms"] for row in slow["found"]) >= 9
    none = run("search", predictor, *options, "--min-macs", 1e12)
    assert none.code == 4 and "the minimum is" in none.err


def test_search_among_candidates(folder: Path) -> None:
    lines = (folder / "archs.txt").read_text().splitlines()
    found = run_json(
        "search",
        folder / "phone.safetensors",
        "--limit",
        1000,
        "--accuracy",
        "macs",
        "--candidates",
        folder / "archs.txt",
    )
    assert sorted(row["arch"] for row in found["found"]) == sorted(lines)


def test_pareto_grows_in_both(folder: Path, phone: helpnas.Predictor, tmp_path: Path) -> None:
    picture = tmp_path / "front.svg"
    found = run_json(
        "pareto",
        folder / "phone.safetensors",
        "--accuracy",
        "macs",
        "--points",
        6,
        "--plot",
        picture,
    )["front"]
    for name in ("latency_ms", "accuracy"):
        values = [row[name] for row in found]
        assert values == sorted(values) and len(set(values)) == len(values) > 1
    archs = [row["arch"] for row in found]
    assert [row["accuracy"] for row in found] == phone.space.macs(archs).tolist()
    assert [row["latency_ms"] for row in found] == phone.predict(archs).tolist()
    assert picture.read_text().startswith("<?xml")


def test_a_search_and_a_front_are_drawn_and_listed(folder: Path, tmp_path: Path) -> None:
    picture = tmp_path / "search.png"
    phone = folder / "phone.safetensors"
    done = run("search", phone, "--limit", 9, "--accuracy", "macs", "--plot", picture)
    assert done.code == 0 and picture.read_bytes().startswith(b"\x89PNG")
    assert "accuracy" in run("pareto", phone, "--accuracy", "macs", "--points", 2).out


# ---- refusals ------------------------------------------------------------------


def refusals() -> List[Any]:
    """Arguments ({} is the folder), exit code, part of the message."""
    phone = "{}/phone.safetensors"
    search = ["search", phone, "--limit"]
    return [
        (["predict"], 2, "Missing argument"),
        (["predict", phone, "{}/archs.txt", "--level", 2], 2, "level"),
        (["select", MODEL, "--count", 0], 2, "count"),
        (["no-such-command"], 2, "No such command"),
        (["search", phone, "--accuracy", "macs"], 2, "--limit"),
        (["spaces", "nowhere"], 3, "nowhere"),
        (["adapt", MODEL, "{}/archs.txt", "-o", "{}/x"], 3, "archs.txt: row 1: the first column"),
        (["adapt", MODEL, "{}/two.csv", "-o", "{}/x"], 3, "two.csv: one column"),
        (["adapt", MODEL, "{}/bad.csv", "-o", "{}/x"], 3, "bad.csv: row 2, column 'latency_ms'"),
        (["adapt", MODEL, "{}/measured.csv", "-o", "{}/x", "--method", "none"], 3, "'none'"),
        (
            ["adapt", MODEL, "{}/empty.csv", "-o", "{}/x"],
            3,
            "empty.csv: 0 architectures",
        ),
        (["predict", phone, "{}/nonsense.txt"], 3, "nonsense.txt: row 2: not an architecture"),
        (["predict", phone, "{}/nothing.txt"], 3, "nothing.txt: no architectures"),
        (["predict", "{}/archs.txt", "{}/archs.txt"], 3, "archs.txt"),
        ([*search, 9, "--accuracy", "{}/measured.csv"], 3, "'arch' and 'accuracy'"),
        ([*search, -1, "--accuracy", "macs"], 3, "-1"),
        ([*search, 9, "--accuracy", "macs", "--preset", "none"], 3, "preset"),
        ([*search, 0.01, "--accuracy", "macs"], 4, "smallest latency seen"),
        (["predict", "{}/nowhere", "{}/archs.txt"], 5, "nowhere"),
        (["predict", phone, "{}/nowhere"], 5, "nowhere"),
        (["adapt", "no-such-model", "{}/measured.csv", "-o", "{}/x"], 5, "no bundled model"),
        (["adapt", MODEL, "{}/measured.csv", "-o", "{}/no/x"], 5, "no/x"),
        ([*search, 9, "--accuracy", "{}/nowhere.safetensors"], 5, "nowhere"),
    ]


@pytest.fixture(scope="module")
def bad(folder: Path) -> Path:
    good = (folder / "archs.txt").read_text().splitlines()[0]
    write_csv(folder / "two.csv", ["arch", "a", "b"], [[good, 1, 2]])
    write_csv(folder / "bad.csv", ["arch", "latency_ms"], [[good, "fast"]])
    write_csv(folder / "empty.csv", ["arch", "latency_ms"], [[good, ""]])
    (folder / "nonsense.txt").write_text(good + "\nnonsense\n")
    (folder / "nothing.txt").write_text("\n\n")
    return folder


@pytest.mark.parametrize("arguments, code, message", refusals())
def test_a_refusal_has_a_code_a_message_and_no_output(
    bad: Path, arguments: List[Any], code: int, message: str
) -> None:
    done = run(*(str(each).replace("{}", str(bad)) for each in arguments), "--json")
    assert (done.code, done.out) == (code, ""), done
    assert message in " ".join(done.err.split())


def test_messages_name_commands_and_arguments(folder: Path) -> None:
    """Of a file of the wrong kind: neither C's functions nor Python's are at hand here."""
    model, phone = helpnas.bundled_models()[MODEL], folder / "phone.safetensors"
    archs, table = folder / "archs.txt", folder / "measured.csv"
    for arguments, advice in (
        (["predict", model, archs], "holds a model, not a predictor; give it as MODEL"),
        (["references", phone], "holds a predictor, not a model; give it as PREDICTOR"),
        (["predict", table, archs], "'helpnas import hat-predictor' makes one"),
        (["predict", table, archs], "'helpnas adapt' of measurements"),
        (["references", table], "'helpnas train' of latencies"),
    ):
        done = run(*arguments)
        assert done.code == 3 and advice in done.err
        assert "help_" not in done.err and "helpnas." not in done.err


def test_help_is_there_for_every_command() -> None:
    for name in ["", "quickstart", "search", "import", "report"]:
        assert "Usage" in run(*name.split(), "--help").out
    assert run("--version").out == f"helpnas {helpnas.__version__}\n"


def test_json_holds_null_for_what_is_not_a_number() -> None:
    from helpnas.cli._output import plain

    text = json.dumps(plain({"a": np.array([1.0, np.nan]), "b": (np.int32(2), np.inf)}))
    assert json.loads(text) == {"a": [1.0, None], "b": [2, None]}


def equal_measurements(path: Path) -> Path:
    space = helpnas.Space("nasbench201")
    return write_csv(path, ["arch", "latency_ms"], [(a, 4) for a in space.format(space.sample(3))])


def test_equal_latencies_are_told_by_every_command(tmp_path: Path) -> None:
    file, predictor = equal_measurements(tmp_path / "four.csv"), tmp_path / "p.safetensors"
    done = run("adapt", MODEL, file, "-o", predictor)
    if done.code == 0:
        assert "no rank correlation" in done.out
        found = run_json("adapt", MODEL, file, "-o", predictor)
        assert found["diagnostics"]["leave_one_out"]["spearman"] is None
        assert run("report", predictor, "-o", tmp_path / "r.html").code == 0
    else:  # refused in one message
        assert done.code == 3 and done.err.count("\n") == 1


def test_a_model_without_references_says_what_to_do() -> None:
    for options in ([], ["--json"]):
        done = run("references", "hat-wmt14-en-de", *options)
        assert done.code == 3 and "helpnas select hat-wmt14-en-de" in done.err and not done.out
    error = helpnas.ArgumentError("give measure='random' or 'chosen'")
    assert "--measure random" in _message(error)


def test_dash_is_standard_output(folder: Path, phone: helpnas.Predictor) -> None:
    texts = phone.space.format(phone.space.sample(2))
    done = run("predict", folder / "phone.safetensors", "-", "-o", "-", stdin="\n".join(texts))
    rows = list(csv.DictReader(done.out.splitlines()))
    assert [row["arch"] for row in rows] == texts and "latency_ms" in rows[0]
    assert run("references", MODEL, "-o", "-").out == run("references", MODEL).out
    chosen = ["select", MODEL, "--pool-size", 20, "--count", 3]
    assert run(*chosen, "-o", "-").out == run(*chosen).out
    assert not Path("-").exists()


def test_tables_have_no_padding_and_one_number_of_decimals(folder: Path) -> None:
    done = run("search", folder / "phone.safetensors", "--limit", 9, "--accuracy", "macs")
    lines = done.out.splitlines()
    assert all(line == line.rstrip() for line in lines)
    rows = [line.split() for line in lines if "|nor_conv" in line or "|none" in line]
    decimals = [[len(cell.partition(".")[2]) for cell in row[1:4]] for row in rows]
    assert rows and all(each == decimals[0] for each in decimals)


def test_flags_have_no_type_and_names_complete() -> None:
    assert "<bool>" not in run("measure", "--help").out
    assert "nasbench201-paper" in _inputs.model_names("nasb")
    assert "ofa-mbv3" in _inputs.space_names("") and "ofa-mbv3-paper" not in _inputs.space_names("")
    assert _inputs.accuracy_names("m") == ["macs"]
    assert _inputs.one_of("cpu", "wall")("w") == ["wall"]


def test_each_warning_is_given_once(capsys: pytest.CaptureFixture[str]) -> None:
    warn(["hot", "hot", "loud"])
    assert capsys.readouterr().err == "warning: hot\nwarning: loud\n"
