"""Islands as actors of a Ray cluster."""

from __future__ import annotations

from typing import Any, List

from ..models import Predictor
from .islands import Island, IslandPlan
from .ray_pool import ray_module

#: How often an island is begun again that its node took with it, for one call.
_TRIES = 3


class RayIslands:
    """Islands of which each is an actor; one that is lost goes on elsewhere from its last call.

    Args:
        ray: the package, connected (``ray_pool.connect``).
        predictor, plan, count: as for ``IslandsHere``.

    Attributes:
        actors: one for each island.
    """

    def __init__(self, ray: Any, predictor: Predictor, plan: IslandPlan, count: int) -> None:
        self._ray = ray
        # Without a processor of their own: they wait most of the time.
        self._kind = ray.remote(_IslandActor).options(num_cpus=0, scheduling_strategy="SPREAD")
        self._states: List[bytes] = [
            ray.cloudpickle.dumps(Island(predictor, plan, number)) for number in range(count)
        ]
        self.actors = [self._kind.remote(state) for state in self._states]

    def call(self, number: int, method: str, *arguments: Any) -> Any:
        """See ``Islands``.

        Raises:
            RayError: the island was lost several times in a row.
        """
        errors = self._ray.exceptions
        for left in reversed(range(_TRIES)):
            try:
                reply = self.actors[number].call.remote(method, *arguments)
                answer, self._states[number] = self._ray.get(reply)
                return answer
            except errors.RayTaskError as error:
                raise error.cause from error
            except errors.RayError:
                if not left:
                    raise
                self.actors[number] = self._kind.remote(self._states[number])
        raise AssertionError("the last try returns or raises")

    def close(self) -> None:
        """See ``Islands``; the cluster stays."""
        for actor in self.actors:
            self._ray.kill(actor)


class _IslandActor:
    """An island, and what it is after each call, for another actor to go on from."""

    def __init__(self, state: bytes) -> None:
        self._pickle = ray_module().cloudpickle
        self._island = self._pickle.loads(state)

    def call(self, method: str, *arguments: Any) -> Any:
        answer = getattr(self._island, method)(*arguments)
        return answer, self._pickle.dumps(self._island)
