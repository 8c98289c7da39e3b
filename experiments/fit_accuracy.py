"""Fit the accuracy models in data/accuracy to published accuracies, and say how good they are.

    .venv/bin/python experiments/fit_accuracy.py --shared ../shared [MODEL ...]

ofa-mbv3 learns what once-for-all's published predictor says of random architectures;
nasbench201 learns the accuracies published with MetaD2A's candidates.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Dict, List, Sequence, Tuple

import numpy as np
import numpy.typing as npt

import helpnas
from helpnas.model_file import model_bytes

REPOSITORY = Path(__file__).parents[1]
FOLDER = REPOSITORY / "data/accuracy"
SEED = 3
Array = npt.NDArray[Any]
Tensors = Dict[str, Array]


@dataclass(frozen=True)
class Training:
    """How a network is trained: Adam with a step that falls to 0 by half a cosine."""

    hidden: Tuple[int, ...]
    steps: int
    batch: int
    rate: float
    decay: float  # of weights, on top of the gradient's step (AdamW)


class Network:
    """Layers with relu between them, in NumPy."""

    def __init__(self, sizes: Sequence[int], random: np.random.Generator) -> None:
        self.weights = [
            random.normal(0, np.sqrt(2 / inputs), (outputs, inputs)).astype(np.float32)
            for inputs, outputs in zip(sizes, sizes[1:])
        ]
        self.biases = [np.zeros(outputs, np.float32) for outputs in sizes[1:]]

    def __call__(self, inputs: Array) -> Array:
        """Outputs, [n]."""
        return self._values(inputs)[-1][:, 0]

    def _values(self, inputs: Array) -> List[Array]:
        values = [inputs]
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases)):
            output = values[-1] @ weight.T + bias
            last = layer == len(self.weights) - 1
            values.append(output if last else np.maximum(output, 0))
        return values

    def gradient(self, inputs: Array, targets: Array) -> List[Array]:
        """Of half the mean squared error, for weights and then biases."""
        values = self._values(inputs)
        back = (values[-1] - targets[:, None]) / np.float32(len(inputs))
        weights, biases = [], []
        for layer in reversed(range(len(self.weights))):
            weights.insert(0, back.T @ values[layer])
            biases.insert(0, back.sum(axis=0))
            back = (back @ self.weights[layer]) * (values[layer] > 0)
        return weights + biases


def train(inputs: Array, targets: Array, how: Training, seed: int) -> Network:
    """A network that gives the targets, which vary by about 1 around 0."""
    random = np.random.default_rng(seed)
    network = Network([inputs.shape[1], *how.hidden, 1], random)
    values = network.weights + network.biases
    first, second = [np.zeros_like(v) for v in values], [np.zeros_like(v) for v in values]
    for step in range(1, how.steps + 1):
        rows = random.integers(len(inputs), size=how.batch)
        rate = how.rate * (1 + np.cos(np.pi * step / how.steps)) / 2
        for place, gradient in enumerate(network.gradient(inputs[rows], targets[rows])):
            first[place] += np.float32(0.1) * (gradient - first[place])
            second[place] += np.float32(0.001) * (gradient**2 - second[place])
            change = first[place] / (1 - 0.9**step)
            change = change / (np.sqrt(second[place] / (1 - 0.999**step)) + 1e-8)
            decay = how.decay if place < len(network.weights) else 0.0
            values[place] -= (rate * (change + decay * values[place])).astype(np.float32)
    return network


def side_by_side(networks: Sequence[Network]) -> Tensors:
    """The tensors of one network whose output is the mean of theirs."""
    tensors: Tensors = {}
    last = len(networks[0].weights) - 1
    for layer in range(last + 1):
        weights = [network.weights[layer] for network in networks]
        if layer == last:
            weight = np.hstack(weights) / len(networks)
        else:
            weight = np.vstack(weights) if layer == 0 else block_diagonal(weights)
        biases = [network.biases[layer] for network in networks]
        tensors[f"layers.{layer}.weight"] = weight
        tensors[f"layers.{layer}.bias"] = (
            np.mean(biases, axis=0) if layer == last else np.concatenate(biases)
        )
    return tensors


def block_diagonal(blocks: Sequence[Array]) -> Array:
    """Square blocks of one size along the diagonal."""
    size = len(blocks[0])
    whole = np.zeros((size * len(blocks),) * 2, np.float32)
    for number, block in enumerate(blocks):
        place = slice(number * size, (number + 1) * size)
        whole[place, place] = block
    return whole


def accuracy_model(
    networks: Sequence[Network], mean: float, scale: float, **description: Any
) -> helpnas.AccuracyModel:
    """What the library makes of networks whose outputs are (accuracy - mean) / scale."""
    tensors = side_by_side(networks)
    last = len(networks[0].weights) - 1
    for part in ("weight", "bias"):
        tensors[f"layers.{last}.{part}"] = tensors[f"layers.{last}.{part}"] * np.float32(scale)
    layers = [len(tensors[f"layers.{layer}.bias"]) for layer in range(last + 1)]
    text = {"format_version": 1, "layers": layers, "base": mean, **description}
    return helpnas.AccuracyModel.from_bytes(model_bytes(tensors, text, "accuracy"))


# ---- once-for-all -----------------------------------------------------------------------

OFA_TRAINING = Training(hidden=(128, 128, 128), steps=7000, batch=1024, rate=0.003, decay=0.0)
OFA_ROWS = 200_000
CLIMBERS, CLIMBS = 4_000, 50
HELD_OUT_ROWS, HELD_OUT_CLIMBERS = 20_000, 400
#: The resolutions that searches draw from; the published predictor knows no others.
RESOLUTIONS = (160, 176, 192, 208, 224)
OFA_LIMITS_MS = (20.0, 23.0, 28.0)


def uneven_rows(space: helpnas.Space, count: int, seed: int) -> Array:
    """Architectures that each favour some kernels, expansions and depths: uniform ones are
    all alike in the sums that accuracy depends on, and searches go to the ends."""
    random = np.random.default_rng(seed)
    rows = np.empty((count, space.width), np.int32)
    for genes, choices in (
        (slice(20), (3, 5, 7)),
        (slice(20, 40), (3, 4, 6)),
        (slice(40, 45), (2, 3, 4)),
    ):
        bounds = random.dirichlet([0.5] * 3, size=count).cumsum(axis=1)[:, None, :2]
        drawn = random.random((count, rows[:, genes].shape[1], 1))
        rows[:, genes] = np.array(choices)[(drawn > bounds).sum(axis=2)]
    rows[:, 45] = random.choice(RESOLUTIONS, count)
    return space.canonicalize(rows)


def ofa_rows(space: helpnas.Space, count: int, seed: int) -> Array:
    """Half uniform, half uneven; searches end in neither's middle (see ``climbed_rows``)."""
    half = count // 2
    return np.vstack([space.sample(half, seed=seed), uneven_rows(space, count - half, seed)])


def climbed_rows(published: helpnas.AccuracyModel, count: int, seed: int) -> Array:
    """What searches come by: every step of climbers that mutate and keep what is better, each
    at its own price of a multiply-accumulate."""
    space = published.space
    prices = 10 ** np.random.default_rng(seed).uniform(-11.5, -9.5, count)

    def worth(rows: Array) -> Array:
        return published.predict(rows) - prices * space.macs(rows)

    rows = uneven_rows(space, count, seed)
    values, seen = worth(rows), [rows]
    for step in range(CLIMBS):
        tried = space.mutate(rows, 0.05, seed=seed + step)
        better = worth(tried) > values
        rows = np.where(better[:, None], tried, rows)
        values = np.where(better, worth(rows), values)
        seen.append(tried)
    return np.unique(np.vstack(seen), axis=0)


def resolution_weights(space: helpnas.Space) -> Array:
    """Five inputs for each resolution: linear between those that were learnt, and below."""
    genes = space.description["genes"]
    found = np.array(next(gene["choices"] for gene in genes if gene["name"] == "r"), float)
    places = np.clip((found - RESOLUTIONS[0]) // 16, 0, 3).astype(int)
    shares = (found - np.array(RESOLUTIONS)[places]) / 16
    identity = np.eye(len(RESOLUTIONS))
    return identity[places] * (1 - shares)[:, None] + identity[places + 1] * shares[:, None]


def ofa_features(space: helpnas.Space) -> List[Dict[str, Any]]:
    """Kernels and expansions one-hot, zeros in dead blocks, and the resolution."""
    names = [gene["name"] for gene in space.description["genes"]]
    return [
        {"kind": "one_hot", "genes": names[:40]},
        {"kind": "lookup", "gene": "r", "values": resolution_weights(space).tolist()},
    ]


def ofa_inputs(rows: Array) -> Array:
    """What those features are of rows whose resolution was learnt, [n, 125]."""
    block = np.arange(20)
    alive = block % 4 < rows[:, 40 + block // 4]
    kernels = (rows[:, :20, None] == [3, 5, 7]) & alive[:, :, None]
    expansions = (rows[:, 20:40, None] == [3, 4, 6]) & alive[:, :, None]
    resolution = rows[:, 45:] == np.array(RESOLUTIONS)
    flat = [part.reshape(len(rows), -1) for part in (kernels, expansions, resolution)]
    return np.hstack(flat).astype(np.float32)


def fit_ofa(shared: Path) -> helpnas.AccuracyModel:
    """A small network that stands for the published one."""
    published = helpnas.import_accuracy_model(shared / "datasets/ofa/acc_predictor.pth")
    space = published.space
    rows = np.vstack([ofa_rows(space, OFA_ROWS, SEED), climbed_rows(published, CLIMBERS, SEED)])
    accuracy = published.predict(rows)
    mean, scale = float(accuracy.mean()), float(accuracy.std())
    targets = ((accuracy - mean) / scale).astype(np.float32)
    network = train(ofa_inputs(rows), targets, OFA_TRAINING, SEED)

    def make(record: Dict[str, Any]) -> helpnas.AccuracyModel:
        return accuracy_model(
            [network], mean, scale, space=space.name, features=ofa_features(space), record=record
        )

    record = {
        "unit": "share of ImageNet images classified correctly, top 1",
        "learnt_from": "once-for-all's published accuracy predictor (Cai et al., ICLR 2020)",
        "architectures": len(rows),
        "held_out": ofa_errors(make({}), published),
    }
    return make(record)


def ofa_errors(model: helpnas.AccuracyModel, published: helpnas.AccuracyModel) -> Dict[str, Any]:
    """Against the published predictor, on architectures that were not learnt from."""
    space = model.space
    errors = {}
    for name, rows in (
        ("uniform", space.sample(HELD_OUT_ROWS, seed=SEED + 1)),
        ("uneven", uneven_rows(space, HELD_OUT_ROWS, SEED + 1)),
        ("climbed", climbed_rows(published, HELD_OUT_CLIMBERS, SEED + CLIMBS)),
    ):
        scores = helpnas.score(model.predict(rows), published.predict(rows))
        errors[name] = {
            "rmse_points": round(100 * scores["rmse"], 3),
            "spearman": round(scores["spearman"], 4),
        }
    return errors


def report_ofa(model: helpnas.AccuracyModel, shared: Path) -> None:
    """What searches find with it, by the published predictor, beside searches with that."""
    published = helpnas.import_accuracy_model(shared / "datasets/ofa/acc_predictor.pth")
    table = helpnas.LatencyTable.from_help_repository(shared / "datasets/help", "ofa-mbv3")
    rows = table.reference_rows()
    predictor = helpnas.load("ofa-mbv3-paper").adapt(
        table.archs[rows], table.latency("titan_rtx_64")[rows]
    )
    for limit in OFA_LIMITS_MS:
        found = {}
        for name, accuracy in (("its", model), ("the published one's", published)):
            best = [
                predictor.search(max_latency_ms=limit, accuracy=accuracy, seed=seed, top_k=1).genes
                for seed in range(3)
            ]
            found[name] = 100 * published.predict(np.vstack(best)).mean()
        shown = ", ".join(f"{name} {value:.2f} %" for name, value in found.items())
        print(f"  within {limit:g} ms, best of a search, by the published one: {shown}")


# ---- NAS-Bench-201 ----------------------------------------------------------------------

CELL_TRAINING = Training(hidden=(32, 32), steps=600, batch=64, rate=0.01, decay=0.3)
MEMBERS = 5
FOLDS = 10
#: What is less accurate counts as this: a few cells of 1 to 60 % would rule the fit.
LOWEST_PERCENT = 60.0


def read_cells(shared: Path) -> Tuple[Array, Array, Array]:
    """MetaD2A's candidates: genes, accuracies in percent, MetaD2A's scores."""
    file = shared / "datasets/help/nasbench201/arch_generated_by_metad2a.txt"
    candidates = helpnas.read_candidates(file)
    genes = helpnas.Space("nasbench201").genes([each.arch for each in candidates])
    accuracy = np.array([each.accuracy for each in candidates])
    return genes, accuracy, np.array([each.score for each in candidates])


def fit_members(genes: Array, accuracy: Array) -> Tuple[List[Network], float, float]:
    """Networks whose mean output is (accuracy - mean) / scale, with that mean and scale."""
    targets = np.maximum(accuracy, LOWEST_PERCENT)
    mean, scale = float(targets.mean()), float(targets.std())
    scaled = ((targets - mean) / scale).astype(np.float32)
    inputs = cell_inputs(genes)
    networks = [train(inputs, scaled, CELL_TRAINING, SEED + i) for i in range(MEMBERS)]
    return networks, mean, scale


def cell_inputs(genes: Array) -> Array:
    """Operations one-hot, [n, 30]."""
    return np.eye(5, dtype=np.float32)[genes].reshape(len(genes), 30)


def fit_nasbench201(shared: Path) -> helpnas.AccuracyModel:
    """The mean of a few small networks, on all candidates."""
    genes, accuracy, score = read_cells(shared)
    record = {
        "unit": f"percent of CIFAR-100's test images; {LOWEST_PERCENT:g} for all below",
        "learnt_from": "accuracies of MetaD2A's candidates, in the repository of HELP",
        "architectures": len(genes),
        "held_out": cell_errors(genes, accuracy, score),
    }
    networks, mean, scale = fit_members(genes, accuracy)
    return accuracy_model(
        networks, mean, scale, space="nasbench201", features=[{"kind": "one_hot"}], record=record
    )


def cell_errors(genes: Array, accuracy: Array, score: Array) -> Dict[str, Any]:
    """Of ten folds, each predicted from the other nine; and how MetaD2A's scores do there."""
    folds = network_folds(accuracy)
    predicted = np.empty(len(genes))
    for fold in range(FOLDS):
        seen = folds != fold
        networks, mean, scale = fit_members(genes[seen], accuracy[seen])
        outputs = [network(cell_inputs(genes[~seen])) for network in networks]
        predicted[~seen] = mean + scale * np.mean(outputs, axis=0)
    fair = accuracy >= LOWEST_PERCENT
    return {
        "rmse_points_from_60": round(helpnas.score(predicted[fair], accuracy[fair])["rmse"], 2),
        **{f"{name}_of_it": value for name, value in ranking(predicted, accuracy, folds).items()},
        **{f"{name}_of_metad2a": value for name, value in ranking(score, accuracy, folds).items()},
    }


def network_folds(accuracy: Array) -> Array:
    """Numbers of folds; cells that are the same network, which have the same accuracy to the
    last digit, are in one."""
    _, networks = np.unique(accuracy, return_inverse=True)
    shuffled = np.random.default_rng(SEED).permutation(networks.max() + 1)
    return np.asarray(shuffled[networks] % FOLDS)


def ranking(score: Array, accuracy: Array, folds: Array) -> Dict[str, float]:
    """How scores order accuracies; missed_points: what the best of the three that score
    highest of a fold lacks to the fold's best, on average."""
    better = accuracy >= np.median(accuracy)
    missed = []
    for fold in range(FOLDS):
        own = np.flatnonzero(folds == fold)
        three = own[np.argsort(-score[own])[:3]]
        missed.append(accuracy[own].max() - accuracy[three].max())
    return {
        "spearman": round(helpnas.score(score, accuracy)["spearman"], 3),
        "spearman_better_half": round(
            helpnas.score(score[better], accuracy[better])["spearman"], 3
        ),
        "missed_points": round(float(np.mean(missed)), 2),
    }


# ---- both --------------------------------------------------------------------------------

FITS: Dict[str, Callable[[Path], helpnas.AccuracyModel]] = {
    "ofa-mbv3": fit_ofa,
    "nasbench201": fit_nasbench201,
}


def main() -> None:
    """Fit what is asked for into data/accuracy."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, required=True, help="folder with datasets/")
    parser.add_argument("models", nargs="*", default=list(FITS), metavar="MODEL")
    arguments = parser.parse_args()
    FOLDER.mkdir(exist_ok=True)
    for name in arguments.models:
        model = FITS[name](arguments.shared)
        model.save(FOLDER / f"{name}.safetensors")
        print(f"{name}: {model.description['record']['held_out']}", flush=True)
        if name == "ofa-mbv3":
            report_ofa(model, arguments.shared)


if __name__ == "__main__":
    main()
