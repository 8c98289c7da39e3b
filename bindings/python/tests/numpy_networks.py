"""The spaces' networks once more, in NumPy and from their papers, on the weights of a model."""

from __future__ import annotations

from typing import Any, Iterator, List, Sequence

import numpy as np

#: NAS-Bench-201's operations by gene.
NONE, SKIP, CONV1, CONV3, POOL = range(5)


def relu(x: Any) -> Any:
    return np.maximum(x, 0)


def hard_sigmoid(x: Any) -> Any:
    return np.clip(x + 3, 0, 6) / 6


def hard_swish(x: Any) -> Any:
    return x * hard_sigmoid(x)


def windows(x: Any, kernel: int, stride: int, padding: int) -> Any:
    """[n, channels, rows, columns, kernel, kernel]"""
    padded = np.pad(x, [(0, 0), (0, 0), (padding, padding), (padding, padding)])
    views = np.lib.stride_tricks.sliding_window_view(padded, (kernel, kernel), axis=(2, 3))
    return views[:, :, ::stride, ::stride]


def convolution(x: Any, weight: Any, stride: int = 1, groups: int = 1) -> Any:
    outputs, inputs, kernel, _ = weight.shape
    n = len(x)
    views = windows(x, kernel, stride, kernel // 2)
    rows, columns = views.shape[2:4]
    views = views.reshape(n, groups, inputs, rows, columns, kernel, kernel)
    weight = weight.reshape(groups, outputs // groups, inputs, kernel, kernel)
    summed = np.einsum("ngihwkl,goikl->ngohw", views, weight, optimize=True)
    return summed.reshape(n, outputs, rows, columns)


def mean_pool(x: Any) -> Any:
    """3 by 3, over the pixels inside the image."""
    sums = windows(x, 3, 1, 1).sum((-1, -2))
    return sums / windows(np.ones_like(x), 3, 1, 1).sum((-1, -2))


class Weights:
    """A model's weights in the order its layers were made."""

    def __init__(self, arrays: Sequence[Any]) -> None:
        self._arrays: Iterator[Any] = iter(arrays)

    def next(self) -> Any:
        return next(self._arrays).astype(np.float64)

    def are_used_up(self) -> bool:
        return next(self._arrays, None) is None

    def conv_bn(self, x: Any, stride: int = 1, groups: int = 1) -> Any:
        x = convolution(x, self.next(), stride, groups)
        scale, bias, mean, variance = (self.next()[:, None, None] for _ in range(4))
        return (x - mean) / np.sqrt(variance + 1e-5) * scale + bias

    def conv_bias(self, x: Any) -> Any:
        weight, bias = self.next(), self.next()
        return convolution(x, weight) + bias[:, None, None]

    def linear(self, x: Any) -> Any:
        weight, bias = self.next(), self.next()
        return x @ weight.T + bias


def nasbench201(w: Weights, x: Any, genes: Sequence[int]) -> Any:
    x = w.conv_bn(x)
    for stage in range(3):
        if stage:
            residual = w.conv_bn(relu(w.conv_bn(relu(x), 2)))
            n, c, h, _ = x.shape
            halved = x.reshape(n, c, h // 2, 2, h // 2, 2).mean((3, 5))
            x = convolution(halved, w.next()) + residual
        for _ in range(5):
            x = cell(w, x, genes)
    scale, bias, mean, variance = (w.next()[:, None, None] for _ in range(4))
    x = relu((x - mean) / np.sqrt(variance + 1e-5) * scale + bias)
    return w.linear(x.mean((2, 3)))


def cell(w: Weights, x: Any, genes: Sequence[int]) -> Any:
    nodes: List[Any] = [x]
    remaining = iter(genes)
    for node in range(1, 4):
        nodes.append(sum(operation(w, nodes[source], next(remaining)) for source in range(node)))
    return nodes[3]


def operation(w: Weights, x: Any, gene: int) -> Any:
    if gene in (CONV1, CONV3):
        return w.conv_bn(relu(x))
    return {NONE: lambda: 0 * x, SKIP: lambda: x, POOL: lambda: mean_pool(x)}[gene]()


def fbnet(w: Weights, x: Any, genes: Sequence[int]) -> Any:
    x = relu(w.conv_bn(x))
    widths = [16] + [24] * 4 + [32] * 4 + [64] * 4 + [112] * 4 + [184] * 4 + [352]
    strides = [2 if layer in (5, 9, 17) else 1 for layer in range(22)]
    for gene, width, stride in zip(genes, widths, strides):
        same = stride == 1 and x.shape[1] == width
        if gene == 8:
            x = x if same else relu(w.conv_bn(x, stride))
            continue
        groups = 2 if gene in (1, 5) else 1
        y = relu(w.conv_bn(x, groups=groups))
        n, c, h, _ = y.shape
        y = y.reshape(n, groups, c // groups, h, h).swapaxes(1, 2).reshape(n, c, h, h)
        y = w.conv_bn(relu(w.conv_bn(y, stride, c)), groups=groups)
        x = x + y if same else y
    return w.linear(relu(w.conv_bn(x)).mean((2, 3)))


def ofa_mobilenetv3(w: Weights, x: Any, genes: Sequence[int]) -> Any:
    x = hard_swish(w.conv_bn(x, 2))
    x = x + w.conv_bn(relu(w.conv_bn(x, groups=16)))
    for stage, width in enumerate([24, 40, 80, 112, 160]):
        activation = relu if stage < 2 else hard_swish
        for place in range(genes[40 + stage]):
            stride = 2 if place == 0 and stage != 3 else 1
            y = activation(w.conv_bn(x))
            y = activation(w.conv_bn(y, stride, y.shape[1]))
            if stage in (1, 3, 4):
                squeezed = relu(w.conv_bias(y.mean((2, 3), keepdims=True)))
                y = y * hard_sigmoid(w.conv_bias(squeezed))
            y = w.conv_bn(y)
            x = x + y if place else y
            assert x.shape[1] == width
    x = hard_swish(w.conv_bn(x)).mean((2, 3), keepdims=True)
    return w.linear(hard_swish(convolution(x, w.next()))[:, :, 0, 0])


def attention(w: Weights, x: Any, source: Any, heads: int, mask: Any) -> Any:
    """[n, tokens, width]; the mask is added to the scores."""
    query, out, key, value = [(w.next(), w.next()) for _ in range(4)]

    def split(tokens: Any, weights: Any) -> Any:
        product = tokens @ weights[0] + weights[1]
        return product.reshape(*product.shape[:2], heads, -1).swapaxes(1, 2)

    q, k, v = split(x, query), split(source, key), split(source, value)
    scores = q @ k.swapaxes(2, 3) / np.sqrt(512 / heads) + mask
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    mixed = weights / weights.sum(-1, keepdims=True) @ v
    return mixed.swapaxes(1, 2).reshape(*x.shape[:2], 512) @ out[0] + out[1]


def layer_norm(w: Weights, x: Any) -> Any:
    centred = x - x.mean(-1, keepdims=True)
    scale, bias = w.next(), w.next()
    return centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5) * scale + bias


def feed_forward(w: Weights, x: Any) -> Any:
    first, second = [(w.next(), w.next()) for _ in range(2)]
    hidden = relu(x @ first[0] + first[1])
    return layer_norm(w, x + hidden @ second[0] + second[1])


def hat(w: Weights, source: Any, target: Any, genes: Sequence[int]) -> Any:
    """All tokens at once, each looking at those before it: what a loop must give."""
    encoded: List[Any] = [source]
    for heads in genes[8:14]:
        x = encoded[-1]
        x = layer_norm(w, x + attention(w, x, x, heads, 0.0))
        encoded.append(feed_forward(w, x))
    x = target
    future = np.triu(np.full((target.shape[1],) * 2, -1e30), 1)
    for layer in range(genes[15]):
        own = attention(w, x, x, genes[22 + layer], future)
        x = rest_of_decoder_layer(w, x + own, encoded, genes[28 + layer], genes[34 + layer])
    return x.swapaxes(0, 1)[:, :, None]


def rest_of_decoder_layer(
    w: Weights, x: Any, encoded: List[Any], heads: int, arbitrary: int
) -> Any:
    """A decoder layer after its own attention."""
    x = layer_norm(w, x)
    count = {-1: 1, 1: 2, 2: 3}[arbitrary]
    read = np.concatenate(encoded[::-1][:count], 1)
    x = layer_norm(w, x + attention(w, x, read, heads, 0.0))
    return feed_forward(w, x)
