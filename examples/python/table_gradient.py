"""Latency as a differentiable term of a search:  table_gradient.py

Differentiable search keeps a distribution over the choices of each gene.  The table gives the
expected latency under it, exactly and not by sampling, and its gradient.
"""

from __future__ import annotations

import importlib.util
from typing import Any, List, Tuple

import numpy as np
from own_device import Floats, adapted, space_of_blocks

import helpnas


class ExpectedLatency:
    """Milliseconds expected under independent distributions over each gene's choices.

    ``probabilities`` has a vector for each gene, in the order of its choices.  Genes are taken
    to be alive always: where one can be dead, move the probability of that to its first choice.
    """

    def __init__(self, space: helpnas.Space, table: Any) -> None:
        self.choices = [list(gene["choices"]) for gene in space.description["genes"]]
        self.constant_ms = table.constant_ms
        self.terms = [(term.places, self._in_order(term)) for term in table.terms]

    def _in_order(self, term: Any) -> Floats:
        """A term's milliseconds with axes in the order of the space's choices."""
        latency = term.latency_ms
        for axis, (place, values) in enumerate(zip(term.places, term.choices)):
            order = [values.index(value) for value in self.choices[place]]
            latency = np.take(latency, order, axis)
        return np.asarray(latency, np.float64)

    def __call__(self, probabilities: List[Floats]) -> Tuple[float, List[Floats]]:
        """The expectation, and its derivative by each probability."""
        total = self.constant_ms
        gradient = [np.zeros(len(each)) for each in probabilities]
        for places, latency in self.terms:
            factors = [probabilities[place] for place in places]
            for axis, place in enumerate(places):
                part = _weighted(latency, factors, keep=axis)
                gradient[place] += part
            total += float(part @ factors[-1])
        return total, gradient


def _weighted(latency: Floats, factors: List[Floats], keep: int) -> Floats:
    """Sum over all axes but one, each weighted by its probabilities."""
    for axis in reversed(range(len(factors))):
        if axis != keep:
            latency = np.tensordot(latency, factors[axis], ([axis], [0]))
    return latency


def softmax(logits: Floats) -> Floats:
    """Probabilities of logits."""
    powers = np.exp(logits - logits.max())
    return np.asarray(powers / powers.sum(), np.float64)


def by_logits(expected: ExpectedLatency, logits: List[Floats]) -> Tuple[float, List[Floats]]:
    """The expectation and its gradient by logits, as a search that learns them needs it."""
    probabilities = [softmax(each) for each in logits]
    total, gradient = expected(probabilities)
    return total, [p * (g - p @ g) for p, g in zip(probabilities, gradient)]


def check_differences(expected: ExpectedLatency, logits: List[Floats]) -> None:
    """Finite differences agree with the gradient."""
    _, gradient = by_logits(expected, logits)
    step, worst = 1e-5, 0.0
    for gene, values in enumerate(logits):
        for choice in range(len(values)):
            moved = [each.copy() for each in logits]
            moved[gene][choice] += step
            above, _ = by_logits(expected, moved)
            moved[gene][choice] -= 2 * step
            below, _ = by_logits(expected, moved)
            worst = max(worst, abs((above - below) / (2 * step) - gradient[gene][choice]))
    assert worst < 1e-6, worst
    print(f"gradient and finite differences differ by at most {worst:.1e} ms")


def check_sampling(
    expected: ExpectedLatency, predictor: helpnas.Predictor, logits: List[Floats]
) -> None:
    """The mean predicted latency of architectures that are drawn comes to the expectation."""
    random = np.random.default_rng(1)
    columns = [
        random.choice(values, 20_000, p=softmax(each))
        for values, each in zip(expected.choices, logits)
    ]
    latency = predictor.predict(np.stack(columns, axis=1).astype(np.int32))
    total, _ = by_logits(expected, logits)
    error = latency.std() / np.sqrt(len(latency))
    assert abs(latency.mean() - total) < 4 * error
    print(f"expected latency {total:.4f} ms; the mean of 20,000 drawn {latency.mean():.4f} ms")


def check_torch(expected: ExpectedLatency, logits: List[Floats]) -> None:
    """PyTorch's gradient of the same sum."""
    torch: Any = importlib.import_module("torch")
    leaves = [torch.tensor(each, requires_grad=True) for each in logits]
    probabilities = [leaf.softmax(0) for leaf in leaves]
    total = torch.tensor(expected.constant_ms, dtype=torch.float64)
    for places, latency in expected.terms:
        part = torch.tensor(latency)
        for place in reversed(places):
            part = part @ probabilities[place]
        total = total + part
    total.backward()
    own, gradient = by_logits(expected, logits)
    assert abs(own - total.item()) < 1e-9
    for leaf, each in zip(leaves, gradient):
        assert np.allclose(leaf.grad.numpy(), each, atol=1e-9)
    print("PyTorch agrees")


def descend(expected: ExpectedLatency, target_ms: float) -> List[Floats]:
    """Move even distributions until the expected latency is at a target."""
    logits = [np.zeros(len(values)) for values in expected.choices]
    for _ in range(5000):
        total, gradient = by_logits(expected, logits)
        if total <= target_ms:
            return logits
        logits = [each - 0.5 * slope for each, slope in zip(logits, gradient)]
    raise RuntimeError(f"{total:.3f} ms is as low as it went")


def main() -> None:
    """Check the gradient, and use it."""
    space = space_of_blocks(8)
    predictor = adapted(space)
    expected = ExpectedLatency(space, predictor.table())
    random = np.random.default_rng(0)
    logits = [random.standard_normal(len(values)) for values in expected.choices]
    check_sampling(expected, predictor, logits)
    check_differences(expected, logits)
    if importlib.util.find_spec("torch"):
        check_torch(expected, logits)
    even, _ = by_logits(expected, [np.zeros(len(values)) for values in expected.choices])
    target = 0.9 * even
    reached, _ = by_logits(expected, descend(expected, target))
    assert reached <= target
    print(f"gradient descent took the expectation from {even:.3f} to {reached:.3f} ms")


if __name__ == "__main__":
    main()
