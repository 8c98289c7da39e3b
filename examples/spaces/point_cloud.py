"""Write point_cloud.json: graph networks on clouds of 1,024 points.

    python examples/spaces/point_cloud.py

In the manner of LC-NAS (Li et al., 3DV 2021): two to four blocks, each with an operation, the
neighbours that it looks at, and a width; all blocks' outputs are read by the last layers.
docs/guide/own-spaces.md explains the format.
"""

from __future__ import annotations

from pathlib import Path

from helpnas.describing import SpaceBuilder, above, one_of

POINTS, BLOCKS, CLASSES = 1024, 4, 40


def block(builder: SpaceBuilder, index: str, inputs: str) -> None:
    """One block: a graph of nearest neighbours, unless the operation does without, and weights."""
    operation, width = f"operation_{index}", f"width_{index}"
    builder.size("inputs", inputs)
    with builder.repeat(alive_if=[one_of(operation, "edge_conv", "max_relative")]):
        # Distances of all pairs, then the neighbours' features less the point's own.
        builder.custom(
            macs="points * points * inputs",
            activations="points * (points + 2 * inputs)",
            operations=2,
        )
        builder.add(f"points * neighbours_{index} * inputs")
    builder.linear(
        "2 * inputs",
        width,
        tokens=f"points * neighbours_{index}",
        norm=True,
        alive_if=[one_of(operation, "edge_conv")],
    )
    builder.linear(
        "2 * inputs",
        width,
        tokens="points",
        norm=True,
        alive_if=[one_of(operation, "max_relative")],
    )
    builder.linear("inputs", width, tokens="points", norm=True, alive_if=[one_of(operation, "mlp")])


def space() -> SpaceBuilder:
    """The description; ``.space()`` opens it."""
    builder = SpaceBuilder("point-cloud")
    depth = builder.gene("depth", [2, 3, BLOCKS])
    with builder.repeat(BLOCKS, "i", alive_if=[above(depth, "{i}")]):
        graph = [one_of("operation_{i}", "edge_conv", "max_relative")]
        builder.gene("operation_{i}", ["mlp", "edge_conv", "max_relative"])
        builder.gene("neighbours_{i}", [5, 10, 20], alive_if=graph)
        builder.gene("width_{i}", [32, 64, 128])

    builder.size("points", POINTS)
    with builder.repeat():
        block(builder, "0", "3")
    with builder.repeat(BLOCKS - 1, "i", start=1, alive_if=[above(depth, "{i}")]):
        block(builder, "{i}", "width_{i-1}")
    # Widths of blocks that are not there count as 0.
    builder.size("widths", " + ".join(f"width_{number}" for number in range(BLOCKS)))
    builder.linear("widths", 512, tokens="points", norm=True)
    builder.pool(None, 512, height="points", width=1, stride="points")
    builder.linear(512, 256, norm=True)
    builder.linear(256, CLASSES, bias=True)
    return builder


if __name__ == "__main__":
    space().write(Path(__file__).with_suffix(".json"))
