"""Architectures as people read them: a line for each stage, and the text to copy below."""

from __future__ import annotations

import re
from itertools import groupby, islice
from typing import Any, Callable, Dict, Iterator, List, Mapping, NamedTuple, Sequence, Tuple

from ..measuring.builders import fbnet
from ..spaces import Space
from .text import escape

#: A gene's name with a number at its end: "block0.1", "ks[2]", "depth3"; not "1<-0".
_NUMBERED = re.compile(r"(.*?[^\W\d].*?)[.\-_ ]?\[?(\d+)\]?$")


class Stage(NamedTuple):
    """A line: what it is about, and the choices there."""

    name: str
    text: str


def stages(space: Space, arch: Any) -> List[Stage]:
    """The lines of an architecture in the space's own notation."""
    return _READERS.get(_family(space), _read_described)(arch)


def signature(space: Space, arch: Any) -> str:
    """An architecture in one line, which may be long: what tells it from others comes first."""
    if _family(space) == "hat":
        return _transformer_signature(arch)
    return " · ".join(stage.text for stage in stages(space, arch))


def kind_of_gene(name: str) -> str:
    """A gene's name without the number at its end: genes that have it in common are one kind."""
    numbered = _NUMBERED.match(name)
    return numbered.group(1) if numbered else name


def remark(space: Space) -> str:
    """HTML that explains words of the lines; empty if there is nothing to explain."""
    text = _REMARKS.get(_family(space), "")
    return f'<p class="remark">{escape(text)}</p>' if text else ""


def _family(space: Space) -> str:
    return "hat" if space.name.startswith("hat-") else space.name


def stage_list(space: Space, arch: Any) -> str:
    """HTML of the lines."""
    lines = (
        f"<dt>{escape(stage.name)}</dt><dd><code>{escape(stage.text)}</code></dd>"
        for stage in stages(space, arch)
    )
    return f'<dl class="stages">{"".join(lines)}</dl>'


def folded_notation(space: Space, arch: Any) -> str:
    """HTML of the text that every command takes, folded away."""
    kind = "JSON" if isinstance(arch, (dict, list)) else "text"
    text = escape(space.format([arch])[0])
    block = f'<div class="copied"><pre tabindex="0">{text}</pre></div>'
    return f"<details><summary>{kind} to copy</summary>{block}</details>"


def _cell(text: str) -> List[Stage]:
    """NAS-Bench-201: each node is the sum of operations on earlier nodes."""
    nodes = [node.strip("|").split("|") for node in text.split("+")]
    return [
        Stage(f"node {number}", "+".join(map(_edge, edges)))
        for number, edges in enumerate(nodes, 1)
    ]


def _edge(text: str) -> str:
    """Short, so that a node fits a phone's line: conv3x3(0) for nor_conv_3x3~0."""
    operation, _, source = text.partition("~")
    for long, short in (("nor_conv_", "conv"), ("avg_pool_", "pool"), ("_connect", "")):
        operation = operation.replace(long, short)
    return f"{operation}({source})"


def _layers(operations: Sequence[int]) -> List[Stage]:
    names = map(_fbnet_name, operations)
    return [
        Stage(f"stage {number}", " ".join(islice(names, count)))
        for number, (count, _) in enumerate(fbnet.STAGES, 1)
    ]


def _fbnet_name(operation: int) -> str:
    if operation >= len(fbnet.BLOCKS):
        return "skip"
    kernel, expansion, groups = fbnet.BLOCKS[operation]
    return f"k{kernel}_e{expansion}" + (f"_g{groups}" if groups > 1 else "")


def _once_for_all(arch: Mapping[str, Any]) -> List[Stage]:
    """Kernel and expansion of the blocks that are there."""
    side, slots_of_stage = arch["r"], len(arch["ks"]) // len(arch["d"])
    lines = [Stage("input", f"{side} × {side} pixels")]
    for number, depth in enumerate(arch["d"]):
        slots = range(number * slots_of_stage, number * slots_of_stage + depth)
        blocks = " ".join(f"k{arch['ks'][slot]}_e{arch['e'][slot]}" for slot in slots)
        lines.append(Stage(f"stage {number + 1}", blocks))
    return lines


def _transformer(arch: Mapping[str, Any]) -> List[Stage]:
    """HAT: the width of encoder and decoder, then their layers; equal ones share a line."""
    lines: List[Stage] = []
    for part in ("encoder", "decoder"):
        count, width = _size(arch, part)
        lines.append(Stage(part, f"{count} layer{'s' * (count > 1)}, width {width}"))
        texts = [_layer(arch, part, layer) for layer in range(count)]
        lines += [Stage(f"{part} {numbers}", text) for numbers, text in _runs(texts)]
    return lines


def _size(arch: Mapping[str, Any], part: str) -> Tuple[int, int]:
    """The number of layers, and their width."""
    return (
        arch[f"{part}-layer-num-subtransformer"],
        arch[f"{part}-embed-dim-subtransformer"],
    )


def _runs(texts: Sequence[str]) -> Iterator[Tuple[str, str]]:
    """Equal neighbours together: "1–3" or "4", counted from 1, and their text."""
    first = 1
    for text, equal in groupby(texts):
        last = first + len(list(equal)) - 1
        yield (f"{first}–{last}" if last > first else str(first)), text
        first = last + 1


def _transformer_signature(arch: Mapping[str, Any]) -> str:
    """Layers and width of encoder and decoder, and the range of feed-forward widths."""
    parts = []
    for part in ("encoder", "decoder"):
        count, width = _size(arch, part)
        ffn = arch[f"{part}-ffn-embed-dim-all-subtransformer"][:count]
        span = f"{min(ffn)}–{max(ffn)}" if min(ffn) < max(ffn) else str(ffn[0])
        parts.append(f"{part[:3]} {count}×{width}/{span}")
    return " · ".join(parts)


def _layer(arch: Mapping[str, Any], part: str, layer: int) -> str:
    def of(name: str) -> Any:
        return arch[f"{part}-{name}-all-subtransformer"][layer]

    text = f"ffn {of('ffn-embed-dim')}, heads {of('self-attention-heads')}"
    if part == "encoder":
        return text
    # -1, 1, 2: attends to the encoder's last one, two or three layers.
    attended = max(of("arbitrary-ende-attn"), 0) + 1
    return f"{text}, cross {of('ende-attention-heads')}/{attended}"


def _read_described(arch: Any) -> List[Stage]:
    """A space from JSON: genes whose names differ by a number at the end share a line."""
    lines: Dict[str, List[str]] = {}
    for name, value in arch.items():
        lines.setdefault(kind_of_gene(name), []).append(str(value))
    return [Stage(name, " ".join(values)) for name, values in lines.items()]


_REMARKS = {
    "hat": "ffn: width of the feed-forward part. heads: of self-attention. cross 4/3: four "
    "heads attend to the encoder's last three layers."
}

_READERS: Dict[str, Callable[[Any], List[Stage]]] = {
    "nasbench201": _cell,
    "fbnet": _layers,
    "ofa-mbv3": _once_for_all,
    "hat": _transformer,
}
