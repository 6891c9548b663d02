"""Where a benchmark runs: its own home folder, the packaged encoder, a scratch folder."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs

from summitqa.encoder import Encoder
from summitqa.model import load_encoder
from summitqa.settings import DEFAULT_MODEL


def home() -> Path:
    """Give the folder that the peers' environment is kept in between runs."""
    named = os.environ.get("SUMMITQA_BENCH_HOME")
    return Path(named) if named else Path(platformdirs.user_cache_dir("summitqa-benchmarks"))


def encoder_here() -> Encoder:
    """Load the package's encoder."""
    return load_encoder(home(), DEFAULT_MODEL)


@contextmanager
def scratch() -> Iterator[Path]:
    """Give a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="summitqa-bench-") as folder:
        yield Path(folder)
