"""A farm's coordinator behind HTTP, for agents that cannot join a cluster.

``POST /v1/join``, ``order``, ``beat`` and ``post`` take a JSON object with the arguments of the
coordinator's method; ``GET /v1/model/ORDER/INDEX/AGENT`` gives an ONNX model, ``GET /v1/status``
the state.  Every request has the header ``Authorization: Bearer TOKEN``.
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
import socket
from pathlib import Path as FilePath
from typing import Any, Awaitable, Callable, Dict, Mapping, Optional

from .._c.errors import ArgumentError, HelpError, HelpIOError
from .._c.handles import Path
from ..measuring.optional_packages import optional
from .columns import EXTRA
from .farm import Coordinator
from .farm_plan import LateError, UnknownAgentError

#: Bytes that a request's body may have.
LARGEST_BODY = 65536
#: Characters of a token at least.
SHORTEST_TOKEN = 16
#: The coordinator's methods that agents call -> the names of their arguments.
_CALLS: Mapping[str, frozenset[str]] = {
    "join": frozenset({"agent", "device"}),
    "order": frozenset({"agent"}),
    "beat": frozenset({"agent", "order"}),
    "post": frozenset({"agent", "order", "latency_ms", "repeatability"}),
}
#: The first that an error is one of.
_STATUS = ((UnknownAgentError, 404), (LateError, 409), (OSError, 507), (HelpError, 400))
Endpoint = Callable[[Any], Awaitable[Any]]


class _Refusal(Exception):
    """An HTTP status, and why."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


def make_app(coordinator: Coordinator, token: str) -> Any:
    """A FastAPI application, for any ASGI server; ``FarmServer`` runs it.

    Raises:
        ArgumentError: the token has fewer than 16 characters.
        ImportError: FastAPI is not installed.
    """
    if len(token) < SHORTEST_TOKEN:
        raise ArgumentError(f"token has {len(token)} characters; {SHORTEST_TOKEN} are needed")
    fastapi = optional("fastapi", EXTRA)
    app = fastapi.FastAPI(title="helpnas farm", docs_url=None, redoc_url=None, openapi_url=None)
    for name, arguments in _CALLS.items():
        endpoint = _guarded(token, _calling(getattr(coordinator, name), arguments))
        app.add_route(f"/v1/{name}", endpoint, methods=["POST"])
    model = "/v1/model/{order:int}/{index:int}/{agent:path}"
    app.add_route(model, _guarded(token, _model(coordinator)), methods=["GET"])
    app.add_route("/v1/status", _guarded(token, _status(coordinator)), methods=["GET"])
    return app


def _calling(method: Callable[..., Any], names: frozenset[str]) -> Endpoint:
    async def call(request: Any) -> Any:
        arguments = await _body(request)
        unknown = sorted(set(arguments) - names)
        if unknown:
            raise _Refusal(400, f"unknown argument {unknown[0][:40]!r}")
        return _json(200, await _apart(lambda: _called(method, arguments)))

    return call


def _called(method: Callable[..., Any], arguments: Dict[str, Any]) -> Any:
    try:
        return method(**arguments)
    except TypeError as error:
        raise _Refusal(400, str(error)) from None


def _model(coordinator: Coordinator) -> Endpoint:
    async def call(request: Any) -> Any:
        path = request.path_params
        arguments = path["agent"], path["order"], path["index"]
        data = await _apart(lambda: coordinator.model(*arguments))
        responses = optional("fastapi.responses", EXTRA)
        return responses.Response(data, media_type="application/octet-stream")

    return call


def _status(coordinator: Coordinator) -> Endpoint:
    async def call(request: Any) -> Any:
        return _json(200, await _apart(coordinator.status))

    return call


def _guarded(token: str, endpoint: Endpoint) -> Endpoint:
    """The endpoint for those who have the token; its errors as JSON with a status."""
    wanted = f"Bearer {token}".encode()

    async def guarded(request: Any) -> Any:
        given = request.headers.get("authorization", "").encode()
        if not hmac.compare_digest(given, wanted):
            return _json(401, {"error": "the token is missing or wrong"})
        try:
            return await endpoint(request)
        except _Refusal as refusal:
            return _json(refusal.status, {"error": str(refusal)})
        except (HelpError, OSError, ImportError) as error:
            status = next((code for kind, code in _STATUS if isinstance(error, kind)), 500)
            return _json(status, {"error": str(error)})

    return guarded


async def _body(request: Any) -> Dict[str, Any]:
    """The JSON object of a request, read no further than a body may be long."""
    data = b""
    async for part in request.stream():
        data += part
        if len(data) > LARGEST_BODY:
            raise _Refusal(413, f"the body has more than {LARGEST_BODY} bytes")
    try:
        body = json.loads(data)
    except (ValueError, RecursionError):
        raise _Refusal(400, "the body is not JSON") from None
    if not isinstance(body, dict):
        raise _Refusal(400, "the body is not a JSON object")
    return body


async def _apart(call: Callable[[], Any]) -> Any:
    """What a call returns that takes long: others are answered meanwhile."""
    concurrency = optional("fastapi.concurrency", EXTRA)
    return await concurrency.run_in_threadpool(call)


def _json(status: int, content: Any) -> Any:
    responses = optional("fastapi.responses", EXTRA)
    return responses.JSONResponse(content, status_code=status)


def read_token(path: Path) -> str:
    """The token of a file; where there is none, a new one is written, for its owner's eyes only.

    Raises:
        ArgumentError: the file has a token that is too short.
    """
    file = FilePath(path)
    if not file.exists():
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(handle, "w", encoding="utf-8") as new:
            new.write(secrets.token_urlsafe(32) + "\n")
    token = file.read_text(encoding="utf-8").strip()
    if len(token) < SHORTEST_TOKEN:
        raise ArgumentError(f"{file}: the token has fewer than {SHORTEST_TOKEN} characters")
    return token


class FarmServer:
    """Serves a coordinator.

    Args:
        coordinator: of the farm; it is not closed at the end.
        token: that agents must have.
        host, port: to listen at; 0 is any free port.
        certificate, key: PEM files; with them it speaks TLS, and else plain HTTP, which belongs
            behind a proxy that speaks TLS, or on a network that nobody else reads.

    Attributes:
        url: where agents ask.

    Raises:
        ArgumentError: of the token, or one of certificate and key alone.
        HelpIOError: the address cannot be listened at; says why.
        ImportError: FastAPI or uvicorn is not installed.
    """

    def __init__(
        self,
        coordinator: Coordinator,
        token: str,
        host: str = "127.0.0.1",
        port: int = 0,
        certificate: Optional[Path] = None,
        key: Optional[Path] = None,
    ) -> None:
        if (certificate is None) != (key is None):
            raise ArgumentError("certificate and key belong together: give both or none")
        uvicorn = optional("uvicorn", EXTRA)
        app = make_app(coordinator, token)
        config = uvicorn.Config(app, log_level="warning", ssl_certfile=certificate, ssl_keyfile=key)
        try:
            self._socket = socket.create_server((host, port))
        except OSError as error:
            raise HelpIOError(f"{host}:{port}: {error.strerror}") from None
        scheme = "http" if certificate is None else "https"
        self.url = f"{scheme}://{host}:{self._socket.getsockname()[1]}"
        self._server = uvicorn.Server(config)

    def run(self) -> None:
        """Serve until Ctrl-C, or until another thread calls ``stop``."""
        with self._socket:
            self._server.run(sockets=[self._socket])

    def stop(self) -> None:
        """End ``run``."""
        self._server.should_exit = True
