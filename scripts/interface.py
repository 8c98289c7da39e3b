#!/usr/bin/env python3
"""Write include/help.json and include/help_ffi.h, which say for programs what help.h says."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from c_interface import generated

INCLUDE = Path(__file__).resolve().parents[1] / "include"


def main() -> None:
    compiler = shutil.which("cc")
    if compiler is None:
        sys.exit("scripts/interface.py needs a C compiler, cc, to know where fields lie")
    for name, text in generated((INCLUDE / "help.h").read_text("utf-8"), compiler).items():
        (INCLUDE / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
