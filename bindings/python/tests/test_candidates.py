"""MetaD2A's candidates."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import shared_folder

import helpnas
from helpnas import FormatError
from helpnas.published.metad2a import read_candidates

A = "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|none~0|none~1|none~2|"


def write(folder: Path, text: str) -> Path:
    (folder / "c.txt").write_text(text, encoding="utf-8")
    return folder / "c.txt"


def test_reads_in_order(tmp_path: Path) -> None:
    found = read_candidates(write(tmp_path, f"116.99\n{A}, 72.5, 0.25\n\n{A}, 1, -1e-3\n"))
    assert found == [(A, 72.5, 0.25), (A, 1.0, -0.001)]
    assert found[0].accuracy == 72.5 and found[1].score == -0.001
    assert read_candidates(write(tmp_path, "1\n")) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "row 1: the first line"),
        (f"{A}, 1, 2\n", "row 1: the first line"),
        (f"1\n{A}, 1, 2\n{A}, 1\n", "row 3: 2 fields"),
        (f"1\n{A}, high, 2\n", "row 2, column 'accuracy': ' high' is not a number"),
        (f"1\n{A}, 1, \n", "row 2, column 'score': ' ' is not a number"),
        (f"1\n{A}, 101, 0\n", "row 2: accuracy 101"),
        (f"1\n{A}, 1, 1e999\n", "row 2: accuracy 1.0, not percent, or score inf"),
        (f"1\n{A}, 1, nan\n", "row 2, column 'score'"),
        (f'1\n"{A}, 1, 1\n', "row"),
    ],
)
def test_errors_name_file_row_and_column(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(FormatError) as caught:
        read_candidates(write(tmp_path, text))
    assert message in str(caught.value) and "c.txt" in str(caught.value)


def test_other_encodings_are_refused(tmp_path: Path) -> None:
    (tmp_path / "c.txt").write_bytes(b"1\n\xe4, 1, 1\n")
    with pytest.raises(FormatError, match="c.txt"):
        read_candidates(tmp_path / "c.txt")


def test_the_published_file(space: helpnas.Space) -> None:
    folder = shared_folder("LIBHELP_DATASETS", "datasets") / "help" / "nasbench201"
    found = read_candidates(folder / "arch_generated_by_metad2a.txt")
    scores = [candidate.score for candidate in found]
    assert len(found) == 500 and scores == sorted(scores, reverse=True)
    rows = space.parse([candidate.arch for candidate in found])
    assert len(set(map(bytes, rows))) == 500
    assert max(candidate.accuracy for candidate in found) == pytest.approx(73.513, abs=1e-3)
