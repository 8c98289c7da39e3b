"""Closing, free order, pickling, and many threads."""

from __future__ import annotations

import copy
import gc
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, List

import numpy as np
import pytest
from conftest import latency_of

import helpnas


def make_model(data: bytes) -> helpnas.Model:
    return helpnas.Model.from_bytes(data)


def test_closing_twice_is_closing_once(small_model_file: bytes) -> None:
    model = make_model(small_model_file)
    assert not model.closed and "nasbench201" in repr(model)
    model.close()
    model.close()
    assert model.closed and repr(model) == "Model(closed)"
    for use in (lambda: model.references, lambda: model.space, model.to_bytes, model.__enter__):
        with pytest.raises(helpnas.HandleError, match="closed"):
            use()


def test_with_closes(small_model_file: bytes) -> None:
    with make_model(small_model_file) as model:
        assert len(model.references) == 10
    assert model.closed


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (1, 3, 0, 2)])
def test_objects_may_be_freed_in_any_order(small_model_file: bytes, order: Any) -> None:
    model = make_model(small_model_file)
    rows = model.reference_genes
    predictor = model.adapt(rows, latency_of(model.space, rows))
    handles: List[Any] = [model, model.space, predictor, predictor.space]
    wanted = predictor.predict(rows)
    for position in order:
        if not predictor.closed:
            assert (predictor.predict(rows) == wanted).all()
        handles[position].close()
        gc.collect()


def test_a_users_space_is_its_own(model: helpnas.Model) -> None:
    model.space.close()
    assert len(model.references) == 10


def test_copies_go_through_the_file_format(predictor: helpnas.Predictor) -> None:
    rows = predictor.space.sample(20)
    for other in (pickle.loads(pickle.dumps(predictor)), copy.copy(predictor)):
        assert (other.predict(rows) == predictor.predict(rows)).all()


def test_many_threads_share_a_predictor(predictor: helpnas.Predictor) -> None:
    rows = predictor.space.sample(500)
    wanted = predictor.predict(rows)
    with ThreadPoolExecutor(8) as pool:
        for found in pool.map(lambda _: predictor.predict(rows), range(64)):
            assert (found == wanted).all()


def test_errors_belong_to_their_thread(space: helpnas.Space) -> None:
    def fail(row: int) -> bool:
        rows = np.zeros((50, 6), np.int32)
        rows[row, 0] = 100 + row
        for _ in range(50):
            with pytest.raises(helpnas.ArchitectureError) as caught:
                space.check(rows)
            assert caught.value.row == row and str(row) in str(caught.value)
        return True

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(fail, range(50)))


def test_closing_waits_for_running_calls(small_model_file: bytes) -> None:
    model = make_model(small_model_file)
    rows = model.reference_genes
    ms = latency_of(model.space, rows)
    archs = model.space.sample(3000)
    for _ in range(10):
        predictor = model.adapt(rows, ms)
        wanted = predictor.predict(archs)
        outcomes: List[Any] = []

        def use(predictor: helpnas.Predictor = predictor, outcomes: List[Any] = outcomes) -> None:
            try:
                while True:
                    outcomes.append(predictor.predict(archs))
            except helpnas.HandleError:
                pass

        threads = [threading.Thread(target=use) for _ in range(4)]
        for thread in threads:
            thread.start()
        predictor.close()
        for thread in threads:
            thread.join()
        assert all((found == wanted).all() for found in outcomes)


def test_models_are_made_in_parallel(small_model_file: bytes) -> None:
    def work(seed: int) -> Any:
        with make_model(small_model_file) as model:
            rows = model.reference_genes
            with model.adapt(rows, latency_of(model.space, rows), samples=3, seed=1) as phone:
                return phone.predict(rows)

    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(work, range(24)))
    assert all((each == found[0]).all() for each in found)
