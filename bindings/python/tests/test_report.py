"""The report: what it says, that it escapes, and that it needs nothing else."""

from __future__ import annotations

import base64
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, List, Tuple

import helpnas
import numpy as np
import pytest
from conftest import latency_of
from helpnas.report import Chosen, HeldOut, Report

HOSTILE = "<script>alert('&\"')</script>"


class Page(HTMLParser):
    """Collects tags, texts, and checks that tags close in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: List[Tuple[str, Any]] = []
        self.texts: List[str] = []
        self.open: List[str] = []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def headings(self) -> List[str]:
        """The sections' titles, in the page's order."""
        return [text for text in self.texts if text in SECTIONS]


SECTIONS = [
    "Search under a limit", "Check on held-out measurements", "Adapting to them", "Measurements",
    "Device", "How this was made",
]  # fmt: skip


@pytest.fixture(scope="module")
def bayes() -> helpnas.Predictor:
    model = helpnas.load("nasbench201-paper")
    return model.adapt(model.references, latency_of(model.space, model.references))


@pytest.fixture(scope="module")
def full(bayes: helpnas.Predictor) -> Report:
    pytest.importorskip("matplotlib")
    space, model = bayes.space, helpnas.load("nasbench201-paper")
    archs = space.notation(space.sample(12, seed=5))
    latency = latency_of(space, archs)
    given = model.references
    rows = helpnas.check_held_out(model, given, latency_of(space, given), archs, latency)
    return Report(
        bayes, title=f"Device {HOSTILE}",
        device={"name": HOSTILE, "cpu": {"cores": 4}},
        held_out=HeldOut(archs, latency, rows),
        chosen=Chosen(archs[0], 12.5, 91.25, "top-1 (%)", 12.25, ([5.0, 9.0], [80.0, 91.25])),
        notes=[f"Note {HOSTILE}"], command=f"helpnas {HOSTILE}",
    )  # fmt: skip


def test_a_full_report_has_every_section_in_order(full: Report) -> None:
    assert Page(full.html()).headings() == SECTIONS


def test_sections_without_content_are_left_out(predictor: helpnas.Predictor) -> None:
    page = Page(Report(predictor).html())
    assert page.headings() == ["Adapting to them", "Measurements", "How this was made"]


def test_every_text_is_escaped(full: Report) -> None:
    text = full.html()
    assert "<script" not in text and "alert(&#x27;&amp;&quot;" in text
    assert HOSTILE in Page(text).texts and f"helpnas {HOSTILE}" in Page(text).texts


def test_nothing_is_requested_from_outside(full: Report) -> None:
    text = full.html()
    assert not re.search(r"https?:|url\(|@import|<link|<script|<iframe", text)
    pictures = [attrs["src"] for tag, attrs in Page(text).tags if tag == "img"]
    assert len(pictures) == 2
    for source in pictures:
        kind, data = source.split(",", 1)
        assert kind == "data:image/svg+xml;base64" and b"<svg" in base64.b64decode(data)


def test_pictures_have_a_text_for_those_who_do_not_see_them(full: Report) -> None:
    assert all(attrs["alt"] for tag, attrs in Page(full.html()).tags if tag == "img")


def test_a_phone_is_told_its_width(full: Report) -> None:
    views = [attrs for tag, attrs in Page(full.html()).tags if attrs.get("name") == "viewport"]
    assert views and "width=device-width" in views[0]["content"]


def test_numbers_are_the_predictors(full: Report, bayes: helpnas.Predictor) -> None:
    texts = Page(full.html()).texts
    assert full.held_out is not None and full.chosen is not None
    row = full.held_out.rows[0]
    assert f"{row['spearman']:.3f}" in texts and f"{100 * row['coverage90']:.1f} %" in texts
    low, high = (float(end[0]) for end in bayes.interval([full.chosen.arch]))
    assert f"{low:.4g} to {high:.4g} ms" in texts
    assert {"12.5 ms", "12.25 ms", "nasbench201"} <= set(texts)
    assert bayes.diagnostics["summary"] in texts


def test_it_is_saved_as_it_is(full: Report, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    full.save(file)
    assert Page(file.read_text(encoding="utf-8")).headings() == SECTIONS


@pytest.mark.parametrize(
    "program, name", [("/secret/helpnas/__main__.py", "helpnas"), ("/secret/mine.py", "mine.py")]
)
def test_the_command_is_told_without_its_folder(
    predictor: helpnas.Predictor, monkeypatch: pytest.MonkeyPatch, program: str, name: str
) -> None:
    monkeypatch.setattr("sys.argv", [program, "report", "a b"])
    text = Report(predictor).html()
    assert f"{name} report &#x27;a b&#x27;" in text and "secret" not in text


def test_a_method_without_intervals_has_none(predictor: helpnas.Predictor) -> None:
    pytest.importorskip("matplotlib")
    archs = predictor.space.notation(predictor.space.sample(5, seed=3))
    held = HeldOut(archs, latency_of(predictor.space, archs))
    page = Page(Report(predictor, held_out=held, chosen=Chosen(archs[0], 9.0, 1.0)).html())
    assert "not measured" in page.texts and not any("interval" in text for text in page.texts)


def test_held_out_scores_are_those_of_score_and_interval(bayes: helpnas.Predictor) -> None:
    model, space = helpnas.load("nasbench201-paper"), bayes.space
    given, archs = model.references, space.sample(30, seed=8)
    truth = latency_of(space, archs) * np.linspace(0.9, 1.2, 30)
    rows = helpnas.check_held_out(
        model, given, latency_of(space, given), archs, truth, methods=["bayes", "macs"]
    )
    expected = helpnas.score(bayes.predict(archs), truth)
    low, high = bayes.interval(archs, 0.9)
    assert [row["method"] for row in rows] == ["bayes", "macs"]
    assert {name: rows[0][name] for name in expected} == pytest.approx(expected)
    assert rows[0]["coverage90"] == pytest.approx(np.mean((truth >= low) & (truth <= high)))
    assert 0 < rows[0]["coverage90"] < 1 and np.isnan(rows[1]["coverage90"])
