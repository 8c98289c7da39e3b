"""Write published/*.json: spaces of the literature in the language of own-spaces.md.

    python examples/spaces/published_spaces.py

The first three cost exactly what the library's built-in spaces of the same names cost, and have
the same genes; tests compare them. HW-GPT-Bench's (Sukthanker et al., 2024) is GPT-s.
"""

from __future__ import annotations

from pathlib import Path
from typing import Dict, List, Tuple

from helpnas.describing import SpaceBuilder, above, lookup, one_of

FOLDER = Path(__file__).parent / "published"


def fbnet() -> SpaceBuilder:
    """Nine operations in each of 22 layers, on 32 x 32 pixels."""
    builder = SpaceBuilder("fbnet-described")
    blocks = [(k, e, g) for k in (3, 5) for e, g in ((1, 1), (1, 2), (3, 1), (6, 1))]
    builder.conv(32, 3, 16, 3, norm=True)
    stages = [(1, 16, 1), (4, 24, 1), (4, 32, 2), (4, 64, 2), (4, 112, 1), (4, 184, 2), (1, 352, 1)]
    inputs, side, number = 16, 32, 0
    for layers, outputs, first_stride in stages:
        for place in range(layers):
            stride = first_stride if place == 0 else 1
            gene = builder.gene(f"layer{number}", list(range(9)))
            kernel, expansion, groups = (
                lookup(gene, [*(block[part] for block in blocks), 1]) for part in range(3)
            )
            with builder.repeat(alive_if=[one_of(gene, *range(8))]):
                builder.size("groups", groups)
                builder.size("expansion", expansion)
                builder.size("inner", f"{inputs} * expansion")
                builder.conv(side, inputs, "inner", 1, groups="groups", norm=True)
                builder.conv(
                    side, "inner", "inner", kernel, stride=stride, groups="inner", norm=True
                )
                builder.conv(side // stride, "inner", outputs, 1, groups="groups", norm=True)
            if stride > 1 or inputs != outputs:  # what is skipped still changes the shape
                builder.conv(
                    side, inputs, outputs, 1, stride=stride, norm=True, alive_if=[one_of(gene, 8)]
                )
            inputs, side, number = outputs, side // stride, number + 1
    builder.conv(side, inputs, 1504, 1, norm=True, activations=0, operations=0)
    builder.linear(1504, 100, bias=True, activations=0)
    return builder


def once_for_all() -> SpaceBuilder:
    """MobileNetV3: kernels, expansions, depths and the resolution."""
    builder = SpaceBuilder("ofa-described")
    stages = [(24, 2, False), (40, 2, True), (80, 2, False), (112, 1, True), (160, 2, True)]
    for name, choices in (("ks", [3, 5, 7]), ("e", [3, 4, 6])):
        with builder.repeat(5, "stage"):
            for place in range(4):
                deep = [above("d[{stage}]", place)] if place >= 2 else []
                builder.gene(f"{name}[{{stage}}.{place}]", choices, alive_if=deep)
    with builder.repeat(5, "stage"):
        builder.gene("d[{stage}]", [2, 3, 4])
    builder.gene("r", list(range(128, 225, 4)), drawn=[160, 176, 192, 208, 224])
    side = builder.size("first", "ceil(r / 2)")
    no_activations = {"activations": 0}
    builder.conv("r", 3, 16, 3, stride=2, norm=True, **no_activations)
    builder.conv(side, 16, 16, 3, groups=16, norm=True, operations=0, **no_activations)
    builder.conv(side, 16, 16, 1, norm=True, operations=0, **no_activations)
    inputs = 16
    for stage, (outputs, stride, excites) in enumerate(stages):
        after = builder.size(f"side{stage}", f"ceil({side} / {stride})")
        for place in range(4):
            slot = f"[{stage}.{place}]"
            with builder.repeat(alive_if=[above(f"d[{stage}]", place)]):
                builder.size("inner", f"{inputs} * e{slot}")
                builder.conv(side, inputs, "inner", 1, norm=True)
                builder.conv(
                    side, "inner", "inner", f"ks{slot}", stride=stride, groups="inner", norm=True
                )
                builder.conv(after, "inner", outputs, 1, norm=True)
                if excites:
                    _squeeze_and_excite(builder)
            inputs, side, stride = outputs, after, 1
    builder.conv(side, 160, 960, 1, norm=True, **no_activations)
    builder.linear(960, 1280, **no_activations)
    builder.linear(1280, 1000, bias=True, **no_activations)
    return builder


def _squeeze_and_excite(builder: SpaceBuilder) -> None:
    """Two layers on the mean of each channel. Multiply-accumulates are counted for a quarter of
    the channels in between, weights for the nearest multiple of 8, at least 90 % of the quarter.
    """
    builder.size("quarter", "floor(inner / 4)")
    builder.size("nearest", "max(8, floor((quarter + 4) / 8) * 8)")
    # 1 where the nearest is below 90 %: both are whole numbers.
    builder.size("short", "min(1, max(0, ceil(0.9 * quarter - nearest)))")
    builder.size("squeezed", "nearest + 8 * short")
    builder.linear(
        "inner", "squeezed", bias=True, macs="inner * inner / 4", activations=0, operations=1
    )
    builder.linear(
        "squeezed", "inner", bias=True, macs="inner * inner / 4", activations=0, operations=1
    )


def hat() -> SpaceBuilder:
    """HAT's encoder-decoder transformers for WMT'14 En-De: 30 tokens read, 30 written."""
    builder = SpaceBuilder("hat-described")
    ffn, heads = [3072, 2048, 1024, 512], [8, 4, 2]
    deep = [above("decoder_layer_num", "{i}")]
    for part, layers in (("encoder", [6]), ("decoder", [6, 5, 4, 3, 2, 1])):
        builder.gene(f"{part}_embed_dim", [640, 512])
        builder.gene(f"{part}_layer_num", layers)
        fields = [("ffn_embed_dim", ffn, ffn[:3]), ("self_attention_heads", heads, heads[:2])]
        if part == "decoder":
            fields.append(("ende_attention_heads", heads, heads[:2]))
            fields.append(("arbitrary_ende_attn", [-1, 1, 2], [-1, 1, 2]))
        for field, choices, drawn in fields:
            with builder.repeat(6, "i", alive_if=deep if part == "decoder" else []):
                builder.gene(f"{part}_{field}[{{i}}]", choices, drawn=drawn)
    with builder.repeat(6, "i"):
        _transformer_layer(builder, "encoder")
    with builder.repeat(6, "i", alive_if=deep):
        _transformer_layer(builder, "decoder")
        read = lookup("decoder_arbitrary_ende_attn[{i}]", [30, 60, 90])
        builder.size("read", read)
        _attention(builder, "decoder_embed_dim", "encoder_embed_dim", "read")
        builder.norm("decoder_embed_dim", activations=0, operations=0)
        builder.custom(
            activations="30 * (2 * decoder_embed_dim + 2 * 512) + read * 2 * 512", operations=4
        )
    return builder


def _transformer_layer(builder: SpaceBuilder, part: str) -> None:
    width, ffn = f"{part}_embed_dim", f"{part}_ffn_embed_dim[{{i}}]"
    _attention(builder, width, width, 30)
    builder.linear(width, ffn, tokens=30, bias=True, activations=0, operations=0)
    builder.linear(ffn, width, tokens=30, bias=True, activations=0, operations=0)
    for _ in range(2):
        builder.norm(width, activations=0, operations=0)
    builder.custom(activations=f"30 * (2 * {width} + 4 * 512 + {ffn})", operations=6)


def _attention(builder: SpaceBuilder, width: str, source: str, read: object) -> None:
    """512 wide, whatever the embeddings are."""
    plain = {"bias": True, "activations": 0, "operations": 0}
    builder.linear(width, 512, tokens=30, **plain)
    builder.linear(source, 512, tokens=read, **plain)
    builder.linear(source, 512, tokens=read, **plain)
    builder.attention(30, 1, 512, key_value_tokens=read, activations=0, operations=0)
    builder.linear(512, width, tokens=30, **plain)


#: Widths, numbers of layers and numbers of heads of HW-GPT-Bench's three scales.
GPT_SCALES: Dict[str, Tuple[List[int], List[int], List[int]]] = {
    "s": ([192, 384, 768], [10, 11, 12], [4, 8, 12]),
    "m": ([256, 512, 1024], [22, 23, 24], [8, 12, 16]),
    "l": ([320, 640, 1280], [34, 35, 36], [8, 16, 20]),
}


def gpt(scale: str = "s") -> SpaceBuilder:
    """A GPT-2 of HW-GPT-Bench: 1024 tokens, heads of 64, a gated feed-forward network."""
    widths, depths, heads = GPT_SCALES[scale]
    builder = SpaceBuilder(f"gpt-{scale}")
    width = builder.gene("embed_dim", widths)
    depth = builder.gene("n_layer", depths)
    bias = builder.gene("bias", [0, 1])
    with builder.repeat(depths[-1], "i", alive_if=[above(depth, "{i}")]):
        builder.gene("mlp_ratio_{i}", [2, 3, 4])
        builder.gene("n_head_{i}", heads)
    builder.size("tokens", 1024)
    builder.embedding(50254, width, tokens="tokens")
    with builder.repeat(depths[-1], "i", alive_if=[above(depth, "{i}")]):
        attended = builder.size("attended", "64 * n_head_{i}")
        hidden = builder.size("hidden", "embed_dim * mlp_ratio_{i}")
        builder.norm(width, tokens="tokens")
        builder.linear(width, f"3 * {attended}", tokens="tokens", bias=bias)
        builder.attention("tokens", "n_head_{i}", 64)
        builder.linear(attended, width, tokens="tokens", bias=bias)
        builder.add("tokens * embed_dim")
        builder.norm(width, tokens="tokens")
        builder.linear(width, hidden, tokens="tokens", bias=bias)
        builder.linear(width, hidden, tokens="tokens", bias=bias)
        builder.activation(f"tokens * {hidden}")
        builder.add(f"tokens * {hidden}")
        builder.linear(hidden, width, tokens="tokens", bias=bias)
        builder.add("tokens * embed_dim")
    builder.norm(width, tokens="tokens")
    builder.linear(width, 50254, tokens="tokens")
    return builder


SPACES = {"fbnet": fbnet, "ofa": once_for_all, "hat": hat, "gpt": gpt}

if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, space in SPACES.items():
        space().write(FOLDER / f"{name}.json")
