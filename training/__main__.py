"""Train encoder and reader: ``python -m training``, which ``make train`` calls.

Each fold is trained without a third of the articles and shelves and measured on them; the last
run leaves nothing out. Two at a time, each on one thread; the same seed gives the same weights
on the same machine.
"""

import argparse
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from benchmarks.corpus import DATA
from training.groups import FOLDS
from training.run import run


def main() -> None:
    """Train every fold and the whole, or the one that is named."""
    options = _options()
    chosen = range(FOLDS + 1) if options.fold is None else [options.fold]
    options.out.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        runs = [pool.submit(run, options.data, options.out, one, options.every) for one in chosen]
        for one in runs:
            print(one.result(), flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the data sets")
    parser.add_argument("--out", type=Path, default=Path("trained"), help="where to write weights")
    parser.add_argument("--fold", type=int, choices=range(FOLDS + 1), help="only this run")
    parser.add_argument("--every", type=int, default=1, help="of the questions, every so many-th")
    return parser.parse_args()


if __name__ == "__main__":
    main()
