"""The report's picture of where the milliseconds go."""

from __future__ import annotations

import re
from typing import Any, Dict

import numpy as np
import pytest
from conftest import REPOSITORY
from simulated import work_and_memory_ms

import helpnas
from helpnas.report import Chosen, Report
from helpnas.report.architectures import kind_of_gene
from helpnas.report.breakdown import breakdown
from helpnas.report.charts import BreakdownChart

SPACES = REPOSITORY / "examples" / "spaces"


def predictor_of(name: str, method: str = "bayes") -> helpnas.Predictor:
    model = helpnas.load(SPACES / f"{name}.json" if (SPACES / f"{name}.json").exists() else name)
    rows = model.space.sample(12, seed=1)
    latency = work_and_memory_ms(model.space, rows)
    return model.adapt(rows, latency, method=method)


@pytest.fixture(scope="module")
def vit() -> helpnas.Predictor:
    return predictor_of("vit")


@pytest.mark.parametrize("name", ["vit", "llama", "ofa-mbv3", "fbnet", "nasbench201"])
def test_groups_sum_to_the_difference_from_the_fastest(name: str) -> None:
    predictor = predictor_of(name)
    rows = predictor.space.sample(300, seed=3)
    latency = predictor.predict(rows)
    slow = rows[[np.argmax(latency)]]
    found = breakdown(predictor, slow)
    assert found is not None and found.fastest_ms <= latency.min() + 1e-9
    total = found.fastest_ms + sum(added for _, added in found.groups)
    # Groups that add less than a thousandth are left out.
    assert total == pytest.approx(latency.max(), rel=3e-3)
    assert [added for _, added in found.groups] == sorted(
        (added for _, added in found.groups), reverse=True
    )


def test_a_change_of_one_gene_is_that_genes(vit: helpnas.Predictor) -> None:
    base: Dict[str, Any] = {"embed_dim": 320, "depth": 12}
    base.update({f"heads_{i}": 5 for i in range(12)})
    base.update({f"mlp_ratio_{i}": "3" for i in range(12)})
    found = breakdown(vit, [{**base, "heads_3": 7}])
    assert found is not None
    ((name, added),) = found.groups
    difference = vit.predict([{**base, "heads_3": 7}]) - vit.predict([base])
    assert name == "heads" and added == pytest.approx(difference[0])
    assert breakdown(vit, [base]) is None  # it is the fastest itself


def test_genes_of_a_kind_are_one_bar_and_those_of_one_kind_each_their_own(
    vit: helpnas.Predictor,
) -> None:
    slow = vit.space.sample(1, seed=7)
    found = breakdown(vit, slow)
    assert found is not None
    assert {name for name, _ in found.groups} <= {"embed_dim", "depth", "heads", "mlp_ratio"}
    fbnet = predictor_of("fbnet")
    layers = breakdown(fbnet, fbnet.space.sample(1, seed=7))
    assert layers is not None and len(layers.groups) <= 13
    assert any(re.fullmatch(r"layer\d+", name) for name, _ in layers.groups)


@pytest.mark.parametrize(
    "name, kind",
    [("block0.1", "block0"), ("ks[2]", "ks"), ("depth3", "depth"), ("r", "r"), ("1<-0", "1<-0")],
)
def test_the_kind_of_a_gene_is_its_name_without_a_number(name: str, kind: str) -> None:
    assert kind_of_gene(name) == kind


def test_a_predictor_without_a_table_has_no_picture(
    vit: helpnas.Predictor, predictor: helpnas.Predictor
) -> None:
    arch = predictor.space.notation(predictor.space.sample(1, seed=2))[0]
    page = Report(predictor, chosen=Chosen(arch, 9.0, 1.0)).html()
    assert "Where the milliseconds go" not in page
    slow = vit.space.notation(vit.space.sample(1, seed=2))[0]
    page = Report(vit, chosen=Chosen(slow, 99.0, 1.0)).html()
    assert page.count('<section id="breakdown">') == 1 and "embed_dim" in page


def test_bars_are_as_long_as_their_milliseconds() -> None:
    chart = BreakdownChart((("wide <b>", 4.0), ("small", 1.0), ("saving", -2.0))).html()
    widths = [float(each) for each in re.findall(r'<rect class="\w+" .*? width="([\d.]+)"', chart)]
    assert len(widths) == 6  # drawn narrow and wide
    assert widths[3] == pytest.approx(4 * widths[4], abs=0.5)
    assert widths[5] == pytest.approx(2 * widths[4], abs=0.5)
    assert "wide &lt;b&gt;: 4.00 ms" in chart and "−2.00 ms" in chart
    assert "saves milliseconds" in chart
    assert "saves" not in BreakdownChart((("wide", 4.0),)).html()


def test_a_long_name_leaves_room_for_the_number() -> None:
    chart = BreakdownChart((("x" * 300, 4.0),)).html()
    texts = re.findall(r"<text[^>]*bar-name[^>]*>([^<]*)</text>", chart)
    assert texts[0].endswith("…") and len(texts[0]) < 50 and texts[1] == "4.00 ms"
