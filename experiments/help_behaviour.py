"""How searches behave: a front, limits that nothing is within, cancelling."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Tuple

from help_markdown import table
from help_table5 import OnceForAll

import helpnas


def behaviour(shared: Path) -> List[str]:
    """A front, a limit that nothing is within, a search that is cancelled."""
    device = OnceForAll(shared)
    return [
        "Once-for-all on the Titan RTX, batches of 64, ten references, the published accuracy "
        "predictor; one thread.",
        table(["", "result", "seconds"], list(behaviour_rows(device))),
    ]


def behaviour_rows(device: OnceForAll) -> Iterator[List[Any]]:
    """All lines of the table."""
    yield front_row(device)
    yield infeasible_row(device, 5.0)
    yield rare_row(device, 12.0)
    yield from cancelled_rows(device)


def front_row(device: OnceForAll) -> List[Any]:
    """A Pareto front in one run."""
    begin = time.process_time()
    found = device.ours.pareto(
        accuracy=device.accuracy, max_latency_ms=30.0, reference=(30.0, 0.75), seed=0
    )
    seconds = time.process_time() - begin
    spread = f"{found.latency_ms.min():.1f} to {found.latency_ms.max():.1f} ms, " + (
        f"{100 * found.accuracy.min():.1f} to {100 * found.accuracy.max():.1f} %"
    )
    return [
        "front within 30 ms, `pareto(reference=(30, 0.75))`",
        f"{len(found)} architectures, {spread}; {found.evaluations:,} evaluations; hypervolume "
        f"{found.hypervolume:.4f} ms",
        f"{seconds:.1f}",
    ]


def infeasible_row(device: OnceForAll, limit_ms: float) -> List[Any]:
    """A limit that no architecture is within."""
    begin = time.process_time()
    try:
        device.ours.search(max_latency_ms=limit_ms, accuracy=device.accuracy)
    except helpnas.InfeasibleError as error:
        seconds = time.process_time() - begin
        return [f"limit {limit_ms:g} ms", f"InfeasibleError: {error}", f"{seconds:.2f}"]
    raise SystemExit(f"a search within {limit_ms:g} ms found something")


def rare_row(device: OnceForAll, limit_ms: float) -> List[Any]:
    """A limit that a random architecture is hardly ever within."""
    drawn = device.ours.space.sample(10_000, seed=0)
    within = int((device.ours.interval(drawn)[1] <= limit_ms).sum())
    begin = time.process_time()
    found = device.ours.search(max_latency_ms=limit_ms, accuracy=device.accuracy, top_k=1)
    seconds = time.process_time() - begin
    result = f"{100 * found.accuracy[0]:.2f} %, upper end {found.upper_ms[0]:.2f} ms"
    return [
        f"limit {limit_ms:g} ms, which {within} of 10,000 drawn are within",
        result,
        f"{seconds:.1f}",
    ]


def cancelled_rows(device: OnceForAll) -> Iterator[List[Any]]:
    """How long searches go on after another thread has asked them to end; the worst of five."""
    scored: Dict[str, Callable[[Any], Any]] = {
        "accuracy inside the library": device.accuracy,
        "accuracy in Python": lambda archs: device.accuracy.predict(archs),
    }
    for name, accuracy in scored.items():
        waits, kept = zip(*(cancelled_search(device, accuracy) for _ in range(5)))
        result = f"CancelledError; its result has the {min(kept)} best so far"
        yield [f"cancelled after 0.2 s, {name}", result, f"{max(waits):.4f}"]


def cancelled_search(device: OnceForAll, accuracy: Callable[[Any], Any]) -> Tuple[float, int]:
    """Seconds from the request to the search's end, and how many results it leaves."""
    asked: List[float] = []
    with helpnas.CancelFlag() as flag:

        def request() -> None:
            asked.append(time.perf_counter())
            flag.request()

        timer = threading.Timer(0.2, request)
        timer.start()
        try:
            device.ours.search(
                max_latency_ms=28.0, accuracy=accuracy, generations=100_000, cancel=flag
            )
        except helpnas.CancelledError as error:
            return time.perf_counter() - asked[0], len(error.result)
        finally:
            timer.join()
    raise SystemExit("a search was over before it was cancelled")
