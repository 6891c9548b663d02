"""Train encoder and reader: ``python -m training``, which ``make train`` calls.

Two at a time, each on one thread; the same seed gives the same weights on the same machine.
"""

import argparse
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from benchmarks.corpus import DATA
from training.groups import FOLDS, READ_FOLD
from training.run import encoders, readers


def main() -> None:
    """Train everything; afterwards ``python -m training.judging`` fits what is judged by."""
    options = _options()
    given = (options.data, options.out, options.every)
    options.out.mkdir(parents=True, exist_ok=True)
    others = [FOLDS, *(fold for fold in range(FOLDS) if fold != READ_FOLD)]
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        first = pool.submit(encoders, *given, [READ_FOLD])
        rest = pool.submit(encoders, *given, others)
        first.result()
        pool.submit(readers, *given).result()
        rest.result()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the data sets")
    parser.add_argument("--out", type=Path, default=Path("trained"), help="where to write weights")
    parser.add_argument("--every", type=int, default=1, help="of the questions, every so many-th")
    return parser.parse_args()


if __name__ == "__main__":
    main()
