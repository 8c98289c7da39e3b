"""What a fleet costs on this machine, and what it survives:  fleet.py PART [FOLDER]

PART is one of

speed    devices x limits a second: one process, 1 and 2 workers, a Ray cluster of two nodes
kill     a node of two is killed in the middle, then the driver: are all rows there, and the same?
farm     ten made-up agents: two die, one lies, one drifts
devices  ten thousand made-up devices: rows a second, and the memory of the driver
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, Dict, List, Optional

import numpy as np

import helpnas
from helpnas import fleet
from helpnas.fleet.farm_agent import Measured
from helpnas.fleet.pools import Call

MODEL = "nasbench201-paper"
LIMITS = [6.0, 8.0, 10.0, 12.0, 15.0]
#: Evolution that takes about a quarter of a second.
SEARCH = {"strategy": "evolve", "generations": 30, "top_k": 3, "seed": 1}


def devices(count: int, seed: int = 0) -> List[fleet.Device]:
    """Made-up devices: a price for each operation at each place, 2 % noise; ten rows each."""
    model = helpnas.load(MODEL)
    space, random = model.own_space, np.random.default_rng(seed)
    pool = space.sample(300, seed=seed)
    rows = pool[model.select(pool, 10)]
    features = space.encode(rows).reshape(len(rows), -1)
    macs = space.macs(rows)
    found = []
    for number in range(count):
        prices = random.lognormal(-4, 0.7, features.shape[1])
        latency = 1 + 4e-8 * macs * random.lognormal(0, 0.2) + features @ prices
        noise = random.lognormal(0, 0.02, len(rows))
        found.append(fleet.Device(f"device{number:05}", rows, latency * noise))
    return found


def cluster(processors: int = 1) -> Any:
    """A Ray cluster of two nodes on this machine, to which this process belongs."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ.setdefault("PYTHONPATH", str(Path(helpnas.__file__).parents[1]))
    from ray.cluster_utils import Cluster

    node = {"num_cpus": processors, "object_store_memory": 10**8}
    made = Cluster(initialize_head=True, head_node_args={**node, "include_dashboard": False})
    made.add_node(**node)
    made.connect()
    warm_up(2)
    return made


def leave(made: Any) -> None:
    """End a cluster that this process belongs to."""
    import ray

    ray.shutdown()
    made.shutdown()


def warm_up(nodes: int) -> None:
    """Wait until every node has a worker that has loaded the library."""
    import ray

    def where() -> str:
        helpnas.load(MODEL)
        time.sleep(0.2)
        return str(ray.get_runtime_context().get_node_id())

    asked = ray.remote(where).options(scheduling_strategy="SPREAD")
    while len(set(ray.get([asked.remote() for _ in range(4)]))) < nodes:
        pass


def same(first: Path, second: Path) -> str:
    """Whether two folders have the same rows, bit for bit, each once."""
    texts = []
    for path in (first, second):
        rows = fleet.read_results(path).to_pylist()
        keys = [row["key"] for row in rows]
        texts.append({row["key"]: repr(row) for row in rows})
        print(f"  {path.name}: {len(rows)} rows, {len(rows) - len(set(keys))} twice")
    return "the same bits" if texts[0] == texts[1] else "DIFFERENT"


def speed(folder: Path) -> None:
    """Devices x limits a second, the best of three turns: other programs run here, too."""
    model, count = helpnas.load(MODEL), 12
    work = fleet.search(model, devices(count), LIMITS, "macs", [SEARCH])
    pools: Dict[str, Any] = {
        "one process, no pool": fleet.InProcess,
        "1 worker": lambda: fleet.LocalPool(1),
        "2 workers": lambda: fleet.LocalPool(2),
        "Ray, two nodes": fleet.RayPool,
    }
    made = cluster()
    best = dict.fromkeys(pools, 0.0)
    for turn in range(3):
        for name, pool in pools.items():
            best[name] = max(best[name], rows_a_second(work, folder / f"{name}-{turn}", pool()))
    for name, rows in best.items():
        print(f"{name:24} {rows:7.1f} rows/s", flush=True)
    overhead(folder)
    leave(made)


def rows_a_second(work: fleet.Work, folder: Path, pool: fleet.Pool) -> float:
    """How fast a pool is, from the first row to the last."""
    times: List[float] = []
    fleet.map(work, folder, pool, progress=lambda step: times.append(time.monotonic()))
    return (len(times) - 1) / (times[-1] - times[0])


def overhead(folder: Path) -> None:
    """What a task costs that does next to nothing, called one at a time and in batches."""
    work = fleet.adapt(helpnas.load(MODEL), devices(200))
    tasks = list(work.tasks())
    for name, pool in (("process", fleet.LocalPool(1)), ("Ray", fleet.RayPool())):
        pool.start(work.program)
        for size in (1, 50):
            alone = fleet.InProcess()
            alone.start(work.program)
            seconds = []
            for each in (alone, pool):
                calls = [Call(n, tasks[n : n + size]) for n in range(0, len(tasks), size)]
                for call in calls[:1] * 3:
                    each.submit(call)
                    each.wait()
                begin = time.perf_counter()
                for call in calls:
                    each.submit(call)
                    each.wait()
                seconds.append(time.perf_counter() - begin)
            cost = 1e3 * (seconds[1] - seconds[0]) / len(tasks)
            print(f"overhead a task, {name}, calls of {size:2}: {cost:6.2f} ms", flush=True)
        pool.close()


def kill(folder: Path) -> None:
    """A node, then a driver, is ended by SIGKILL."""
    model = helpnas.load(MODEL)
    work = fleet.search(model, devices(16), LIMITS, "macs", [SEARCH])
    fleet.map(work, folder / "undisturbed", fleet.LocalPool(2))
    made = cluster()
    victim = made.worker_nodes.copy().pop()
    raylet = victim.all_processes["raylet"][0].process.pid
    killed: List[str] = []

    def kill_at(step: fleet.Progress) -> None:
        if step.done >= 25 and not killed:
            ended = [raylet, *children(raylet)]
            for process in ended:
                os.kill(process, signal.SIGKILL)
            killed.append(f"{len(ended)} processes killed after {step.done} of {step.total} rows")

    outcome = fleet.map(work, folder / "node-killed", fleet.RayPool(), retries=5, progress=kill_at)
    print(f"{killed[0]}: {outcome.again} tasks sent again, {len(outcome.lost)} lost")
    compared = same(folder / "node-killed", folder / "undisturbed")
    print(f"node killed, against undisturbed: {compared}")
    leave(made)
    kill_driver(folder, work)


def children(process: int) -> List[int]:
    """The processes that a process has begun: a node's workers."""
    listed = Path(f"/proc/{process}/task/{process}/children").read_text()
    return [int(word) for word in listed.split()]


def kill_driver(folder: Path, work: fleet.Work) -> None:
    """The driver is ended by SIGKILL, and the run resumed."""
    target = folder / "driver-killed"
    driver = subprocess.Popen([sys.executable, __file__, "drive", str(folder)])
    while rows_in(target) < 30:
        time.sleep(0.1)
    os.kill(driver.pid, signal.SIGKILL)
    driver.wait()
    outcome = fleet.map(work, target, fleet.LocalPool(2))
    print(f"driver killed: {outcome.before} rows were there, {outcome.done} done after resuming")
    print(f"resumed, against undisturbed: {same(target, folder / 'undisturbed')}")


def rows_in(folder: Path) -> int:
    """How many rows there are."""
    try:
        return int(fleet.read_results(folder).num_rows)
    except helpnas.HelpIOError:
        return 0


def drive(folder: Path) -> None:
    """The driver that ``kill`` ends."""
    work = fleet.search(helpnas.load(MODEL), devices(16), LIMITS, "macs", [SEARCH])
    fleet.map(work, folder / "driver-killed", fleet.LocalPool(2))


class MadeUpDevice:
    """A bench of a farm; see ``farm``."""

    def __init__(
        self, seed: int, dies_at: Optional[int] = None, lies: bool = False, slower: float = 0.0
    ) -> None:
        self.random = np.random.default_rng(seed)
        self.dies_at, self.lies, self.slower, self.orders = dies_at, lies, slower, 0
        self.space = helpnas.Space("nasbench201")
        self.prices = self.random.lognormal(-4, 0.7, self.space.feature_count)
        self.speed = 4e-8 * self.random.lognormal(0, 0.3)

    def true_ms(self, archs: Any) -> Any:
        features = self.space.encode(archs).reshape(len(archs), -1)
        return 1 + self.speed * self.space.macs(archs) + features @ self.prices

    def __call__(self, order: Dict[str, Any], model: Any, beat: Any) -> Measured:
        number, self.orders = self.orders, self.orders + 1
        time.sleep(0.2)
        if number == self.dies_at:
            raise SystemExit
        if self.lies:
            return Measured([5.0] * order["count"], 0.0)
        noise = self.random.lognormal(0, 0.01, order["count"])
        latency = self.true_ms(order["archs"]) * noise * (1 + self.slower) ** number
        return Measured(latency.tolist(), 0.01)


def farm(folder: Path) -> None:
    """Ten agents beside eight devices: two share theirs with one that dies."""
    plan = fleet.FarmPlan(rows=4, narrow=0.03, most=40, lease_s=1.0)
    benches: Dict[str, MadeUpDevice] = {f"agent{n}": MadeUpDevice(n) for n in range(10)}
    benches["agent0"].dies_at = 1
    benches["agent1"].dies_at = 2
    benches["agent2"].lies = True
    benches["agent3"].slower = 0.04
    beside = {name: name.replace("agent", "phone") for name in benches}
    beside["agent8"], beside["agent9"] = "phone0", "phone1"
    for old, new in (("agent0", "agent8"), ("agent1", "agent9")):
        benches[new].prices, benches[new].speed = benches[old].prices, benches[old].speed
    begin = time.monotonic()
    coordinator = fleet.Coordinator(
        helpnas.load(MODEL), folder / "farm", plan,
        say=lambda text: print(f"  {time.monotonic() - begin:5.1f} s  {text}", flush=True),
    )  # fmt: skip
    with coordinator:
        serve(coordinator, benches, beside)
        status = coordinator.status()
        for name, each in status["devices"].items():
            print(f"  {name}: {each['rows']} rows, width {each['width']}, {each['over']}")
        for agent, device in beside.items():
            if status["devices"][device]["over"] and benches[agent].dies_at is None:
                judge(coordinator, device, benches[agent])
    rows = fleet.read_results(folder / "farm").to_pylist()
    measured = [(row["device"], row["arch"]) for row in rows if row["status"] == "measured"]
    print(f"  {len(measured)} rows measured, {len(measured) - len(set(measured))} twice")


def serve(coordinator: fleet.Coordinator, benches: Dict[str, Any], beside: Dict[str, str]) -> None:
    """Every agent in a thread, through HTTP, until they are done."""
    server = fleet.FarmServer(coordinator, "a token for this run alone")
    serving = threading.Thread(target=server.run)
    serving.start()
    desk = fleet.HttpDesk(server.url, "a token for this run alone")
    threads = [
        threading.Thread(target=agent_run, args=(desk, name, beside[name], bench))
        for name, bench in benches.items()
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    server.stop()
    serving.join()


def agent_run(desk: Any, name: str, device: str, bench: Any) -> None:
    """An agent; one that dies leaves its order as it is."""
    try:
        fleet.Agent(desk, name, device, bench, sleep=lambda seconds: time.sleep(0.2)).run()
    except SystemExit:
        print(f"         ({name} dies)", flush=True)


def judge(coordinator: fleet.Coordinator, device: str, bench: MadeUpDevice) -> None:
    """How far a device's predictor is from the truth."""
    held_out = bench.space.sample(500, seed=77)
    truth = bench.true_ms(held_out)
    with coordinator.predictor(device) as predictor:
        error = np.abs(predictor.predict(held_out) / truth - 1)
        lower, upper = predictor.interval(held_out)
    inside = np.mean((lower <= truth) & (truth <= upper))
    print(f"  {device}: median error {np.median(error):.1%}, in the 90 % interval {inside:.0%}")


def peak_mb() -> float:
    """Of this process's memory."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def thousands(folder: Path, count: int = 10_000) -> None:
    """Ten thousand devices x five limits, and the predictors of all."""
    model = helpnas.load(MODEL)
    begin = time.monotonic()
    given = devices(count)
    print(f"{count} devices made in {time.monotonic() - begin:.1f} s; driver {peak_mb():.0f} MB")
    candidates = model.own_space.sample(200, seed=5)
    settings = [{"top_k": 3, "candidates": candidates.tolist()}]
    works = {
        "adapt": fleet.adapt(model, given),
        "search": fleet.search(model, given, LIMITS, "macs", settings),
    }
    for name, work in works.items():
        begin = time.monotonic()
        outcome = fleet.map(work, folder / name, fleet.LocalPool(2))
        seconds = time.monotonic() - begin
        size = sum(path.stat().st_size for path in (folder / name).iterdir()) / 2**20
        print(
            f"{name}: {outcome.done} rows in {seconds:.0f} s, {outcome.done / seconds:.0f} rows/s, "
            f"{outcome.failed} failed; driver's peak {peak_mb():.0f} MB; folder {size:.0f} MB",
            flush=True,
        )  # fmt: skip
        begin = time.monotonic()
        again = fleet.map(work, folder / name)
        print(f"  again: {again.before} rows found in {time.monotonic() - begin:.1f} s", flush=True)


PARTS: Dict[str, Any] = {
    "speed": speed, "kill": kill, "farm": farm, "devices": thousands, "drive": drive,
}  # fmt: skip


def main() -> None:
    """One part."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("part", choices=sorted(PARTS))
    parser.add_argument("folder", nargs="?", type=Path, help="kept; default a temporary one")
    options = parser.parse_args()
    if options.folder is not None:
        PARTS[options.part](options.folder)
        return
    folder = Path(tempfile.mkdtemp(prefix="fleet-"))
    try:
        PARTS[options.part](folder)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
