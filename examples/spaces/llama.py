"""Write llama.json: what pruning may leave of a small Llama-like language model.

    python examples/spaces/llama.py

Width and layers of the whole, and in each layer the heads, the key-value heads that they share
and the width of the feed-forward network. The costs are of reading 256 tokens at batch size 1.
docs/guide/own-spaces.md explains the format.
"""

from __future__ import annotations

from pathlib import Path

from helpnas.describing import SpaceBuilder, above

LAYERS, HEAD_SIZE, TOKENS, VOCABULARY = 16, 64, 256, 32_000


def space() -> SpaceBuilder:
    """The description; ``.space()`` opens it."""
    builder = SpaceBuilder("llama")
    width = builder.gene("hidden", [768, 896, 1024])
    layers = builder.gene("layers", [12, 14, LAYERS])
    with builder.repeat(LAYERS, "i", alive_if=[above(layers, "{i}")]):
        builder.gene("heads_{i}", [8, 12, 16])
        builder.gene("kv_heads_{i}", [2, 4])
        builder.gene("ffn_{i}", [1536, 2048, 2560, 2816])

    tokens = builder.size("tokens", TOKENS)
    builder.embedding(VOCABULARY, width, tokens=tokens)
    with builder.repeat(LAYERS, "i", alive_if=[above(layers, "{i}")]):
        queries = builder.size("queries", f"{HEAD_SIZE} * heads_{{i}}")
        keys = builder.size("keys", f"{HEAD_SIZE} * kv_heads_{{i}}")
        builder.norm(width, tokens=tokens, bias=False)
        builder.linear(width, queries, tokens=tokens)
        builder.linear(width, keys, tokens=tokens)
        builder.linear(width, keys, tokens=tokens)
        builder.activation("tokens * (queries + keys)")  # rotary positions
        builder.attention(tokens, "heads_{i}", HEAD_SIZE, key_value_heads="kv_heads_{i}")
        builder.linear(queries, width, tokens=tokens)
        builder.add("tokens * hidden")
        builder.norm(width, tokens=tokens, bias=False)
        builder.linear(width, "ffn_{i}", tokens=tokens)
        builder.linear(width, "ffn_{i}", tokens=tokens)
        builder.activation("tokens * ffn_{i}")
        builder.add("tokens * ffn_{i}")  # SwiGLU multiplies the two
        builder.linear("ffn_{i}", width, tokens=tokens)
        builder.add("tokens * hidden")
    builder.norm(width, bias=False)
    builder.linear(width, VOCABULARY)  # of the last token only
    return builder


if __name__ == "__main__":
    space().write(Path(__file__).with_suffix(".json"))
