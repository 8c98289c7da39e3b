"""Write vit.json: vision transformers of an elastic width, depth, heads and feed-forward ratio.

    python examples/spaces/vit.py

The choices are those of AutoFormer-small (Chen et al., ICCV 2021): 224 x 224 pixels, patches of
16, heads of 64. docs/guide/own-spaces.md explains the format.
"""

from __future__ import annotations

from pathlib import Path

from helpnas.describing import SpaceBuilder, above, lookup

TOKENS = (224 // 16) ** 2 + 1  # the patches, and one that stands for the image


def space() -> SpaceBuilder:
    """The description; ``.space()`` opens it."""
    builder = SpaceBuilder("vit")
    width = builder.gene("embed_dim", [320, 384, 448])
    depth = builder.gene("depth", [12, 13, 14])
    with builder.repeat(14, "i", alive_if=[above(depth, "{i}")]):
        builder.gene("heads_{i}", [5, 6, 7])
        builder.gene("mlp_ratio_{i}", ["3", "3.5", "4"])

    tokens = builder.size("tokens", TOKENS)
    builder.conv(224, 3, width, 16, stride=16, bias=True)
    builder.custom(parameters="(tokens + 1) * embed_dim")  # positions and the image's token
    with builder.repeat(14, "i", alive_if=[above(depth, "{i}")]):
        attended = builder.size("attended", "64 * heads_{i}")
        builder.size("ratio", lookup("mlp_ratio_{i}", [3, 3.5, 4]))
        hidden = builder.size("hidden", "embed_dim * ratio")
        builder.norm(width, tokens=tokens)
        builder.linear(width, "3 * attended", tokens=tokens, bias=True)
        builder.attention(tokens, "heads_{i}", 64)
        builder.linear(attended, width, tokens=tokens, bias=True)
        builder.add("tokens * embed_dim")
        builder.norm(width, tokens=tokens)
        builder.linear(width, hidden, tokens=tokens, bias=True)
        builder.activation("tokens * hidden")
        builder.linear(hidden, width, tokens=tokens, bias=True)
        builder.add("tokens * embed_dim")
    builder.norm(width, tokens=tokens)
    builder.linear(width, 1000, bias=True)
    return builder


if __name__ == "__main__":
    space().write(Path(__file__).with_suffix(".json"))
