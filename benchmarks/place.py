"""Where a benchmark runs: its own home folder, the packaged encoder, a scratch folder."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs

from summitqa.retrieval import Models
from summitqa.settings import Settings
from summitqa_index.models import load_encoder, load_reader


def home() -> Path:
    """Give the folder that the peers' environment is kept in between runs."""
    named = os.environ.get("SUMMITQA_BENCH_HOME")
    return Path(named) if named else Path(platformdirs.user_cache_dir("summitqa-benchmarks"))


def models_here() -> Models:
    """Load the packaged models."""
    chosen = Settings(home=home())
    return Models(load_encoder(chosen.home, chosen.model), load_reader(chosen.home, chosen.reader))


@contextmanager
def scratch() -> Iterator[Path]:
    """Give a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="summitqa-bench-") as folder:
        yield Path(folder)
