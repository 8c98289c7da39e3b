"""The report: what it says, in which order, that it escapes, and that it needs nothing else."""

from __future__ import annotations

import html
import math
import re
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Dict, List, Tuple

import numpy as np
import pytest
from conftest import REPOSITORY, latency_of

import helpnas
from helpnas.report import Chosen, HeldOut, Report
from helpnas.report.architectures import remark, signature, stages
from helpnas.report.charts import Scale, tick_texts
from helpnas.report.front import search_with_front
from helpnas.report.text import digits, four_digits, ms, percent

HOSTILE = "<script>alert('&\"')</script>\x1b[2J\u202e\ud800"
SECTIONS = [
    "Measured",
    "Fitted",
    "Checked",
    "Searched",
    "Where the milliseconds go",
    "Built",
    "Device",
    "How this page was made",
]


#: Joins a number and its unit.
BLANK = "\u00a0"


class Page(HTMLParser):
    """Collects tags, texts, and checks that tags close in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: List[Tuple[str, Dict[str, Any]]] = []
        self.headings: List[str] = []
        self.texts: List[str] = []
        self.open: List[str] = []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] not in (["style"], ["script"]):
            self.texts.append(data.replace(BLANK, " "))
        if self.open[-2:] == ["section", "h2"]:
            self.headings.append(data)

    @property
    def text(self) -> str:
        """All that is read, without styles and scripts."""
        return " ".join(" ".join(self.texts).split())

    def badges(self) -> List[Tuple[str, str]]:
        """The tone and the word of each verdict, in order."""
        tones = [
            attrs["class"].split()[-1]
            for tag, attrs in self.tags
            if str(attrs.get("class", "")).startswith("badge")
        ]
        signs = {"✓", "✗", "!", "i"}
        words = [self.texts[at + 1] for at, text in enumerate(self.texts) if text in signs]
        return list(zip(tones, words))


@pytest.fixture(scope="module")
def bayes() -> helpnas.Predictor:
    model = helpnas.load("nasbench201-paper")
    return model.adapt(model.references, latency_of(model.space, model.references))


@pytest.fixture(scope="module")
def full(bayes: helpnas.Predictor) -> Report:
    space, model = bayes.space, helpnas.load("nasbench201-paper")
    archs = space.notation(space.sample(12, seed=5))
    latency = latency_of(space, archs)
    given = model.references
    rows = helpnas.check_held_out(model, given, latency_of(space, given), archs, latency)
    predicted = float(bayes.predict(archs)[0])
    return Report(
        bayes,
        title=f"Device {HOSTILE}",
        device={"name": HOSTILE, "cpu": {"cores": 4}},
        held_out=HeldOut(archs, latency, rows),
        chosen=Chosen(
            archs[0],
            predicted * 1.25,
            91.25,
            "top-1 (%)",
            predicted,
            ([predicted / 2, predicted * 1.5], [80.0, 95.0]),
        ),
        notes=[f"Note {HOSTILE}"],
        warnings=[f"warning {HOSTILE}"],
        command=f"helpnas {HOSTILE}",
    )


def changed(report: Report, **chosen: Any) -> Report:
    """The report of another search."""
    assert report.chosen is not None
    return replace(report, chosen=replace(report.chosen, **chosen))


class Foreign:
    """A predictor whose file says what it likes of itself."""

    def __init__(self, predictor: helpnas.Predictor, description: Any) -> None:
        self.space, self.method = predictor.space, predictor.method
        self.predict, self.interval = predictor.predict, predictor.interval
        self.table = predictor.table
        self.description = description


# ---- what it says --------------------------------------------------------------


def test_the_answer_comes_first_then_the_story_in_order(full: Report) -> None:
    page = Page(full.html())
    assert page.headings == SECTIONS
    tags = [(tag, attrs.get("id")) for tag, attrs in page.tags]
    assert tags.index(("div", "answer")) < tags.index(("section", "measured"))


def test_contents_link_to_the_sections_that_are_there(full: Report) -> None:
    for report in (full, Report(full.predictor)):
        page = Page(report.html())
        links = [attrs["href"][1:] for tag, attrs in page.tags if tag == "a"]
        assert links == [attrs["id"] for tag, attrs in page.tags if tag == "section"]


def test_sections_without_content_are_left_out(predictor: helpnas.Predictor) -> None:
    page = Page(Report(predictor).html())
    assert page.headings == ["Measured", "Fitted", "How this page was made"]
    assert "A latency predictor for every network of nasbench201" in page.text


def test_numbers_are_the_predictors(full: Report, bayes: helpnas.Predictor) -> None:
    text = Page(full.html()).text
    assert full.held_out is not None and full.chosen is not None
    row = full.held_out.rows[0]
    low, high = (float(end[0]) for end in bayes.interval([full.chosen.arch]))
    for part in (
        f"{row['spearman']:.3f}",
        f"{100 * row['mape']:.1f} %",
        f"{low:.4g} to {high:.4g} ms",
        f"{full.chosen.limit_ms:.4g} ms",
        f"{full.chosen.measured_ms:.4g} ms",
        "91.25",
        "nasbench201",
        bayes.diagnostics["summary"],
    ):
        assert part in text


def test_every_percentage_of_its_own_has_one_decimal(full: Report) -> None:
    text = Page(full.html()).text.replace(full.predictor.diagnostics["summary"], "")
    found = re.findall(r"([\d.]+) ?%", text)
    assert len(found) > 30
    # The level and the bound of "within 10 %" are names; the accuracy is the caller's.
    results = [each for each in found if each not in ("90", "10", "91.25")]
    assert [each for each in results if not re.fullmatch(r"\d+\.\d", each)] == []


@pytest.mark.parametrize(
    "chosen, verdict",
    [
        ({}, ("good", "Limit kept")),
        ({"measured_ms": 1e3}, ("bad", "Limit missed")),
        ({"measured_ms": None}, ("neutral", "Limit kept as predicted")),
        ({"measured_ms": None, "limit_ms": 0.01}, ("warning", "Limit may be missed")),
        ({"limit_ms": math.inf}, ("neutral", "No limit")),
    ],
)
def test_the_verdict_has_a_colour_and_a_word(full: Report, chosen: Any, verdict: Any) -> None:
    assert Page(changed(full, **chosen).html()).badges()[0] == verdict


def test_a_measurement_outside_its_interval_is_said(full: Report) -> None:
    assert ("good", "As predicted") in Page(full.html()).badges()
    page = Page(changed(full, measured_ms=1e3).html())
    assert ("warning", "Not as predicted") in page.badges()
    assert "above the limit" in page.text and "exceeded by" in page.text


def test_what_was_not_built_is_not_called_measured(full: Report) -> None:
    page = Page(changed(full, measured_ms=None).html())
    assert ("neutral", "Not built yet") in page.badges()
    assert "has not been built and measured yet" in page.text


def test_intervals_that_fail_are_bad(full: Report) -> None:
    assert ("good", "Intervals hold") in Page(full.html()).badges()
    held = full.held_out
    assert held is not None
    slow = replace(full, held_out=replace(held, latency_ms=10 * held.latency_ms))
    page = Page(slow.html())
    assert ("bad", "Intervals too narrow") in page.badges()
    assert "0 of 12 measurements are inside" in page.text
    assert sum(attrs.get("class") == "cross" for _, attrs in page.tags) == 2 * 12


def test_warnings_and_notes_look_like_what_they_are(full: Report) -> None:
    badges = Page(full.html()).badges()
    assert ("warning", "Warning") in badges and ("neutral", "Note") in badges


def test_a_sound_fit_and_one_that_is_not(space: helpnas.Space) -> None:
    model = helpnas.load("nasbench201")
    latency = latency_of(space, model.references)
    sound = Page(Report(model.adapt(model.references, latency)).html())
    latency[5] *= 3
    odd = Page(Report(model.adapt(model.references, latency)).html())
    assert sound.badges()[0] == ("good", "Sound")
    assert odd.badges()[0] == ("warning", "Measure again")
    assert ("warning", "stands out") in odd.badges()


def test_the_best_of_a_column_is_marked(full: Report) -> None:
    assert full.held_out is not None
    smallest = min(row["mape"] for row in full.held_out.rows)
    assert f"✓ {100 * smallest:.1f} %" in Page(full.html()).texts


def test_a_method_without_intervals_has_none(predictor: helpnas.Predictor) -> None:
    archs = predictor.space.notation(predictor.space.sample(5, seed=3))
    held = HeldOut(archs, latency_of(predictor.space, archs))
    page = Page(Report(predictor, held_out=held, chosen=Chosen(archs[0], 9.0, 1.0)).html())
    assert "gives no interval" in page.text and "90 % interval" not in page.text


@pytest.mark.parametrize(
    "program, name", [("/secret/helpnas/__main__.py", "helpnas"), ("/secret/mine.py", "mine.py")]
)
def test_the_command_is_told_without_its_folder(
    predictor: helpnas.Predictor, monkeypatch: pytest.MonkeyPatch, program: str, name: str
) -> None:
    monkeypatch.setattr("sys.argv", [program, "report", "a b"])
    text = Report(predictor).html()
    assert f"{name} report 'a b'" in Page(text).text and "secret" not in text


# ---- whatever it is given ------------------------------------------------------


def test_every_text_is_escaped(full: Report) -> None:
    text = full.html()
    plain = text.replace("<script>\n", "", 1)
    assert "<script" not in plain and "alert(&#x27;&amp;&quot;" in text
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\ud800]", text)
    assert text.count(r"\x1b[2J\u202e\ud800") >= 6
    Page(text)


@pytest.mark.parametrize(
    "description",
    [
        {},
        {"record": None},
        {"record": {"measurements": [], "diagnosis": 3}},
        {"record": {"measurements": {"archs": ["x"], "latency_ms": [1.0]}}},
        {"record": {"measurements": {"archs": [HOSTILE], "latency_ms": ["1"]}}},
        {"record": {"measurements": {"archs": [[0] * 6], "latency_ms": [-1.0]}}},
        {"record": {"diagnosis": {"summary": HOSTILE, "nearest_device": {"name": HOSTILE}}}},
        {"record": {"diagnosis": {"leave_one_out": {"mape": None, "latency_ms": "x"}}}},
        {"record": {"diagnosis": {"rows": [99, -1, "a"], "suspicious_rows": {"a": 1}}}},
    ],
)
def test_a_foreign_record_is_told_as_far_as_it_goes(
    bayes: helpnas.Predictor, description: Any
) -> None:
    page = Page(Report(Foreign(bayes, description)).html())  # type: ignore[arg-type]
    assert page.headings == ["Fitted", "How this page was made"]
    assert "measurements are not recorded" in page.text


def test_a_record_may_lack_a_number(bayes: helpnas.Predictor) -> None:
    description = bayes.description
    description["record"]["diagnosis"]["leave_one_out"]["spearman"] = None
    page = Page(Report(Foreign(bayes, description)).html())  # type: ignore[arg-type]
    assert page.headings[0] == "Measured" and "Rank correlation –" in page.text


def test_a_device_may_be_anything(bayes: helpnas.Predictor) -> None:
    nested: Dict[str, Any] = {"end": 1}
    for _ in range(200):
        nested = {"in": nested}
    device = {"nested": nested, "nan": math.nan, 7: None, "long": "x" * 10_000, "list": [HOSTILE]}
    text = Report(bayes, device=device).html()
    assert Page(text).headings[-2] == "Device" and "x" * 1000 not in text


@pytest.mark.parametrize("bad", [math.nan, math.inf, 0.0, -3.0])
def test_a_latency_that_cannot_be_is_refused(full: Report, bad: float) -> None:
    held, chosen = full.held_out, full.chosen
    assert held is not None and chosen is not None
    latency = held.latency_ms.copy()
    latency[3] = bad
    with pytest.raises(helpnas.ArgumentError, match="held_out.latency_ms: row 3"):
        replace(full, held_out=replace(held, latency_ms=latency)).html()
    with pytest.raises(helpnas.ArgumentError, match="measured_ms is"):
        replace(chosen, measured_ms=bad)


def test_a_limit_is_above_0_or_none(full: Report) -> None:
    with pytest.raises(helpnas.ArgumentError, match="limit_ms is nan"):
        changed(full, limit_ms=math.nan)


def test_it_is_saved_as_it_is(full: Report, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    full.save(file)
    assert Page(file.read_text(encoding="utf-8")).headings == SECTIONS


# ---- one file, for every screen ------------------------------------------------


def test_nothing_is_requested_from_outside(full: Report) -> None:
    text = full.html()
    assert not re.search(r"https?:|url\(|@import|<link|<iframe|<img| src=", text)
    assert text.count("<script>") == 1 and "fetch(" not in text


def test_charts_say_what_they_are_to_those_who_do_not_see_them(full: Report) -> None:
    charts = [attrs for tag, attrs in Page(full.html()).tags if tag == "svg"]
    assert len(charts) == 8 and all(attrs["aria-label"] for attrs in charts)
    assert [attrs["class"] for attrs in charts] == ["narrow", "wide"] * 4


def test_charts_have_no_colours_of_their_own(full: Report) -> None:
    body = full.html().partition("</style>")[2]
    assert not re.search(r'(fill|stroke|color)="?[:#]', body)


def test_a_phone_is_told_its_width(full: Report) -> None:
    views = [attrs for tag, attrs in Page(full.html()).tags if attrs.get("name") == "viewport"]
    assert views and "width=device-width" in views[0]["content"]


def browser() -> str:
    """Chromium, or the reason to skip."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    if found is None:
        pytest.skip("no chromium (Debian package chromium) to lay the page out with")
    return found


def laid_out(text: str, width: int, folder: Path) -> List[str]:
    """Elements that reach beyond a window of this width, all folds opened."""
    text = text.replace("<details>", "<details open>")
    program = """
frame.onload = () => {
  const page = frame.contentDocument;
  const over = [...page.querySelectorAll("main *")].filter(
    (each) => !each.closest("svg") || each.tagName === "svg" || each.tagName === "text").filter(
    (each) => each.getBoundingClientRect().right > frame.contentWindow.innerWidth + 0.5 ||
      each.getBoundingClientRect().left < -0.5);
  const wide = page.documentElement.scrollWidth > frame.contentWindow.innerWidth;
  document.body.dataset.over = [...over.map((each) => each.outerHTML.slice(0, 80)),
    ...(wide ? ["the page"] : [])].join("|") || "none";
};
"""
    # In a frame: windows of headless Chromium are at least 500 pixels wide.
    file = folder / "frame.html"
    file.write_text(
        f'<body><iframe id="frame" style="width:{width}px;height:4000px;border:0" '
        f'srcdoc="{html.escape(text)}"></iframe><script>{program}</script>',
        encoding="utf-8",
    )
    command = [
        browser(),
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        f"--user-data-dir={folder}/user",
        "--virtual-time-budget=3000",
        "--dump-dom",
        file.as_uri(),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    (found,) = re.findall('data-over="(.*?)"', done.stdout)
    return [] if found == "none" else found.split("|")


@pytest.mark.parametrize("width", [390, 1200])
def test_nothing_reaches_beyond_the_screen(full: Report, width: int, tmp_path: Path) -> None:
    assert laid_out(full.html(), width, tmp_path) == []


# ---- architectures and charts --------------------------------------------------


@pytest.mark.parametrize(
    "space, text, expected",
    [
        (
            "nasbench201",
            "|nor_conv_3x3~0|+|skip_connect~0|none~1|+|avg_pool_3x3~0|nor_conv_1x1~1|none~2|",
            [
                ("node 1", "conv3x3(0)"),
                ("node 2", "skip(0)+none(1)"),
                ("node 3", "pool3x3(0)+conv1x1(1)+none(2)"),
            ],
        ),
        (
            "fbnet",
            "[0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8]",
            [
                ("stage 1", "k3_e1"),
                ("stage 2", "k3_e1_g2 k3_e3 k3_e6 k5_e1"),
                ("stage 3", "k5_e1_g2 k5_e3 k5_e6 skip"),
                *((f"stage {number}", "k3_e1 k3_e1 k3_e1 k3_e1") for number in (4, 5, 6)),
                ("stage 7", "skip"),
            ],
        ),
        (
            "ofa-mbv3",
            '{"ks": [3,5,7,3, 3,3,3,3, 3,3,3,3, 3,3,3,3, 3,3,3,7], '
            '"e": [6,4,3,3, 3,3,3,3, 3,3,3,3, 3,3,3,3, 3,3,3,6], "d": [3,2,2,2,4], "r": 192}',
            [
                ("input", "192 × 192 pixels"),
                ("stage 1", "k3_e6 k5_e4 k7_e3"),
                *((f"stage {number}", "k3_e3 k3_e3") for number in (2, 3, 4)),
                ("stage 5", "k3_e3 k3_e3 k3_e3 k7_e6"),
            ],
        ),
    ],
)
def test_an_architecture_has_a_line_for_each_stage(space: str, text: str, expected: Any) -> None:
    opened = helpnas.Space(space)
    (arch,) = opened.notation([opened.parse(text)])
    assert [tuple(stage) for stage in stages(opened, arch)] == expected


def transformer(**changes: Any) -> Any:
    """Of 6 and 3 layers, all equal unless changed."""
    space = helpnas.Space("hat-wmt14-en-de")
    (arch,) = space.notation(space.sample(1, seed=4))
    sizes = {"encoder-ffn-embed-dim": [2048] * 6, "encoder-self-attention-heads": [8] * 6}
    sizes.update({"decoder-ffn-embed-dim": [1024] * 6, "decoder-self-attention-heads": [4] * 6})
    sizes.update({"decoder-ende-attention-heads": [8] * 6, "decoder-arbitrary-ende-attn": [1] * 6})
    whole = {f"{name}-all-subtransformer": value for name, value in sizes.items()}
    whole.update({"decoder-layer-num-subtransformer": 3, "decoder-embed-dim-subtransformer": 512})
    whole["encoder-embed-dim-subtransformer"] = 640
    return space, {**arch, **whole, **changes}


def test_layers_of_a_transformer_that_are_equal_share_a_line() -> None:
    ffn = {"decoder-ffn-embed-dim-all-subtransformer": [1024, 1024, 3072, 1024, 1024, 1024]}
    space, arch = transformer(**ffn)
    space.check([arch])
    assert [tuple(stage) for stage in stages(space, arch)] == [
        ("encoder", "6 layers, width 640"),
        ("encoder 1–6", "ffn 2048, heads 8"),
        ("decoder", "3 layers, width 512"),
        ("decoder 1–2", "ffn 1024, heads 4, cross 8/2"),
        ("decoder 3", "ffn 3072, heads 4, cross 8/2"),
    ]
    assert signature(space, arch) == "enc 6×640/2048 · dec 3×512/1024–3072"
    assert "attend to the encoder" in remark(space) and not remark(helpnas.Space("fbnet"))


def test_numbers_from_a_thousand_on_have_separators() -> None:
    assert ms(5861.2) == f"5,861{BLANK}ms" and percent(0.129) == f"12.9{BLANK}%"
    assert [digits(value) for value in (0.12345, 999.4, 999.6, 5861.2)] == [
        "0.1235",
        "999.4",
        "1,000",
        "5,861",
    ]
    assert [four_digits(value) for value in (3.0, 999.4, 5861.2)] == ["3.000", "999.4", "5,861"]
    assert tick_texts([5000, 10_000]) == ["5,000", "10,000"]
    assert tick_texts([2e7, 4e7]) == ["20 M", "40 M"]


def test_a_space_of_ones_own_has_a_line_for_each_group_of_genes() -> None:
    space = helpnas.Space.from_file(REPOSITORY / "examples/spaces/mobilenetv2.json")
    (arch,) = space.notation(space.sample(1, seed=4))
    lines = dict(stages(space, arch))
    assert list(lines) == ["depth", "block0", "block1", "block2", "block3", "block4"]
    assert lines["depth"] == " ".join(str(arch[f"depth{number}"]) for number in range(5))
    assert lines["block0"].split()[:2] == [arch["block0.0"], arch["block0.1"]]


def test_the_text_to_copy_is_what_commands_take(full: Report) -> None:
    assert full.chosen is not None
    text = full.html()
    copied = [html.unescape(each) for each in re.findall(r"<pre[^>]*>(.*?)</pre>", text)]
    given = full.predictor.description["record"]["measurements"]["archs"]
    assert copied == [full.chosen.arch, *given]


@pytest.mark.parametrize(
    "low, high", [(0, 1), (3.1, 13.6), (0.752, 0.841), (-5, 6e8), (1e-4, 3e-4)]
)
def test_ticks_are_round_and_inside(low: float, high: float) -> None:
    ticks = Scale(low, high, 0, 260).ticks()
    texts = tick_texts(ticks)
    assert 3 <= len(ticks) <= 12 and low <= ticks[0] and ticks[-1] <= high
    assert len(set(texts)) == len(texts) and max(map(len, texts)) <= 7


def test_what_was_found_is_on_the_front_that_is_drawn(full: Report) -> None:
    page = Page(full.html())
    dots = {(a["cx"], a["cy"]) for tag, a in page.tags if a.get("class") == "front-dot"}
    stars = [a["points"].split() for tag, a in page.tags if a.get("class") == "star"]
    centres = [np.mean([list(map(float, p.split(","))) for p in star], axis=0) for star in stars]
    assert len(centres) == 2
    for x, y in centres:
        assert min(abs(float(cx) - x) + abs(float(cy) - y) for cx, cy in dots) < 0.5


@pytest.mark.parametrize("seed", range(4))
def test_a_search_starts_from_its_front(seed: int) -> None:
    model = helpnas.load("ofa-mbv3")
    archs = model.space.sample(10, seed=seed)
    predictor = model.adapt(archs, 2 + model.space.macs(archs) / 2e7)
    limit = float(np.median(predictor.predict(model.space.sample(200, seed=1))))
    found, front = search_with_front(
        predictor,
        max_latency_ms=limit,
        accuracy=helpnas.load_accuracy("ofa-mbv3"),
        generations=5,
        seed=seed,
    )
    within = front.accuracy[front.upper_ms <= limit]
    assert found.upper_ms[0] <= limit and found.accuracy[0] >= within.max()


# ---- scores --------------------------------------------------------------------


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
