"""HAT's tables of averages, and its architecture files."""

from __future__ import annotations

import csv
import itertools
import sys
from pathlib import Path
from typing import Any, Dict, List

import numpy as np
import pytest
from conftest import shared_folder
from hypothesis import given
from hypothesis import strategies as st

import helpnas
from helpnas import FormatError, LatencyTable
from helpnas.published.hat_files import hat_csv_files, layers_by_sum, read_hat_csv, read_hat_yaml

HAT_TASKS = ["wmt14-en-de", "wmt14-en-fr", "wmt19-en-de", "iwslt14-de-en"]
COLUMNS = [
    "encoder_embed_dim",
    "encoder_layer_num",
    "encoder_ffn_embed_dim_avg",
    "encoder_self_attention_heads_avg",
    "decoder_embed_dim",
    "decoder_layer_num",
    "decoder_ffn_embed_dim_avg",
    "decoder_self_attention_heads_avg",
    "decoder_ende_attention_heads_avg",
    "decoder_arbitrary_ende_attn_avg",
    "latency_mean_encoder",
    "latency_mean_decoder",
    "latency_std_encoder",
    "latency_std_decoder",
]
ROW = [640, 6, 5888 / 3, 6.0, 512, 4, 1920.0, 2.5, 5.5, 1.5, 5.5, 124.5, 0.05, 0.4]
LISTS = {
    (2, 6): (2, 6),
    (8, 6): (3, 6),
    (16, 4): (6, 4),
    (22, 4): (7, 4),
    (28, 4): (8, 4),
    (34, 4): (9, 4),
}


def csv_file(folder: Path, rows: Any, columns: Any = COLUMNS, name: str = "t.csv") -> Path:
    with open(folder / name, "w", newline="") as file:
        csv.writer(file).writerows([columns, *rows])
    return folder / name


def changed(column: str, value: Any) -> List[Any]:
    row = list(ROW)
    row[COLUMNS.index(column)] = value
    return row


def averages(genes: Any) -> List[float]:
    """HAT's ten numbers of a row of genes."""
    genes = [int(gene) for gene in genes]
    decoder, seen = genes[15], {-1: 1, 1: 2, 2: 3}
    mean = {
        start: sum(genes[start : start + n]) / n
        for start, n in ((2, 6), (8, 6), (16, decoder), (22, decoder), (28, decoder))
    }
    attention = sum(seen[gene] for gene in genes[34 : 34 + decoder]) / decoder
    return [
        genes[0],
        genes[1],
        mean[2],
        mean[8],
        genes[14],
        decoder,
        mean[16],
        mean[22],
        mean[28],
        attention,
    ]


def test_layers_have_the_averages_of_the_row(tmp_path: Path) -> None:
    genes, ms = read_hat_csv(csv_file(tmp_path, [ROW]), helpnas.Space("hat-wmt14-en-de"))
    assert genes.shape == (1, 40) and genes.dtype == np.int32 and ms.tolist() == [130.0]
    assert averages(genes[0]) == pytest.approx(ROW[:10])
    for start, layers in ((2, 6), (8, 6), (16, 4), (22, 4), (28, 4), (34, 4)):
        values = genes[0, start : start + layers].tolist()
        assert values == sorted(values, reverse=True)


@given(st.data())
def test_any_architecture_is_found_by_its_averages(tmp_path_factory: Any, data: Any) -> None:
    space = helpnas.Space("hat-wmt14-en-de")
    genes = [data.draw(st.sampled_from(g["choices"])) for g in space.description["genes"]]
    row = [*averages(genes), 1.0, 2.0, 0.0, 0.0]
    file = csv_file(tmp_path_factory.mktemp("hat"), [row])
    found, _ = read_hat_csv(file, space)  # type: ignore[arg-type]
    assert averages(found[0]) == pytest.approx(row[:10], abs=1e-9)


@pytest.mark.parametrize("layers", range(1, 7))
@pytest.mark.parametrize(
    ("name", "choices", "numbers"),
    [
        ("ffn", [3072, 2048, 1024, 512], [3072, 2048, 1024, 512]),
        ("heads", [8, 4, 2], [8, 4, 2]),
        ("decoder_arbitrary_ende_attn", [-1, 1, 2], [1, 2, 3]),
    ],
)
def test_every_sum_has_its_layers(name: str, choices: Any, numbers: Any, layers: int) -> None:
    found, number = layers_by_sum(name, choices, layers), dict(zip(choices, numbers))
    sums = {sum(values) for values in itertools.product(numbers, repeat=layers)}
    assert set(found) == sums
    for total, values in found.items():
        assert sum(number[value] for value in values) == total and len(values) == layers


def test_the_most_alike_layers_are_taken() -> None:
    assert layers_by_sum("heads", [8, 4, 2], 3)[12] == (4, 4, 4)
    assert layers_by_sum("ffn", [3072, 2048, 1024, 512], 3)[6144] == (2048, 2048, 2048)


def test_rows_of_equal_averages_are_one_architecture(tmp_path: Path) -> None:
    other = changed("decoder_embed_dim", 640)
    rows = [ROW, other, changed("latency_mean_decoder", 130.5)]
    genes, ms = read_hat_csv(csv_file(tmp_path, rows), helpnas.Space("hat-wmt14-en-de"))
    assert len(genes) == 2 and ms.tolist() == [133.0, 130.0]


def test_columns_in_any_order(tmp_path: Path) -> None:
    file = csv_file(tmp_path, [[*ROW[::-1], "note"]], [*COLUMNS[::-1], "extra"])
    genes, ms = read_hat_csv(file, helpnas.Space("hat-wmt14-en-de"))
    assert averages(genes[0]) == pytest.approx(ROW[:10]) and ms.tolist() == [130.0]


@pytest.mark.parametrize(
    ("column", "value", "part"),
    [
        ("encoder_embed_dim", 600, "not one of"),
        ("encoder_embed_dim", 640.5, "not one of"),
        ("encoder_layer_num", 5, "not one of"),
        ("decoder_layer_num", 0, "not one of"),
        ("decoder_layer_num", 7, "not one of"),
        ("decoder_layer_num", "", "not a number"),
        ("encoder_ffn_embed_dim_avg", 2000.0, "not the average of 6"),
        ("encoder_ffn_embed_dim_avg", 4096.0, "not the average of 6"),
        ("encoder_ffn_embed_dim_avg", "1e400", "not the average of 6"),
        ("encoder_ffn_embed_dim_avg", "__import__('os').getcwd()", "not a number"),
        ("decoder_self_attention_heads_avg", 2.51, "not the average of 4"),
        ("decoder_arbitrary_ende_attn_avg", 0.5, "not the average of 4"),
        ("latency_mean_encoder", 0, "not a latency above 0"),
        ("latency_mean_decoder", -1, "not a latency above 0"),
        ("latency_mean_decoder", "nan", "not a number"),
        ("latency_mean_decoder", "", "not a number"),
    ],
)
def test_errors_name_file_row_and_column(
    tmp_path: Path, column: str, value: Any, part: str
) -> None:
    file = csv_file(tmp_path, [ROW, changed(column, value)])
    with pytest.raises(FormatError) as caught:
        read_hat_csv(file, helpnas.Space("hat-wmt14-en-de"))
    for wanted in (str(file), "row 3", f"column '{column}'", part):
        assert wanted in str(caught.value)


def test_wrong_headers_and_rows(tmp_path: Path) -> None:
    space = helpnas.Space("hat-wmt14-en-de")
    with pytest.raises(FormatError, match="row 1, column 'encoder_embed_dim': the column is miss"):
        read_hat_csv(csv_file(tmp_path, [], []), space)
    with pytest.raises(FormatError, match="column 'latency_mean_encoder'.*given twice"):
        read_hat_csv(csv_file(tmp_path, [], [*COLUMNS, "latency_mean_encoder"]), space)
    with pytest.raises(FormatError, match="row 2: 13 fields, not 14"):
        read_hat_csv(csv_file(tmp_path, [ROW[:-1]]), space)
    assert len(read_hat_csv(csv_file(tmp_path, []), space)[0]) == 0


def test_a_space_of_other_genes(tmp_path: Path, space: helpnas.Space) -> None:
    with pytest.raises(helpnas.UnsupportedError, match="'nasbench201' is not one of HAT's"):
        read_hat_csv(csv_file(tmp_path, [ROW]), space)
    with pytest.raises(helpnas.UnsupportedError, match="'nasbench201' is not one of HAT's"):
        LatencyTable.from_hat(tmp_path, "nasbench201")


def test_files_of_a_task(tmp_path: Path) -> None:
    for name in ("wmt14ende_cpu_xeon_all", "wmt14ende_gpu_titanxp_all", "wmt14enfr_cpu_xeon_all"):
        (tmp_path / f"{name}.csv").touch()
    found = hat_csv_files(tmp_path, "hat-wmt14-en-de")
    assert {device: file.name for device, file in found.items()} == {
        "cpu_xeon": "wmt14ende_cpu_xeon_all.csv",
        "gpu_titanxp": "wmt14ende_gpu_titanxp_all.csv",
    }
    one = tmp_path / "wmt14enfr_cpu_xeon_all.csv"
    assert hat_csv_files(one, "hat-wmt14-en-fr") == {"cpu_xeon": one}
    assert hat_csv_files(tmp_path / "mine.csv", "hat-wmt14-en-fr") == {
        "mine": tmp_path / "mine.csv"
    }
    with pytest.raises(FormatError, match="no iwslt14deen_"):
        hat_csv_files(tmp_path, "hat-iwslt14-de-en")


def test_a_table_of_a_task(tmp_path: Path) -> None:
    space = helpnas.Space("hat-wmt14-en-de")
    other = changed("decoder_embed_dim", 640)
    csv_file(tmp_path, [ROW, other], name="wmt14ende_cpu_xeon_all.csv")
    csv_file(tmp_path, [other], name="wmt14ende_gpu_titanxp_all.csv")
    table = LatencyTable.from_hat(tmp_path, space)
    assert list(table.devices) == ["cpu_xeon", "gpu_titanxp"]
    np.testing.assert_array_equal(table.latency("cpu_xeon"), [130.0, 130.0])
    np.testing.assert_array_equal(table.latency("gpu_titanxp"), [np.nan, 130.0])
    one = LatencyTable.from_hat(tmp_path / "wmt14ende_gpu_titanxp_all.csv", "hat-wmt14-en-de")
    assert list(one.devices) == ["gpu_titanxp"] and len(one) == 1


def test_the_averages_are_what_the_library_encodes(tmp_path: Path) -> None:
    space = helpnas.Space("hat-wmt14-en-de")
    genes, _ = read_hat_csv(csv_file(tmp_path, [ROW]), space)
    scales = [640, 6, 2048, 6, 640, 6, 2048, 6, 6, 2]
    expected = np.array(ROW[:10]) / scales
    np.testing.assert_allclose(space.encode(genes)[0], expected, rtol=1e-6)


PUBLISHED = {
    "wmt14-en-de": [2000] * 3,
    "wmt14-en-fr": [1999, 1997, 2000],
    "wmt19-en-de": [1999],
    "iwslt14-de-en": [1998],
}


@pytest.mark.parametrize("task", HAT_TASKS)
def test_the_published_averages(task: str) -> None:
    folder = shared_folder("LIBHELP_DATASETS", "datasets") / "hat"
    for number, file in enumerate(hat_csv_files(folder, f"hat-{task}").values()):
        genes, ms = read_hat_csv(file, helpnas.Space("hat-wmt14-en-de"))
        assert len(genes) == len(ms) == PUBLISHED[task][number]
        with open(file, newline="") as opened:
            rows = [[float(field) for field in row] for row in list(csv.reader(opened))[1:]]
        known = {tuple(np.round(row[:10], 9)) for row in rows}
        assert {tuple(np.round(averages(row), 9)) for row in genes} == known


@pytest.mark.parametrize("task", HAT_TASKS)
def test_the_published_tables(task: str) -> None:
    space = helpnas.Space(f"hat-{task}")
    folder = shared_folder("LIBHELP_DATASETS", "datasets") / "hat"
    table = LatencyTable.from_hat(folder, space)
    assert [int((~np.isnan(ms)).sum()) for ms in table.devices.values()] == PUBLISHED[task]


# Architecture files

YAML = """
encoder-embed-dim-subtransformer: 512
decoder-embed-dim-subtransformer: 640

encoder-ffn-embed-dim-all-subtransformer: [3072, 3072, 3072, 2048, 3072, 3072]
decoder-ffn-embed-dim-all-subtransformer: [3072, 2048]
encoder-layer-num-subtransformer: 6
decoder-layer-num-subtransformer: 2
encoder-self-attention-heads-all-subtransformer: [8, 8, 4, 8, 8, 8]
decoder-self-attention-heads-all-subtransformer: [8, 4]
decoder-ende-attention-heads-all-subtransformer: [4, 8]
decoder-arbitrary-ende-attn-all-subtransformer: [-1, 1]
"""
GENES = [512, 6, 3072, 3072, 3072, 2048, 3072, 3072, 8, 8, 4, 8, 8, 8]


def yaml_file(folder: Path, text: str) -> Path:
    (folder / "s.yml").write_text(text)
    return folder / "s.yml"


def test_reads_an_architecture(tmp_path: Path) -> None:
    pytest.importorskip("yaml")
    found = read_hat_yaml(yaml_file(tmp_path, YAML))
    assert len(found) == 10 and found["decoder-embed-dim-subtransformer"] == 640
    assert found["decoder-arbitrary-ende-attn-all-subtransformer"] == [-1, 1]


def test_the_library_reads_it_too(tmp_path: Path) -> None:
    pytest.importorskip("yaml")
    space = helpnas.Space("hat-wmt14-en-de")
    row = space.genes([read_hat_yaml(yaml_file(tmp_path, YAML))])[0].tolist()
    assert row[:14] == GENES and row[14:18] == [640, 2, 3072, 2048]
    assert row[22:24] == [8, 4] and row[28:30] == [4, 8] and row[34:36] == [-1, 1]


CHANGES: Dict[str, Any] = {
    "not YAML": lambda text: text + "]",
    "a list, not a subtransformer's keys": lambda text: "[1, 2]",
    "None, not a subtransformer's keys": lambda text: "",
    "unknown key 'more'": lambda text: text + "more: 1\n",
    "unknown key 3": lambda text: text + "3: 1\n",
    "no key 'decoder-embed-dim-subtransformer'": lambda text: text.replace("decoder-embed", "# "),
    "decoder-embed-dim-subtransformer has 'x'": lambda text: text.replace("640", "x"),
    "decoder-embed-dim-subtransformer is a list": lambda text: text.replace("640", "[640]"),
    "attn-all-subtransformer has True": lambda text: text.replace("[-1, 1]", "[-1, true]"),
    "attn-all-subtransformer is -1": lambda text: text.replace("[-1, 1]", "-1"),
    "attn-all-subtransformer is a list": lambda text: text.replace("[-1, 1]", "[]"),
    "not YAML of plain data": lambda text: text + "x: !!python/object/apply:os.mkdir [ran]\n",
}


@pytest.mark.parametrize("message", CHANGES)
def test_wrong_architecture_files(tmp_path: Path, message: str) -> None:
    pytest.importorskip("yaml")
    file = yaml_file(tmp_path, CHANGES[message](YAML))
    with pytest.raises(FormatError) as caught:
        read_hat_yaml(file)
    assert str(file) in str(caught.value) and message in str(caught.value)
    assert not Path("ran").exists()


def test_hostile_yaml(tmp_path: Path) -> None:
    pytest.importorskip("yaml")
    laughs = "a0: &a0 [x]\n" + "".join(f"a{i + 1}: &a{i + 1} [*a{i}, *a{i}]\n" for i in range(60))
    for text in (laughs, "[" * 5000, "? [1, {}]\n: 2\n", "&a [*a]", "\0", "!!int x", "{[]: 1}"):
        with pytest.raises(FormatError, match="s.yml"):
            read_hat_yaml(yaml_file(tmp_path, text))


def test_without_pyyaml(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(ImportError, match=r"s\.yml needs PyYAML: pip install 'helpnas\[yaml\]'"):
        read_hat_yaml(yaml_file(tmp_path, YAML))


def test_the_published_architectures() -> None:
    pytest.importorskip("yaml")
    folder = shared_folder("LIBHELP_DATASETS", "datasets") / "help" / "hat"
    files = sorted(folder.glob("*.yml"))
    assert len(files) == 4
    for file in files:
        found = read_hat_yaml(file)
        layers = found["decoder-layer-num-subtransformer"]
        assert len(found["decoder-ffn-embed-dim-all-subtransformer"]) == layers


@pytest.fixture(scope="module")
def predictors() -> Path:
    return shared_folder("LIBHELP_DATASETS", "datasets") / "hat" / "predictors"


def test_the_published_predictors_follow_their_tables(predictors: Path) -> None:
    for space in map(helpnas.Space, [f"hat-{task}" for task in HAT_TASKS]):
        for file in hat_csv_files(predictors.parent, space.name).values():
            genes, latency_ms = read_hat_csv(file, space)
            published = predictors / file.name.replace("_all.csv", ".pt")
            predictor = helpnas.import_hat_predictor(published, space)
            scores = helpnas.score(predictor.predict(genes), latency_ms)
            assert scores["spearman"] > 0.95 and scores["mape"] < 0.08, file.name


def test_a_predictor_of_an_unknown_device_needs_its_scale(predictors: Path, tmp_path: Path) -> None:
    file = tmp_path / "phone.pt"
    file.write_bytes((predictors / "wmt14ende_cpu_xeon.pt").read_bytes())
    with pytest.raises(helpnas.ArgumentError, match="scale_ms"):
        helpnas.import_hat_predictor(file)
    once = helpnas.import_hat_predictor(file, scale_ms=300)
    twice = helpnas.import_hat_predictor(file, scale_ms=600)
    rows = once.space.sample(20, seed=1)
    np.testing.assert_allclose(2 * once.predict(rows), twice.predict(rows))


@pytest.mark.parametrize("size", [0, 10, 1000, 100_000])
def test_a_truncated_predictor_is_refused(predictors: Path, tmp_path: Path, size: int) -> None:
    file = tmp_path / "cut_cpu_xeon.pt"
    file.write_bytes((predictors / "wmt14ende_cpu_xeon.pt").read_bytes()[:size])
    with pytest.raises(helpnas.FormatError, match="cut_cpu_xeon.pt"):
        helpnas.import_hat_predictor(file)
