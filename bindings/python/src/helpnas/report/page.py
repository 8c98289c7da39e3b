"""The page around the sections: one file that needs nothing else.

The style sheet is inside.  The only script adds buttons that copy an architecture; everything
reads without it.
"""

from __future__ import annotations

import re
from pathlib import Path
from string import Template
from typing import List

from .contents import Contents
from .headline import headline, warnings
from .sections import SECTIONS
from .story import Story
from .text import escape

_HEADING = re.compile(r'<section id="(\w+)"><h2>(.*?)</h2>')


def render(report: Contents) -> str:
    """The page of a report."""
    story = Story(report)
    sections = [text for text in (section(story) for section in SECTIONS) if text]
    return _PAGE.substitute(
        title=escape(report.title),
        space=escape(story.space.name),
        style=_file("styles.css"),
        script=_file("copy.js"),
        headline=headline(story),
        warnings=warnings(story),
        contents=_contents(sections),
        sections="\n".join(sections),
    )


def _contents(sections: List[str]) -> str:
    found = (_HEADING.match(section) for section in sections)
    return "".join(f'<li><a href="#{each[1]}">{each[2]}</a></li>' for each in found if each)


def _file(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


_PAGE = Template("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>$title</title>
<style>
$style</style>
</head>
<body>
<main>
<header><p class="eyebrow">Latency report · $space</p>
<h1>$title</h1></header>
$headline
$warnings
<nav aria-label="Contents"><ol>$contents</ol></nav>
$sections
</main>
<script>
$script</script>
</body>
</html>
""")
