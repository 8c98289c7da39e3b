"""The methods that the library lists, and the constants of the header."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import helpnas

HEADER = Path(__file__).resolve().parents[3] / "include" / "help.h"


def test_the_methods_are_those_of_the_header() -> None:
    constants = dict(re.findall(r"HELP_METHOD_(\w+) = (\d+)", HEADER.read_text("utf-8")))
    assert constants.pop("DEFAULT") == "0"
    assert {m.name.upper(): str(m.number) for m in helpnas.methods()} == constants


def test_a_method_takes_its_minimum_of_rows_and_no_fewer(
    space: helpnas.Space, model: helpnas.Model
) -> None:
    rows = model.reference_genes
    latency_ms = 2.0 + 1e-7 * space.macs(rows)
    for method in (m for m in helpnas.methods() if m.needs in (None, "costs")):
        least = method.minimum_rows
        model.adapt(rows[:least], latency_ms[:least], method=method.name)
        with pytest.raises(helpnas.MeasurementError):
            model.adapt(rows[: least - 1], latency_ms[: least - 1], method=method.name)


def test_an_unknown_method_is_refused_with_the_names_there_are(model: helpnas.Model) -> None:
    names = ", ".join(repr(method.name) for method in helpnas.methods())
    with pytest.raises(helpnas.UnsupportedError, match=f"method is 'linear', not one of {names}"):
        model.adapt([], [], method="linear")


def test_the_default_method_is_what_adapting_uses(model: helpnas.Model) -> None:
    for each, method in ((helpnas.load("nasbench201"), "bayes"), (model, "help")):
        latency_ms = 2.0 + 1e-7 * each.space.macs(each.reference_genes)
        adapted = each.adapt(each.reference_genes, latency_ms)
        assert adapted.method == each.default_method == method
