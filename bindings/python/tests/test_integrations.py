"""Drop-ins for other frameworks: against the frameworks themselves where they are installed,
and against how these call (their published sources) where not."""

from __future__ import annotations

import inspect
import math
import pickle
import warnings
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Dict, List

import numpy as np
import pytest

import helpnas
from helpnas import ArchitectureError, ArgumentError, FormatError, MismatchError, UnsupportedError
from helpnas.integrations._genes import genes_of, row_of
from helpnas.integrations.hat import LatencyPredictor, to_config
from helpnas.integrations.nni import LatencyProfiler, nasbench201_arch
from helpnas.integrations.ofa import OFAEfficiency
from helpnas.integrations.optuna import LatencyConstraint, suggest, together

LIMIT = 11.0


def adapted(name: str) -> helpnas.Predictor:
    """A bundled model on a made-up device."""
    model = helpnas.load(name)
    pool = model.space.sample(300, seed=1)
    rows = pool[model.select(pool, count=10)]
    return model.adapt(rows, 3 + 70e-9 * model.space.macs(rows))


@pytest.fixture(scope="module")
def cells() -> helpnas.Predictor:
    return adapted("nasbench201-paper")


@pytest.fixture(scope="module")
def mobile() -> helpnas.Predictor:
    return adapted("ofa-mbv3-paper")


@pytest.fixture(scope="module")
def transformer() -> helpnas.Predictor:
    return adapted("hat-wmt14-en-de")


def count_convolutions(archs: List[str]) -> List[int]:
    return [arch.count("nor_conv_3x3") for arch in archs]


# ---- once-for-all ----------------------------------------------------------------


def arch_dict(arch: Dict[str, Any]) -> Dict[str, Any]:
    """In the form of ofa.nas.accuracy_predictor.MobileNetArchEncoder."""
    return {"ks": arch["ks"], "e": arch["e"], "d": arch["d"], "image_size": arch["r"]}


def tutorial_sample(arch: Dict[str, Any]) -> Dict[str, Any]:
    """In the form of ofa.tutorial.evolution_finder.ArchManager."""
    return {"wid": None, **arch, "r": [arch["r"]]}


def test_ofa_takes_the_samples_of_both_searches(mobile: helpnas.Predictor) -> None:
    archs = mobile.space.notation(mobile.space.sample(20, seed=2))
    efficiency = OFAEfficiency(mobile)
    for arch, expected in zip(archs, mobile.predict(archs)):
        found = efficiency.get_efficiency(arch_dict(arch))
        assert type(found) is float and found == expected
        assert efficiency.predict_efficiency(tutorial_sample(arch)) == expected
        assert efficiency.get_efficiency(arch) == expected
        numbers = {key: np.array(value) for key, value in arch_dict(arch).items()}
        assert efficiency.get_efficiency(numbers) == expected
    both = [arch_dict(archs[0]), tutorial_sample(archs[1])]
    assert (efficiency.get_efficiencies(both) == mobile.predict(archs[:2])).all()


def test_ofa_leaves_the_sample_as_it_was(mobile: helpnas.Predictor) -> None:
    sample = tutorial_sample(mobile.space.notation(mobile.space.sample(1))[0])
    before = pickle.dumps(sample)
    OFAEfficiency(mobile).predict_efficiency(sample)
    assert pickle.dumps(sample) == before


def test_ofa_reads_what_its_supernet_takes(mobile: helpnas.Predictor) -> None:
    space = mobile.space
    whole = {"ks": [7] * 20, "e": [6] * 20, "d": [3] * 5, "r": 224}
    dead = [None if block % 4 == 3 else 7 for block in range(20)]
    same: List[Dict[str, Any]] = [
        {"ks": 7, "e": 6, "d": 3, "r": 224},
        {**whole, "ks": dead},
        {**whole, "ks": [7.0] * 20, "d": [3.0] * 5, "r": 224.0},
        {"ks": 7.0, "e": np.int64(6), "d": np.full(5, 3), "r": 224},
    ]
    expected = space.canonicalize([whole])[0]
    assert (space.canonicalize(same) == expected).all()
    efficiency = OFAEfficiency(mobile)
    assert len({*efficiency.get_efficiencies(same), *efficiency.get_efficiencies([whole])}) == 1
    with pytest.raises(FormatError, match="row 1"):  # a block that is alive
        space.genes([whole, {**whole, "ks": [None] * 20}])


def test_ofa_dead_blocks_may_be_zero(mobile: helpnas.Predictor) -> None:
    arch = {"ks": [5] * 20, "e": [4] * 20, "d": [2, 3, 4, 2, 3], "image_size": 224}
    efficiency = OFAEfficiency(mobile)
    expected = efficiency.get_efficiency(arch)
    dead = [2, 3, 7, 14, 15, 19]
    zeros = {
        key: [0 if block in dead else value for block, value in enumerate(arch[key])]
        for key in ("ks", "e")
    }
    assert efficiency.get_efficiency({**arch, **zeros}) == expected
    zeros["ks"][6] = 0
    with pytest.raises(ArchitectureError, match=r"ks\[6\]"):
        efficiency.get_efficiency({**arch, **zeros})


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"image_size": None, "r": 128}, ArgumentError, "image_size None but r 128"),
        ({"image_size": 100}, ArchitectureError, "100"),
        ({"image_size": [160, 176]}, FormatError, "r has 2 values"),
        ({"ks": "3"}, FormatError, "ks is a string"),
        ({"ks": [0] * 20}, ArchitectureError, r"ks\[0\]"),
        ({"ks": [3] * 19, "d": [2] * 5}, FormatError, "ks"),
        ({"d": 5}, ArchitectureError, r"d\[0\]"),
        ({"d": ["x"] * 5}, FormatError, "string"),
        ({"w": 1}, FormatError, '"w"'),
    ],
)
def test_ofa_says_what_is_wrong_with_a_sample(
    mobile: helpnas.Predictor, change: Dict[str, Any], error: Any, message: str
) -> None:
    sample = arch_dict(mobile.space.notation(mobile.space.sample(1))[0])
    with pytest.raises(error, match=message):
        OFAEfficiency(mobile).get_efficiency({**sample, **change})


def test_ofa_needs_a_resolution_and_its_own_space(
    mobile: helpnas.Predictor, cells: helpnas.Predictor
) -> None:
    with pytest.raises(ArgumentError, match="no resolution"):
        OFAEfficiency(mobile).get_efficiency({"ks": [3] * 20, "e": [3] * 20, "d": [2] * 5})
    with pytest.raises(MismatchError, match="'nasbench201', not 'ofa-mbv3'"):
        OFAEfficiency(cells)


class StandInAccuracy:
    """What both searches ask of an accuracy predictor."""

    def __init__(self, arch_encoder: Any = None) -> None:
        self.arch_encoder = arch_encoder

    def predict_acc(self, samples: List[Dict[str, Any]]) -> Any:
        return np.array([float(sum(sample["d"])) for sample in samples])

    predict_accuracy = predict_acc


def test_ofa_search(mobile: helpnas.Predictor) -> None:
    encoders = pytest.importorskip("ofa.nas.accuracy_predictor")
    algorithm = pytest.importorskip("ofa.nas.search_algorithm")
    encoder = encoders.MobileNetArchEncoder(image_size_list=[160, 192, 224])
    limit = float(np.median(mobile.predict(mobile.space.sample(200, seed=3))))
    finder = algorithm.EvolutionFinder(
        OFAEfficiency(mobile), StandInAccuracy(encoder), population_size=20, max_time_budget=5
    )
    _, (score, sample, latency) = finder.run_evolution_search(limit)
    assert latency <= limit and score == sum(sample["d"])
    arch = {**sample, "r": sample.pop("image_size")}
    assert mobile.predict([{key: arch[key] for key in ("ks", "e", "d", "r")}])[0] == latency
    zeros = encoder.feature2arch(encoder.arch2feature(arch_dict(arch)))
    assert OFAEfficiency(mobile).get_efficiency(zeros) == latency


def test_ofa_tutorial_search(mobile: helpnas.Predictor) -> None:
    tutorial = pytest.importorskip("ofa.tutorial.evolution_finder")
    limit = 30
    finder = tutorial.EvolutionFinder(
        "note10",
        limit,
        OFAEfficiency(mobile),
        StandInAccuracy(),
        population_size=20,
        max_time_budget=5,
    )
    _, (_, sample, latency) = finder.run_evolution_search()
    assert latency <= limit
    assert mobile.predict([{**sample, "r": sample["r"][0]}])[0] == latency


# ---- HAT -------------------------------------------------------------------------

CONFIG = {
    "encoder": {
        "encoder_embed_dim": 512,
        "encoder_layer_num": 6,
        "encoder_ffn_embed_dim": [3072, 2048, 3072, 1024, 3072, 3072],
        "encoder_self_attention_heads": [8, 8, 4, 8, 8, 4],
    },
    "decoder": {
        "decoder_embed_dim": 640,
        "decoder_layer_num": 4,
        "decoder_ffn_embed_dim": [2048, 3072, 3072, 1024, 3072, 2048],
        "decoder_self_attention_heads": [4, 8, 8, 4, 8, 4],
        "decoder_ende_attention_heads": [4, 8, 8, 4, 4, 8],
        "decoder_arbitrary_ende_attn": [-1, 1, 1, 2, 1, 2],
    },
}
GENES = [
    value
    for part in CONFIG.values()
    for values in part.values()
    for value in (values if isinstance(values, list) else [values])
]


def short(config: Dict[str, Any]) -> Dict[str, Any]:
    """The same with lists as long as the decoder has layers, as latency_dataset.py has them."""
    layers = config["decoder"]["decoder_layer_num"]
    cut = {k: v[:layers] if isinstance(v, list) else v for k, v in config["decoder"].items()}
    return {**config, "decoder": cut}


def test_hat_calls_as_its_evolution_does(transformer: helpnas.Predictor, tmp_path: Path) -> None:
    transformer.save(tmp_path / "pi.safetensors")
    predictor = LatencyPredictor(
        feature_norm=[640, 6], lat_norm=200, ckpt_path=str(tmp_path / "pi.safetensors")
    )
    with pytest.raises(ArgumentError, match="load_ckpt"):
        predictor.predict_lat(CONFIG)
    predictor.load_ckpt()
    expected = transformer.predict(np.array([GENES]))[0]
    found = predictor.predict_lat(CONFIG)
    assert type(found) is float and found == expected
    assert predictor.predict_lat(short(CONFIG)) == expected
    assert predictor.predict_lat(transformer.space.notation([GENES])[0]) == expected


def test_hat_gets_its_own_form_back(transformer: helpnas.Predictor) -> None:
    archs = transformer.space.notation(transformer.space.sample(20, seed=4))
    configs = [to_config(arch) for arch in archs]
    assert set(configs[0]) == {"encoder", "decoder"}
    assert set(configs[0]["decoder"]) == {
        "decoder_embed_dim",
        "decoder_layer_num",
        "decoder_ffn_embed_dim",
        "decoder_self_attention_heads",
        "decoder_ende_attention_heads",
        "decoder_arbitrary_ende_attn",
    }
    assert (transformer.space.genes(configs) == transformer.space.genes(archs)).all()
    with pytest.raises(ArgumentError, match="'ks' is not a key"):
        to_config({"ks": 3})


def test_hat_takes_a_population_at_once(transformer: helpnas.Predictor) -> None:
    other = {**CONFIG, "encoder": {**CONFIG["encoder"], "encoder_embed_dim": 640}}
    predictor = LatencyPredictor.of(transformer)
    both = predictor.predict_lats([CONFIG, other])
    assert both.tolist() == [predictor.predict_lat(CONFIG), predictor.predict_lat(other)]
    assert both[0] != both[1]


def test_hat_says_what_is_wrong(transformer: helpnas.Predictor, tmp_path: Path) -> None:
    with pytest.raises(helpnas.HelpIOError):
        LatencyPredictor(None, 200, tmp_path / "none").load_ckpt()
    with pytest.raises(ArgumentError, match="ckpt_path is None"):
        LatencyPredictor().load_ckpt()
    with pytest.raises(FormatError, match='no "decoder"'):
        LatencyPredictor.of(transformer).predict_lat({"encoder": CONFIG["encoder"]})


def test_hat_has_the_constructor_of_the_original() -> None:
    # The parameters of latency_predictor.py, in its order.
    LatencyPredictor(
        [640.0],
        200,
        "x.pt",
        lat_dataset_path="x.csv",
        feature_dim=10,
        hidden_dim=400,
        hidden_layer_num=3,
        train_steps=5000,
        bsz=128,
        lr=1e-5,
    )
    original = pytest.importorskip("latency_predictor").LatencyPredictor
    theirs = list(inspect.signature(original).parameters)
    assert theirs[:3] == list(inspect.signature(LatencyPredictor).parameters)[:3]


# ---- pymoo -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def moo() -> Any:
    pytest.importorskip("pymoo")
    import helpnas.integrations.pymoo as module

    return module


def minimize(moo: Any, problem: Any, generations: int = 8) -> Any:
    from pymoo.algorithms.moo.nsga2 import NSGA2
    from pymoo.operators.crossover.ux import UniformCrossover
    from pymoo.operators.mutation.pm import PM
    from pymoo.operators.sampling.rnd import IntegerRandomSampling
    from pymoo.optimize import minimize

    algorithm = NSGA2(
        pop_size=30,
        sampling=IntegerRandomSampling(),
        crossover=UniformCrossover(),
        mutation=PM(vtype=float),
        repair=moo.GeneRepair(),
    )
    return minimize(problem, algorithm, ("n_gen", generations), seed=1)


def test_pymoo_front(moo: Any, cells: helpnas.Predictor) -> None:
    batches: List[int] = []

    def accuracy(archs: List[str]) -> List[int]:
        batches.append(len(archs))
        return count_convolutions(archs)

    problem = moo.LatencyProblem(cells, accuracy, LIMIT)
    result = minimize(moo, problem)
    assert len(batches) == 8 and batches[0] == 30  # a population is one call
    archs = problem.archs(result.X)
    assert (result.F[:, 0] == -np.array(count_convolutions(archs))).all()
    assert (result.F[:, 1] == cells.predict(archs)).all() and (result.F[:, 1] <= LIMIT).all()
    assert len(set(archs)) == len(archs) and len(archs) > 1
    latency = cells.predict(archs)
    for slower in np.flatnonzero(latency > latency.min()):  # slower ones are better
        assert result.F[slower, 0] < result.F[latency.argmin(), 0]


def test_pymoo_refuses_nan_accuracy_and_keeps_failures_out(
    moo: Any, cells: helpnas.Predictor
) -> None:
    def trained(score: float) -> Any:
        return lambda archs: [1.0 if "nor_conv_3x3" in arch else score for arch in archs]

    made = moo.LatencyProblem(cells, trained(math.nan), 20.0)
    x = np.array([[3] * 6, [1] * 6])
    with pytest.raises(helpnas.CallbackError, match=r"row 1 of 2, \|skip_connect~0\|.*NaN"):
        made.evaluate(x)
    objectives, _ = moo.LatencyProblem(cells, trained(-math.inf), 20.0).evaluate(x)
    assert objectives[0, 0] == -1 and objectives[1].tolist() == [math.inf, math.inf]


def test_pymoo_without_a_feasible_solution_has_no_architectures(
    moo: Any, cells: helpnas.Predictor
) -> None:
    made = moo.LatencyProblem(cells, count_convolutions, 20.0)
    for nothing in (None, [], np.empty((0, 6))):
        assert made.archs(nothing) == [] and made.genes(nothing).shape == (0, 6)


def test_pymoo_draws_what_searches_draw(moo: Any, mobile: helpnas.Predictor) -> None:
    problem = moo.LatencyProblem(mobile, lambda rows: rows[:, -1], accuracy_genes=True)
    lowest, highest = problem.genes(problem.xl)[0], problem.genes(problem.xu)[0]
    assert (lowest[-1], highest[-1]) == (160, 224) and problem.n_ieq_constr == 0
    rows = mobile.space.sample(50, seed=4)
    again = problem.genes(problem.solutions(rows))
    assert (again == mobile.space.canonicalize(rows)).all()
    values = problem.evaluate(problem.solutions(rows))
    assert (values == np.column_stack([-rows[:, -1], mobile.predict(rows)])).all()
    rows[3, -1] = 128
    with pytest.raises(ArgumentError, match="row 3: gene 45 is 128, not one of 160"):
        problem.solutions(rows)


def test_pymoo_repair_sees_duplicates(moo: Any, mobile: helpnas.Predictor) -> None:
    problem = moo.LatencyProblem(mobile, len)
    shallow = np.zeros((2, 46))  # every depth is 2: blocks 2 and 3 of each stage are dead
    shallow[1, [2, 3, 22]] = 2.2
    repaired = moo.GeneRepair()._do(problem, shallow)
    assert repaired.dtype.kind == "i" and (repaired[0] == repaired[1]).all()


def test_pymoo_problem_is_checked_and_pickled(moo: Any, cells: helpnas.Predictor) -> None:
    for limit in (0, -1.0, math.nan):
        with pytest.raises(ArgumentError, match="max_latency_ms"):
            moo.LatencyProblem(cells, count_convolutions, limit)
    x = np.zeros((2, 6))
    with pytest.raises(ArgumentError, match="accuracy"):
        moo.LatencyProblem(cells, lambda archs: [1.0]).evaluate(x)
    problem = moo.LatencyProblem(cells, count_convolutions, LIMIT, level=0.9)
    again = pickle.loads(pickle.dumps(problem))
    upper = cells.interval(problem.genes(x), 0.9)[1]
    for made in (problem, again):
        objectives, constraints = made.evaluate(x)
        assert (objectives[:, 1] == upper).all() and (constraints[:, 0] == upper - LIMIT).all()


# ---- Optuna ----------------------------------------------------------------------


class Drawn:
    """A trial that chooses the last of everything."""

    def __init__(self) -> None:
        self.params: Dict[str, Any] = {}

    def suggest_categorical(self, name: str, choices: Any) -> Any:
        self.params[name] = choices[-1]
        return choices[-1]

    def row(self, predictor: helpnas.Predictor) -> Any:
        """What was chosen."""
        return row_of(genes_of(predictor.space), self.params)


def test_optuna_suggests_every_gene(mobile: helpnas.Predictor) -> None:
    trial = Drawn()
    row = suggest(trial, mobile.space)
    assert mobile.space.notation([row]) == [{"ks": [7] * 20, "e": [6] * 20, "d": [4] * 5, "r": 224}]
    constraint = LatencyConstraint(mobile, LIMIT)
    assert constraint(trial) == (float(mobile.predict([row])[0]) - LIMIT,)
    assert constraint.latency_ms([]).shape == (0,)
    with pytest.raises(UnsupportedError, match="constraints_func"):
        constraint.constrain([trial])
    del trial.params["d[3]"]
    with pytest.raises(ArgumentError, match=r"'ks\[0\]' has no choice among \['width'\]"):
        constraint(SimpleNamespace(params={"width": 3}))
    for limit in (math.nan, "20", None):
        with pytest.raises(ArgumentError, match="max_latency_ms"):
            LatencyConstraint(mobile, limit)  # type: ignore[arg-type]


def test_optuna_trials_pruned_before_their_choices_are_infeasible(
    cells: helpnas.Predictor,
) -> None:
    constraint, whole, begun = LatencyConstraint(cells, LIMIT), Drawn(), Drawn()
    suggest(whole, cells.space)
    begun.params = dict(list(whole.params.items())[:2])
    pruned = SimpleNamespace(params={})
    assert constraint(pruned) == constraint(begun) == (math.inf,)
    latency_ms = constraint.latency_ms([pruned, whole, begun])
    assert np.isnan(latency_ms).tolist() == [True, False, True]
    assert latency_ms[1] == constraint.latency_ms([whole])[0]


def test_optuna_study_goes_on_after_a_pruned_trial(cells: helpnas.Predictor) -> None:
    optuna = pytest.importorskip("optuna")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sampler = optuna.samplers.TPESampler(
            seed=1, constraints_func=LatencyConstraint(cells, LIMIT)
        )

    def objective(trial: Any) -> float:
        if trial.number % 2 == 0:
            raise optuna.TrialPruned
        suggest(trial, cells.space)
        return 1.0

    study = optuna.create_study(sampler=sampler)
    study.optimize(objective, n_trials=12)
    assert len(study.trials) == 12


class Constrained(Drawn):
    """A trial of Optuna 5, as far as ``constrain`` needs one."""

    def __init__(self) -> None:
        super().__init__()
        self.constraints: Dict[str, float] = {}

    def set_constraint(self, name: str, value: float) -> None:
        self.constraints[name] = value


def test_optuna_constraints_of_two_devices_are_two(cells: helpnas.Predictor) -> None:
    model = helpnas.load("nasbench201-paper")
    rows = model.reference_genes
    slow = model.adapt(rows, 2 * cells.predict(rows))
    trial = Constrained()
    suggest(trial, cells.space)
    both = LatencyConstraint(cells, 20.0), LatencyConstraint(slow, 20.0)
    for constraint in both:
        constraint.constrain([trial])
    assert len(trial.constraints) == 2
    assert tuple(trial.constraints.values()) == together(*both)(trial)
    assert trial.constraints[both[1].name] == float(slow.predict([trial.row(cells)])[0]) - 20
    assert LatencyConstraint(cells, 20.0, device="watch").name == "latency_ms watch"


def test_genes_by_name_in_a_space_of_texts() -> None:
    space = helpnas.Space.from_json(
        {
            "name": "own",
            "genes": [
                {"name": "op", "choices": ["a", "b", "c"], "drawn": ["c", "a"]},
                {"name": "size", "choices": [16, 32]},
            ],
        }
    )
    genes = genes_of(space)
    assert (genes[0].choices, genes[0].values) == (("c", "a"), (2, 0))
    assert row_of(genes, {"size": 32, "op": "c"}).tolist() == [2, 32]
    assert space.notation([suggest(Drawn(), space)]) == [{"op": "a", "size": 32}]
    with pytest.raises(ArgumentError, match="'op' is 'b', not one of 'c', 'a'"):
        row_of(genes, {"size": 32, "op": "b"})


def test_optuna_samplers_keep_the_constraint(cells: helpnas.Predictor) -> None:
    optuna = pytest.importorskip("optuna")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    constraint = LatencyConstraint(cells, LIMIT)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Optuna 5 deprecates it
        sampler = optuna.samplers.NSGAIISampler(
            population_size=10, seed=1, constraints_func=constraint
        )

    def objective(trial: Any) -> float:
        arch = cells.space.notation([suggest(trial, cells.space)])
        return float(count_convolutions(arch)[0])

    study = optuna.create_study(direction="maximize", sampler=sampler)
    study.optimize(objective, n_trials=60)
    genes = genes_of(cells.space)
    best = row_of(genes, study.best_trial.params)
    assert cells.predict([best])[0] <= LIMIT
    feasible = [t for t in study.trials if constraint(t)[0] <= 0]
    assert study.best_value == max(t.value for t in feasible)
    assert any(constraint(t)[0] > 0 for t in study.trials)


def test_optuna_batches(cells: helpnas.Predictor) -> None:
    optuna = pytest.importorskip("optuna")
    if not hasattr(optuna.trial.Trial, "set_constraint"):
        pytest.skip("this Optuna has no Trial.set_constraint")
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=1))
    constraint = LatencyConstraint(cells, LIMIT, level=0.9)
    trials = [study.ask() for _ in range(15)]
    rows = np.array([suggest(trial, cells.space) for trial in trials])
    latency = constraint.constrain(trials)
    assert (latency == cells.interval(rows, 0.9)[1]).all()
    for trial, score in zip(trials, count_convolutions(cells.space.notation(rows))):
        study.tell(trial, score)
    told = [trial.constraints[constraint.name] for trial in study.trials]
    assert told == (latency - LIMIT).tolist()
    assert study.best_trial.constraints[constraint.name] <= 0


# ---- NNI -------------------------------------------------------------------------

EDGES = ["0_1", "0_2", "1_2", "0_3", "1_3", "2_3"]  # in the order of the space's genes
OPERATIONS = ["none", "skip_connect", "conv_1x1", "conv_3x3", "avg_pool_3x3"]  # and choices


def nni_sample(row: Any) -> Dict[str, str]:
    """A row of genes as NNI's NasBench201 labels it."""
    return {f"cell/{edge}": OPERATIONS[gene] for edge, gene in zip(EDGES, row)}


def test_nni_profiles_samples(cells: helpnas.Predictor) -> None:
    rows = cells.space.sample(40, seed=5)
    profiler = LatencyProfiler(None, cells, to_arch=nasbench201_arch)
    samples = [nni_sample(row) for row in rows]
    assert (profiler.profile_batch(samples) == cells.predict(rows)).all()
    found = profiler.profile(samples[0])
    assert type(found) is float and found == cells.predict(rows[:1])[0]
    assert profiler.predict(SimpleNamespace(sample=samples[0]), model_type="torch") == found


def test_nni_labels_are_genes_by_default(mobile: helpnas.Predictor) -> None:
    row = mobile.space.sample(1, seed=6)[0]
    sample = dict(zip((gene.name for gene in genes_of(mobile.space)), row.tolist()))
    profiler = LatencyProfiler(None, mobile)
    assert profiler.profile(sample) == mobile.predict([row])[0]
    with pytest.raises(ArgumentError, match="'r' is 100, not one of 160"):
        profiler.profile({**sample, "r": 100})


def test_nni_says_what_is_wrong(cells: helpnas.Predictor) -> None:
    profiler = LatencyProfiler(None, cells, to_arch=nasbench201_arch)
    sample = nni_sample([0] * 6)
    with pytest.raises(FormatError, match="conv_5x5"):
        profiler.profile({**sample, "cell/1_2": "conv_5x5"})
    del sample["cell/2_3"]
    with pytest.raises(ArgumentError, match="'cell/2_3'"):
        profiler.profile(sample)
    with pytest.raises(ArgumentError, match="object without the sample"):
        profiler.predict(object())


def test_nni_filter_and_space(cells: helpnas.Predictor) -> None:
    hub = pytest.importorskip("nni.nas.hub.pytorch")
    filters = pytest.importorskip("nni.nas.oneshot.pytorch.profiler")
    from nni.nas.profiler import Profiler

    theirs = list(inspect.signature(Profiler.profile).parameters)
    assert theirs == list(inspect.signature(LatencyProfiler.profile).parameters)
    labels = hub.NasBench201().simplify()
    assert sorted(labels) == sorted(f"cell/{edge}" for edge in EDGES)
    draw = np.random.RandomState(1)
    profiler = LatencyProfiler(None, cells, to_arch=nasbench201_arch)
    keep = filters.RangeProfilerFilter(profiler, max=LIMIT)
    samples = [{k: m.random(random_state=draw) for k, m in labels.items()} for _ in range(50)]
    kept = [keep(sample) for sample in samples]
    assert kept == (profiler.profile_batch(samples) <= LIMIT).tolist()
    assert any(kept) and not all(kept)


# ---- all of them -----------------------------------------------------------------


def test_a_level_gives_upper_ends(
    mobile: helpnas.Predictor, transformer: helpnas.Predictor, cells: helpnas.Predictor
) -> None:
    archs = mobile.space.notation(mobile.space.sample(5, seed=7))
    upper = mobile.interval(archs, 0.9)[1]
    assert (OFAEfficiency(mobile, level=0.9).get_efficiencies(archs) == upper).all()
    assert (upper > mobile.predict(archs)).all()
    assert (
        LatencyPredictor.of(transformer, level=0.8).predict_lat(CONFIG)
        == (transformer.interval([CONFIG], 0.8)[1][0])
    )
    sample = nni_sample([3] * 6)
    assert (
        LatencyProfiler(None, cells, nasbench201_arch, level=0.9).profile(sample)
        == (cells.interval([nasbench201_arch(sample)], 0.9)[1][0])
    )


def test_a_level_is_refused_at_once(predictor: helpnas.Predictor) -> None:
    with pytest.raises(UnsupportedError, match="deviations"):
        LatencyConstraint(predictor, LIMIT, level=0.9)
    with pytest.raises(UnsupportedError, match="deviations"):
        LatencyProfiler(None, predictor, level=0.9)


@pytest.mark.parametrize("level", [0.0, 1.0, -0.5, math.nan])
def test_a_level_is_between_0_and_1(cells: helpnas.Predictor, level: float) -> None:
    with pytest.raises(ArgumentError, match="level"):
        LatencyConstraint(cells, LIMIT, level=level)
