"""Whether a change left every answer as it was: ``python -m benchmarks.same --write FILE``.

The natural shelves, and a part of SQuAD, are asked, each question of its article and of the whole
shelf, and so is a grown shelf where ``--grown`` names a size. What came out is written down, a line
of JSON a question, by the code before a change; the code after it is held to that with
``--against FILE``. Numbers are compared as they are, not rounded: nothing may change in any bit.
"""

import argparse
import hashlib
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import growth
from benchmarks.corpus import DATA, REPORTED, Asked, read, store_of
from benchmarks.natural import every_corpus
from benchmarks.place import models_here, scratch
from summitqa.answer import Answer
from summitqa.evidence import Evidence
from summitqa.folder.store import Store
from summitqa.question import Question
from summitqa.retrieval import Models, Search

_TOP = 10
_GROWN = 80  # of the grown shelf's questions, every so many-th
_NUMBERS = ("passages", "sentences", "firsts")
_VALUES = ("similarity", "bm25", "coverage", "headings", "lengths")
# A line by what was asked: the shelf, the article (or None for all of it), the question.
Lines = dict[tuple[str, str | None, str], dict[str, Any]]


def main() -> int:
    """Write down what comes out, or compare it; 1 where anything differs."""
    options = _options()
    models = models_here()
    with nullcontext(options.keep) if options.keep else scratch() as folder:
        lines = dict(_lines(options, models, folder))
    if options.write:
        rows = (json.dumps([*asked, found]) + "\n" for asked, found in lines.items())
        options.write.write_text("".join(rows), "utf-8")
        return 0
    raw = [json.loads(row) for row in options.against.read_text("utf-8").splitlines()]
    return _compared({(shelf, article, text): found for shelf, article, text, found in raw}, lines)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.same", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the data sets")
    parser.add_argument("--every", type=int, default=1, help="of the questions, so many-th")
    parser.add_argument("--keep", type=Path, help="a folder to keep the indexes in")
    parser.add_argument("--grown", type=int, default=0, help="articles of a grown shelf, too")
    parser.add_argument("--evidence", action="store_true", help="only what speaks for passages")
    task = parser.add_mutually_exclusive_group(required=True)
    task.add_argument("--write", type=Path, help="write down what comes out")
    task.add_argument("--against", type=Path, help="hold what comes out to what was written")
    return parser.parse_args()


def _lines(
    options: argparse.Namespace, models: Models, folder: Path
) -> Iterator[tuple[tuple[str, str | None, str], dict[str, Any]]]:
    for name, corpus, every in every_corpus(options.data):
        store = store_of(corpus.articles, models.encoder, folder / name)
        asked = corpus.questions[:: every * options.every]
        yield from _asked(options, name, store, asked, models)
    if options.grown:
        corpus = read(options.data / REPORTED)
        store = growth.store_of(corpus, models, options.grown, folder / "grown")
        everywhere = [Asked(one.text, None) for one in corpus.questions[:: _GROWN * options.every]]
        yield from _asked(options, f"grown {options.grown}", store, everywhere, models)


def _asked(
    options: argparse.Namespace, name: str, store: Store, asked: Sequence[Asked], models: Models
) -> Iterator[tuple[tuple[str, str | None, str], dict[str, Any]]]:
    places = dict.fromkeys((at, one.text) for one in asked for at in (one.article, None))

    def found(place: tuple[str | None, str]) -> dict[str, Any]:
        question = Question.read(place[1], models.encoder)
        search = Search(store, question, place[0], None if options.evidence else models.reader)
        told = {"evidence": digest(search.evidence)}
        if not options.evidence:
            told |= exactly(models.ask(store, place[1], place[0], _TOP))
        return told

    with ThreadPoolExecutor(2) as pool:
        for place, told in zip(places, pool.map(found, places), strict=True):
            yield (name, *place), told
    print(f"{name}: {len(places)} asked", file=sys.stderr)


def digest(evidence: Evidence) -> str:
    """Digest what speaks for each passage, to the last bit, whatever integers it is counted in."""
    parts = [np.asarray(getattr(evidence, name), np.int64).tobytes() for name in _NUMBERS]
    parts += [np.asarray(getattr(evidence, name), np.float32).tobytes() for name in _VALUES]
    parts.append(repr((float(evidence.cosine), evidence.total)).encode())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def exactly(answer: Answer) -> dict[str, Any]:
    """Give an answer as JSON, but for the version, with its numbers as they are beside it."""
    told = answer.to_json()
    del told["index_version"]
    numbers = [answer.confidence, *((one.score, one.probability) for one in answer.matches)]
    return {"answer": told, "numbers": repr(numbers)}


def _compared(before: Lines, after: Lines) -> int:
    counts: Counter[tuple[str, str, bool]] = Counter()
    shown: Counter[str] = Counter()
    for asked, found in after.items():
        known = before.get(asked, {})
        for part, value in found.items():
            same = known.get(part) == value
            counts[asked[0], part, same] += 1
            shown[part] += not same
            if not same and shown[part] <= 10:
                print(f"{part} differs: {asked}")
    for name, part in dict.fromkeys(key[:2] for key in counts):
        same, other = counts[name, part, True], counts[name, part, False]
        print(f"{name}, {part}: {same} of {same + other} the same")
    print(f"{len(before.keys() - after.keys())} that were written down were not asked")
    return int(any(shown.values()))


if __name__ == "__main__":
    raise SystemExit(main())
