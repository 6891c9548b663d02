"""The machine, the day and the versions that figures were measured on."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

_PACKAGES = ("summitqa", "numpy", "onnxruntime", "faiss-cpu", "tokenizers", "sentence-transformers")


def today() -> str:
    """Give the day and the machine."""
    when = datetime.now(UTC).date().isoformat()
    return (
        f"{when} on {_processor()}, {os.cpu_count()} cores, {platform.system()} "
        f"{platform.release()}"
    )


def described() -> str:
    """Give the day, the machine and the versions, as a line of the page."""
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    return f"Measured {today()} · Python {platform.python_version()} · {packages}\n"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next(
        (line.split(":")[1].strip() for line in lines if line.startswith("model name")), "?"
    )
