"""The commands that measure, train, judge, import and report; and how the whole ends."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, Iterator, List

import numpy as np
import pytest
from cli_tools import MODEL, measurements, run, run_json
from conftest import REPOSITORY, latency_of, shared_folder
from simulated import Device

import helpnas
import helpnas.cli

pytest.importorskip("matplotlib")


@pytest.fixture
def device(monkeypatch: pytest.MonkeyPatch) -> Device:
    """Measuring is on a made-up device."""
    made = Device()
    monkeypatch.setattr("helpnas.measuring.measure", made.measure)
    monkeypatch.setattr("helpnas.quickstart.measure", made.measure)
    return made


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Latencies of about 400 architectures on three devices."""
    space = helpnas.Space("nasbench201")
    archs = np.vstack([helpnas.load(MODEL).reference_genes, space.sample(395, seed=9)])
    archs = np.unique(space.canonicalize(archs), axis=0)
    base, depth = latency_of(space, archs), (archs != 0).sum(axis=1)
    columns = {"a": base, "b": base + depth, "c": 1 + 2.0 * depth}
    file = tmp_path_factory.mktemp("table") / "table.csv"
    helpnas.LatencyTable(space, archs, columns).to_csv(file)
    return file


# ---- measure -------------------------------------------------------------------


def test_measure_asks_for_what_the_model_chooses(device: Device, tmp_path: Path) -> None:
    file = tmp_path / "m.csv"
    found = run_json("measure", "nasbench201", "--count", 4, "-o", file)
    model = helpnas.load("nasbench201")
    pool = model.space.sample(1000, seed=0)
    assert device.calls[0][0].tolist() == pool[model.select(pool, 4)].tolist()
    assert device.calls[0][1]["runtime"] == "onnxruntime" and "rounds" not in device.calls[0][1]
    assert found["device"]["name"] == "made-up" and found["stability"] == 0.99
    assert found["repeatability"] == 0.01
    written = helpnas.LatencyTable.from_csv(file).devices["made-up"].tolist()
    assert [row["latency_ms"] for row in found["measurements"]] == written


def test_adapt_takes_the_repeatability_that_measuring_recorded(
    device: Device, tmp_path: Path
) -> None:
    file, phone = tmp_path / "m.csv", tmp_path / "phone.safetensors"
    run("measure", "nasbench201", "--count", 5, "-o", file)
    adapt = ("adapt", "nasbench201", file, "-o", phone)
    beside = str(tmp_path / "m.json")
    assert f"Repeatability: 1.00 % of a latency, from {beside}" in run(*adapt).out
    for options, value, source in (
        ([], 0.01, f"from {beside}"),
        (["--repeatability", 0.02], 0.02, "as given"),
    ):
        found = run_json(*adapt, *options)
        assert found["repeatability"] == {"value": value, "source": source}
        assert helpnas.load_predictor(phone).description["repeatability"] == value
    assert "repeatability" not in run_json(*adapt, "--method", "ridge")
    Path(beside).unlink()
    assert run_json(*adapt)["repeatability"] == {"value": 0.003, "source": "the library's default"}


def test_random_ones_are_measured_to_judge_by(device: Device) -> None:
    run_json("measure", "nasbench201", "--count", 4, "--random", "--seed", 6)
    space = helpnas.Space("nasbench201")
    expected = space.canonicalize(space.sample(4, seed=6))
    assert device.calls[0][0].tolist() == expected.tolist()


def test_measure_says_what_disturbed_it_on_standard_error(device: Device) -> None:
    done = run("measure", "nasbench201", "--count", 2)
    assert "warning: it is not real" in done.err and "it is not real" not in done.out


def test_measure_takes_a_file_and_passes_options_on(device: Device, tmp_path: Path) -> None:
    space = helpnas.Space("ofa-mbv3")
    rows = space.sample(3, seed=2)
    file = tmp_path / "archs.txt"
    file.write_text("\n".join(space.format(rows)))
    run_json(
        "measure",
        "ofa-mbv3",
        "--archs",
        file,
        "--threads",
        2,
        "--batch",
        4,
        "--rounds",
        7,
        "--resume",
        tmp_path / "r",
        "--seed",
        3,
    )
    (asked, options) = device.calls[0]
    assert asked.tolist() == space.canonicalize(rows).tolist()
    assert options == {
        "runtime": "onnxruntime",
        "threads": 2,
        "batch": 4,
        "rounds": 7,
        "seed": 3,
        "resume": tmp_path / "r",
    }


def test_networks_are_built_for_another_data_set(device: Device, tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    measure = ("measure", "nasbench201", "--count", 2, "--dataset", "imagenet16-120")
    run_json(*measure)
    assert device.calls[0][1]["dataset"] == "imagenet16-120"
    run_json(*measure, "--export", tmp_path)
    shape = onnx.load(tmp_path / "0000.onnx").graph.input[0].type.tensor_type.shape
    assert [each.dim_value for each in shape.dim] == [1, 3, 16, 16]
    assert json.loads((tmp_path / "measurements.json").read_text())["dataset"] == "imagenet16-120"
    refused = run("measure", "ofa-mbv3", "--dataset", "cifar10", "--export", tmp_path / "no")
    assert refused.code == 3 and "are for 'imagenet'" in refused.err


def test_export_is_filled_in_and_adapted_to(device: Device, tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    folder = tmp_path / "networks"
    found = run_json("measure", "nasbench201", "--count", 4, "--export", folder)
    assert not device.calls and len(found["archs"]) == len(found["files"]) == 4
    assert all(Path(file).is_file() for file in found["files"])
    head, *lines = (folder / "measurements.csv").read_text().splitlines()
    filled = [f"{line}{1000 * (number + 2)}" for number, line in enumerate(lines[:3])]
    (folder / "measurements.csv").write_text("\n".join([head, *filled, lines[3]]))
    phone = tmp_path / "phone.safetensors"
    done = run("adapt", "nasbench201", folder, "-o", phone, "--unit", "us")
    assert done.code == 0 and "1 of 4 architectures are not measured" in done.err
    record = helpnas.load_predictor(phone).description["record"]
    assert record["measurements"]["latency_ms"] == [2.0, 3.0, 4.0]


# ---- quickstart ----------------------------------------------------------------


def test_quickstart_tells_the_story(device: Device, tmp_path: Path) -> None:
    done = run("quickstart", MODEL, "-o", tmp_path / "out")
    assert done.code == 0, done.err
    for part in (
        "made-up",
        "limit",
        "predicted",
        "90 % interval",
        "measured",
        "bundled model",
        "ridge",
    ):
        assert part in done.out
    assert str(tmp_path / "out" / "report.html") in done.out and "not real" in done.err


def test_quickstart_in_json(device: Device, tmp_path: Path) -> None:
    found = run_json("quickstart", MODEL, "-o", tmp_path, "--limit", 7)
    assert found["limit_ms"] == 7 and found["predicted_ms"] <= 7
    assert found["lower_ms"] < found["predicted_ms"] < found["upper_ms"]
    assert found["within_limit"] == (found["measured_ms"] <= 7)
    assert all(Path(file).is_file() for file in found["files"])


def test_quickstart_without_what_measuring_needs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    done = run("quickstart", MODEL, "-o", tmp_path)
    assert (done.code, done.out) == (6, "") and "helpnas[measure]" in done.err


# ---- train, evaluate, monotonicity ---------------------------------------------


def test_train_evaluate_and_use_a_model(table: Path, tmp_path: Path) -> None:
    model, picture = tmp_path / "mine.safetensors", tmp_path / "curves.png"
    references = tmp_path / "references.txt"
    run("references", MODEL, "-o", references)
    made = run_json(
        "train",
        table,
        "-o",
        model,
        "--device",
        "a",
        "--valid",
        "b",
        "--episodes",
        3,
        "--references",
        references,
        "--threads",
        1,
        "--plot",
        picture,
    )
    assert (made["train"], made["valid"]) == (["a"], ["b"])
    assert picture.read_bytes().startswith(b"\x89PNG")
    devices = helpnas.load(model).description["record"]["devices"]
    assert devices == {"train": ["a"], "valid": ["b"]}


def test_train_without_the_network_takes_every_device(table: Path, tmp_path: Path) -> None:
    model = tmp_path / "mine.safetensors"
    done = run("train", table, "-o", model, "--no-network")
    assert done.code == 0 and "from 3 devices" in done.out
    assert helpnas.load(model).description["record"]["devices"]["train"] == ["a", "b", "c"]


def test_evaluate_gives_the_librarys_rows(table: Path) -> None:
    found = run_json("evaluate", MODEL, table, "--device", "a", "--baseline", "ridge")
    expected = helpnas.evaluate(
        helpnas.load(MODEL), helpnas.LatencyTable.from_csv(table), ["a"], baselines=["ridge"]
    )
    assert [row["method"] for row in found["rows"]] == ["bayes", "ridge"]
    assert found["rows"][0]["spearman"] == expected[0]["spearman"]
    assert len(found["means"]) == 2
    out = run("evaluate", MODEL, table, "--device", "a").out
    assert "mean" in out and "macs" in out


def test_evaluate_refuses_an_unknown_device(table: Path) -> None:
    done = run("evaluate", MODEL, table, "--device", "nowhere")
    assert done.code == 3 and "it has a, b, c" in done.err


def test_monotonicity_prints_and_draws(table: Path, tmp_path: Path) -> None:
    picture = tmp_path / "map.svg"
    found = run_json("monotonicity", table, "--plot", picture)
    expected = helpnas.monotonicity(helpnas.LatencyTable.from_csv(table))
    assert found == {"devices": ["a", "b", "c"], "spearman": expected.spearman.tolist()}
    assert picture.read_text().startswith("<?xml")
    assert f"{expected.spearman[0, 2]:.4g}" in run("monotonicity", table).out


# ---- import --------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind, path, options, devices",
    [
        ("oneproxy", "oneproxy", [], 18),
        ("hat", "hat", ["--space", "hat-wmt14-en-fr"], 3),
        ("help-repository", "help/nasbench201", [], 27),
    ],
)
def test_published_tables(
    kind: str, path: str, options: List[str], devices: int, tmp_path: Path
) -> None:
    data = shared_folder("LIBHELP_DATASETS", "datasets")
    found = run_json("import", kind, data / path, "-o", tmp_path / "t.csv", *options)
    assert len(found["devices"]) == devices
    read = helpnas.LatencyTable.from_csv(tmp_path / "t.csv", found["space"])
    assert len(read) == found["architectures"]


def test_published_networks(tmp_path: Path) -> None:
    data = shared_folder("LIBHELP_DATASETS", "datasets")
    model, accuracy, hat = (tmp_path / name for name in ("m", "a", "h"))
    published = data / "help" / "nasbench201" / "checkpoint" / "help_max_corr.pt"
    assert run("import", "checkpoint", published, "-o", model).code == 0
    assert helpnas.load(model).space.name == "nasbench201"
    run_json("import", "accuracy", data / "ofa" / "acc_predictor.pth", "-o", accuracy)
    assert helpnas.load_accuracy(accuracy).space.name == "ofa-mbv3"
    (found,) = (data / "hat" / "predictors").glob("wmt14ende*xeon*.pt")
    run_json("import", "hat-predictor", found, "-o", hat)
    assert helpnas.load_predictor(hat).method == "mlp"


@pytest.mark.parametrize("kind", ["oneproxy", "hat", "help-repository"])
def test_a_folder_that_is_none_is_refused(kind: str, tmp_path: Path) -> None:
    done = run("import", kind, tmp_path, "-o", tmp_path / "t.csv")
    assert (done.code, done.out) == (3, "") and str(tmp_path) in done.err


@pytest.mark.parametrize("kind", ["checkpoint", "accuracy", "hat-predictor"])
def test_a_file_that_is_none_is_refused(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "cpu_xeon.pt"
    file.write_text("no pickle")
    done = run("import", kind, file, "-o", tmp_path / "m")
    assert (done.code, done.out) == (3, "") and "cpu_xeon.pt" in done.err
    assert run("import", kind, tmp_path / "nowhere_cpu_xeon.pt", "-o", tmp_path / "m").code == 5


# ---- report --------------------------------------------------------------------


def test_report_with_everything(tmp_path: Path) -> None:
    model = helpnas.load(MODEL)
    phone, page = tmp_path / "phone.safetensors", tmp_path / "page.html"
    measurements(tmp_path / "m.csv", model.space, model.reference_genes)
    measurements(tmp_path / "h.csv", model.space, model.space.sample(9, seed=3))
    (tmp_path / "d.json").write_text(json.dumps({"device": {"name": "the <phone>"}}))
    run("adapt", MODEL, tmp_path / "m.csv", "-o", phone)
    found = run_json(
        "report",
        phone,
        "-o",
        page,
        "--device",
        tmp_path / "d.json",
        "--held-out",
        tmp_path / "h.csv",
        "--model",
        MODEL,
        "--limit",
        9,
        "--accuracy",
        "macs",
        "--measured",
        8.25,
        "--title",
        "A & B",
    )
    text = page.read_text(encoding="utf-8")
    assert found == {"report": str(page)}
    for part in ("the &lt;phone&gt;", "ridge", "8.25\u00a0ms", "<h1>A &amp; B</h1>", "9 other"):
        assert part in text
    done = run("report", phone, "-o", page, "--held-out", tmp_path / "m.csv")
    assert done.code == 3 and "10 left out" in done.err and "0 others" in done.err
    (tmp_path / "d.json").write_text("[]")
    done = run("report", phone, "-o", page, "--device", tmp_path / "d.json")
    assert done.code == 3 and "d.json" in done.err
    done = run("report", phone, "-o", page, "--limit", 9)
    assert done.code == 3 and "--accuracy" in done.err


def test_report_on_standard_output(tmp_path: Path) -> None:
    model, phone = helpnas.load(MODEL), tmp_path / "phone.safetensors"
    measurements(tmp_path / "m.csv", model.space, model.reference_genes)
    run("adapt", MODEL, tmp_path / "m.csv", "-o", phone)
    done = run("report", phone, "-o", "-")
    assert done.code == 0 and done.out.startswith("<!DOCTYPE html>") and not done.err
    assert done.out.rstrip().endswith("</html>")
    done = run("report", phone, "-o", "-", "--json")
    assert done.code == 3 and not done.out and "standard output" in done.err


def test_report_shows_the_warnings_of_measuring(tmp_path: Path) -> None:
    model, phone = helpnas.load(MODEL), tmp_path / "phone.safetensors"
    measurements(tmp_path / "m.csv", model.space, model.reference_genes)
    run("adapt", MODEL, tmp_path / "m.csv", "-o", phone)
    record = {"device": {"name": "here"}, "warnings": ["the <load> was 3.1"]}
    (tmp_path / "d.json").write_text(json.dumps(record))
    page = tmp_path / "page.html"
    run("report", phone, "-o", page, "--device", tmp_path / "d.json")
    assert "The &lt;load&gt; was 3.1." in page.read_text(encoding="utf-8")


# ---- the whole -----------------------------------------------------------------


def test_python_m_and_what_is_missing() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "helpnas", "references", MODEL], capture_output=True, text=True
    )
    assert done.stdout.splitlines() == helpnas.load(MODEL).references and not done.stderr
    program = "import sys; sys.modules['typer'] = None; import helpnas.cli as c; sys.exit(c.main())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 6 and not done.stdout
    assert "pip install 'helpnas[cli]'" in done.stderr


def test_a_reader_that_leaves_is_no_error() -> None:
    command = f"{sys.executable} -m helpnas select ofa-mbv3 --count 900 --pool-size 901 | head -n 1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
    assert len(done.stdout.splitlines()) == 1 and not done.stderr


def test_ctrl_c_ends_with_130(tmp_path: Path) -> None:
    model = helpnas.load("ofa-mbv3")
    measurements(tmp_path / "m.csv", model.space, model.reference_genes)
    phone = tmp_path / "phone.safetensors"
    run("adapt", "ofa-mbv3", tmp_path / "m.csv", "-o", phone)
    command = [
        sys.executable,
        "-m",
        "helpnas",
        "search",
        str(phone),
        "--limit",
        "1000",
        "--accuracy",
        "macs",
        "--generations",
        "100000",
        "--json",
    ]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert process.stderr is not None
    assert process.stderr.readline().startswith("searching: ")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "") and err.strip().endswith("interrupted")


@pytest.mark.parametrize(
    "place", ["helpnas.cli._app.run", "helpnas.cli._errors.Command.parse_args"]
)
def test_ctrl_c_before_a_command_begins(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], place: str
) -> None:
    def interrupt(*arguments: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(place, interrupt)
    monkeypatch.setattr(sys, "argv", ["helpnas", "spaces"])
    assert helpnas.cli.main() == 130
    assert capsys.readouterr().err.strip().endswith("helpnas: error: interrupted")


def test_the_documentation_lists_every_command_and_exit_code() -> None:
    from helpnas.cli import _INTERRUPTED, _MISSING
    from helpnas.cli._app import app
    from helpnas.cli._errors import Code
    from helpnas.cli.imports import app as imports

    text = (REPOSITORY / "docs" / "guide" / "command-line.md").read_text("utf-8")
    for command in app.registered_commands:
        assert f"| `{command.name} " in text
    for kind in imports.registered_commands:
        assert f"`{kind.name or kind.callback.__name__}`" in text
    for code in Code:
        assert f"| {code.value} |" in text
    assert (_MISSING, _INTERRUPTED) == (Code.MISSING, Code.INTERRUPTED)


def test_a_space_of_ones_own_is_told_how_to_go_on(tmp_path: Path) -> None:
    file = tmp_path / "own.json"
    file.write_text('{"name": "own", "genes": [{"name": "op", "choices": ["a", "b", "c"]}]}')
    done = run("measure", file)
    assert done.code == 3 and "helpnas adapt" in done.err and "run=" not in done.err
    assert "--build MODULE:FUNCTION" in done.err


BUILDERS = """
import onnx
from onnx import helper

NOT_A_FUNCTION = 3

def onnx_of(arch):
    float32 = onnx.TensorProto.FLOAT
    sizes = [helper.make_tensor_value_info(name, float32, [1, 4]) for name in "xy"]
    node = helper.make_node({"a": "Relu", "b": "Tanh", "c": "Sigmoid"}[arch["op"]], ["x"], ["y"])
    graph = helper.make_graph([node], "network", sizes[:1], sizes[1:])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)

def raises(arch):
    raise KeyError(arch["op"])
"""


@pytest.fixture
def builders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder to be in, with a space and a module that builds its networks."""
    space = {"name": "own", "genes": [{"name": "op", "choices": ["a", "b", "c"]}]}
    (tmp_path / "own.json").write_text(json.dumps(space))
    (tmp_path / "my_networks.py").write_text(BUILDERS)
    (tmp_path / "broken.py").write_text("x = 1\ny = x / 0\n")
    (tmp_path / "needy.py").write_text("import no_such_package\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield tmp_path
    for name in ("my_networks", "broken", "needy"):
        sys.modules.pop(name, None)


def test_networks_of_ones_own_are_measured(builders: Path) -> None:
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    options = ["--build", "my_networks:onnx_of", "--clock", "wall", "--random", "--count", "3"]
    found = run_json("measure", "own.json", *options, "--rounds", "1", "-o", "here.csv")
    assert len(found["measurements"]) == 3 and found["device"]["build"] == "onnx_of"
    beside = json.loads(Path("here.json").read_text())
    assert beside["description"]["name"] == "own"
    written = run_json("measure", "own.json", *options, "--export", "out")
    assert len(written["files"]) == 3


def test_a_function_that_raises_is_told(builders: Path) -> None:
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    done = run("measure", "own.json", "--build", "my_networks:raises", "--random", "--count", "3")
    assert done.code == 3 and "none of the 3" in done.err
    assert "raises raised KeyError" in done.err and "my_networks.py, line 15" in done.err


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("my_networks", "--build is 'my_networks', not MODULE:FUNCTION"),
        (":onnx_of", "--build is ':onnx_of', not MODULE:FUNCTION"),
        ("nowhere:f", "--build: no module 'nowhere', neither in"),
        ("my_networks.inner:f", "no module 'my_networks.inner', neither in"),
        ("my_networks:other", "my_networks has no 'other'"),
        ("my_networks:NOT_A_FUNCTION", "which is 3, not a function"),
        ("broken:f", "broken raised ZeroDivisionError: division by zero"),
    ],
)
def test_functions_that_are_not_there(builders: Path, name: str, message: str) -> None:
    for command in (["measure", "own.json"], ["quickstart", MODEL]):
        done = run(*command, "--build", name)
        assert done.code == 3 and message in done.err.replace("\n", " ")


def test_a_module_that_needs_another_says_which(builders: Path) -> None:
    done = run("measure", "own.json", "--build", "needy:f")
    assert done.code == 6 and "no_such_package" in done.err


def test_an_interrupted_quickstart_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files: List[Path] = []

    def measured(space: Any, archs: Any, progress: Any, resume: Path, build: Any) -> None:
        assert build is None
        files.append(resume)
        resume.write_text("{}")
        raise KeyboardInterrupt

    monkeypatch.setattr("helpnas.cli.quickstart.measure_here", measured)
    for options in ([], ["--resume"]):
        assert run("quickstart", MODEL, "-o", tmp_path / "out", *options).code == 130
    assert len(set(files)) == 1 and files[0].exists()
