"""A farm behind HTTP: who may ask, how much, and agents through it."""

from __future__ import annotations

import http.client
import json
import shutil
import subprocess
import threading
from pathlib import Path
from typing import Any, Dict, Iterator, Optional, Tuple

import pytest

for package in ("pyarrow", "fastapi", "uvicorn"):
    pytest.importorskip(package, reason=f"{package} is not installed")

from conftest import REPOSITORY  # noqa: E402
from fleet_agents import SPACE, MadeUpDevice  # noqa: E402

import helpnas  # noqa: E402
from helpnas import fleet  # noqa: E402
from helpnas.fleet.farm_plan import LateError, UnknownAgentError  # noqa: E402
from helpnas.fleet.farm_server import LARGEST_BODY  # noqa: E402

TOKEN = "a-token-that-nobody-guesses"


@pytest.fixture(scope="module")
def farm(tmp_path_factory: Any) -> Iterator[fleet.Coordinator]:
    model = helpnas.load("nasbench201-paper")
    plan = fleet.FarmPlan(narrow=0.06)
    path = tmp_path_factory.mktemp("farm")
    with fleet.Coordinator(model, path, plan, pool=SPACE.sample(60, seed=1)) as made:
        yield made


@pytest.fixture(scope="module")
def port(farm: fleet.Coordinator) -> Iterator[int]:
    """Where the farm is served."""
    server = fleet.FarmServer(farm, TOKEN)
    thread = threading.Thread(target=server.run)
    thread.start()
    yield int(server.url.rpartition(":")[2])
    server.stop()
    thread.join()


def ask(
    port: int, path: str, body: Optional[bytes] = None, token: str = TOKEN
) -> Tuple[int, Dict[str, Any]]:
    """Status and JSON of an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    headers = {"Authorization": f"Bearer {token}"}
    connection.request("GET" if body is None else "POST", path, body, headers)
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


def test_an_agent_measures_through_http(farm: fleet.Coordinator, port: int) -> None:
    desk = fleet.HttpDesk(f"http://127.0.0.1:{port}/", TOKEN)
    why = fleet.Agent(desk, "a/b c", "phone", MadeUpDevice(1)).run()
    assert "the interval is within" in why
    assert desk.status()["devices"]["phone"]["over"] == why
    assert farm.predictor("phone").predict(SPACE.sample(3)).min() > 0


def test_models_come_through_http(port: int) -> None:
    pytest.importorskip("onnx", reason="onnx is not installed")
    desk = fleet.HttpDesk(f"http://127.0.0.1:{port}", TOKEN)
    desk.join("a/b c", "tablet")
    order = desk.order("a/b c")
    expected = helpnas.measuring.build_model(SPACE, order["archs"][1])
    assert desk.model("a/b c", order["order"], 1) == expected
    with pytest.raises(helpnas.HelpIOError, match="index is 9"):
        desk.model("a/b c", order["order"], 9)


def test_errors_arrive_as_what_they_are(port: int) -> None:
    desk = fleet.HttpDesk(f"http://127.0.0.1:{port}", TOKEN)
    with pytest.raises(UnknownAgentError, match="has not joined"):
        desk.order("nobody")
    desk.join("late", "watch")
    with pytest.raises(LateError, match="no longer one of late's|no longer, one of late's"):
        desk.beat("late", 3)
    with pytest.raises(helpnas.HelpIOError, match="agent is not a name"):
        desk.join("", "watch")


@pytest.mark.parametrize("path", ["/v1/status", "/v1/model/1/1/a"])
def test_without_the_token_nothing_is_said(port: int, path: str) -> None:
    assert ask(port, path, token="wrong") == (401, {"error": "the token is missing or wrong"})
    assert ask(port, "/v1/join", b"{}", token="")[0] == 401


@pytest.mark.parametrize(
    "body, status, reason",
    [
        (b"x" * (LARGEST_BODY + 1), 413, "more than 65536 bytes"),
        (b"no", 400, "not JSON"),
        (b"[" * 60000, 400, "not JSON"),
        (b"[]", 400, "not a JSON object"),
        (b'{"agent": "a", "device": "b", "more": 1}', 400, "unknown argument 'more'"),
        (b'{"agent": "a"}', 400, "missing 1 required"),
        (b'{"agent": ["a"], "device": "b"}', 400, "agent is not a name"),
    ],
)
def test_bodies_are_checked_before_use(port: int, body: bytes, status: int, reason: str) -> None:
    found, answer = ask(port, "/v1/join", body)
    assert found == status and reason in answer["error"]


def test_other_paths_are_not_there(port: int) -> None:
    for path in ("/", "/docs", "/openapi.json", "/v1/close"):
        assert ask(port, path)[0] == 404


def test_nobody_at_an_address_says_so() -> None:
    desk = fleet.HttpDesk("http://127.0.0.1:9", TOKEN)
    pauses = []
    agent = fleet.Agent(desk, "a", "phone", MadeUpDevice(1), sleep=pauses.append)
    with pytest.raises(helpnas.HelpIOError, match="http://127.0.0.1:9: .*refused"):
        agent.run(tries=3)
    assert len(pauses) == 2


def test_an_agent_keeps_what_it_measured_until_it_has_arrived(farm: fleet.Coordinator) -> None:
    class Flaky:
        """Loses the first post."""

        lost = False

        def __getattr__(self, name: str) -> Any:
            if name == "post" and not self.lost:
                self.lost = True
                raise helpnas.HelpIOError("nobody answers")
            return getattr(farm, name)

    bench = MadeUpDevice(3)
    agent = fleet.Agent(Flaky(), "flaky", "flaky phone", bench, sleep=lambda seconds: None)
    assert "the interval is within" in agent.run()
    orders = farm.status()["devices"]["flaky phone"]["rows"] / 4
    assert bench.orders <= orders + 1


def test_tokens_are_long_and_for_their_owner_alone(tmp_path: Path) -> None:
    token = fleet.read_token(tmp_path / "token")
    assert len(token) > 40 and fleet.read_token(tmp_path / "token") == token
    assert (tmp_path / "token").stat().st_mode & 0o777 == 0o600
    (tmp_path / "token").write_text("short")
    with pytest.raises(helpnas.ArgumentError, match="fewer than 16"):
        fleet.read_token(tmp_path / "token")


def test_servers_are_checked(farm: fleet.Coordinator, port: int) -> None:
    with pytest.raises(helpnas.ArgumentError, match="token has 5 characters"):
        fleet.FarmServer(farm, "short")
    with pytest.raises(helpnas.ArgumentError, match="belong together"):
        fleet.FarmServer(farm, TOKEN, certificate="cert.pem")
    with pytest.raises(helpnas.HelpIOError, match=f"127.0.0.1:{port}: .*in use"):
        fleet.FarmServer(farm, TOKEN, port=port)


def test_the_agent_in_c_measures(farm: fleet.Coordinator, port: int, tmp_path: Path) -> None:
    pytest.importorskip("onnx", reason="onnx is not installed")
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("cc is not installed")
    program = tmp_path / "agent"
    flags = ["-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror"]
    source = REPOSITORY / "examples" / "farm" / "agent.c"
    subprocess.run([compiler, *flags, source, "-o", program], check=True)
    (tmp_path / "token").write_text("another-token-than-that")
    # The size of a model in place of its latency.
    bench = tmp_path / "bench.sh"
    bench.write_text('#!/bin/sh\nwc -c < "$1" | sed "s/$/e-5/"\n')
    bench.chmod(0o755)
    command = [program, "127.0.0.1", str(port), tmp_path / "token", "c-agent", "board", bench]
    refused = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert refused.returncode == 1 and "token is missing or wrong" in refused.stderr
    (tmp_path / "token").write_text(TOKEN)
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    status = farm.status()["devices"]["board"]
    assert status["over"] is not None and status["rows"] >= 4 and '"over"' in done.stdout
