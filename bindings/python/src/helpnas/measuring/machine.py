"""What the machine is, and what on it disturbs a measurement."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Any, Dict, List, Optional

#: Load above which a warning is given.
_LOAD_LIMIT = 0.5
_CPUINFO = Path("/proc/cpuinfo")
_CPUS = Path("/sys/devices/system/cpu")
#: Keys of /proc/cpuinfo, the first that is there: x86, then boards with ARM.
_CPU_KEYS = ("model name", "Model", "Hardware", "cpu model")


def identity() -> Dict[str, Any]:
    """The processor, the cores this process may use, and the system."""
    return {
        "cpu": cpu_model(),
        "cores": core_count(),
        "machine": platform.machine(),
        "system": f"{platform.system()} {platform.release().partition('-')[0]}",
    }


def cpu_model(cpuinfo: Path = _CPUINFO) -> str:
    """The processor's name as the system reports it, else its architecture."""
    known: Dict[str, str] = {}
    try:
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            key, _, value = line.partition(":")
            known.setdefault(key.strip(), value.strip())
    except OSError:
        pass
    names = [known[key] for key in _CPU_KEYS if known.get(key)]
    return names[0] if names else platform.processor() or platform.machine()


def core_count() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def load() -> Optional[float]:
    """Mean number of running programs in the last minute; None where it is not known."""
    try:
        return os.getloadavg()[0]
    except (AttributeError, OSError):
        return None


def governor(cpus: Path = _CPUS) -> Optional[str]:
    """How the clock rates of the cores are chosen; None if the system does not say."""
    try:
        return (cpus / "cpu0" / "cpufreq" / "scaling_governor").read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None


def warnings(busy: Optional[float], scaling: Optional[str]) -> List[str]:
    """What disturbs a measurement that begins now, in sentences.

    Args:
        busy: of ``load()``.
        scaling: of ``governor()``.
    """
    found: List[str] = []
    if busy is not None and busy > _LOAD_LIMIT:
        cores = core_count()
        found.append(
            f"the load was {busy:.1f} on {cores} cores when measuring began: other programs "
            "take caches, memory and time, and latencies are too high"
        )
    if scaling not in (None, "performance"):
        found.append(
            f"the processor's clock rate changes (governor {scaling!r}): "
            "set it to 'performance' with cpupower frequency-set -g performance"
        )
    return found
