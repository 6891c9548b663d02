"""What teaching a shelf brings, and what it harms: ``python -m benchmarks.teaching``.

The questions that a passage answers are dealt into ten parts. In each of ten rounds one part is
taught, every question with its passage, and all else is asked. Writes ``docs/teaching.md``.
"""

import argparse
import random
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks import natural
from benchmarks.corpus import DATA, Corpus, missing, store_of
from benchmarks.place import models_here, scratch
from benchmarks.rewordings import OTHER, PEOPLE, REWORDED, Group, Put, groups, same_answer, written
from summitqa.answer import Answer
from summitqa.folder.store import Store
from summitqa.lessons import Lessons
from summitqa.phrasing import Phrasing
from summitqa.question import Question
from summitqa.retrieval import Models, retrieve
from summitqa.taught import Pair, places_of
from summitqa.teaching import taught_first

PAGE = Path(__file__).parents[1] / "docs" / "teaching.md"
ROUNDS, _TOP = 10, 3
SHARING, UNTOUCHED = "another's words for it", "untouched"
_REPORTED = " (to report)"
_KINDS = (REWORDED, SHARING, UNTOUCHED, OTHER)


@dataclass(frozen=True, slots=True)
class Round:
    """A question asked while some are taught; ``kind``: one of ``_KINDS``.

    ``before``, ``after``: whether the first passage is right; ``likeness``: how surely it was taken
    for a taught one, ``taken``: the confidence then, both 0 where it was not; ``changed``: whether
    another passage comes first.
    """

    kind: str
    answerable: bool
    before: bool
    after: bool
    likeness: float
    taken: float
    changed: bool


def rounds(group: Group, store: Store, models: Models) -> Iterator[Round]:
    """Teach a tenth of a group after the other, and ask all the rest."""
    asked = [Question.read(put.text, models.encoder) for put in group.puts]
    found = [retrieve(store, one, group.article, _TOP, models.reader) for one in asked]
    dealt = [n for n, put in enumerate(group.puts) if put.kind == PEOPLE and put.of.places]
    random.Random(group.name).shuffle(dealt)
    for first in range(ROUNDS):
        part = dealt[first::ROUNDS]
        if not part:
            continue
        lessons = _lessons(group, store, [(group.puts[n], asked[n]) for n in part])
        taught = [group.puts[n].of for n in part]
        for number, put in enumerate(group.puts):
            about = put.of in taught
            if number in part or (put.kind != PEOPLE and not about):
                continue
            sharing = any(same_answer(put.of, one) for one in taught)
            kind = put.kind if put.kind != PEOPLE else SHARING if sharing else UNTOUCHED
            lesson = lessons.met(asked[number], group.article)
            after = found[number]
            if lesson:
                after = taught_first(after, lesson, store, asked[number], models.reader)
            likeness = lesson.likeness if lesson and after.taught else 0.0
            yield _round(put, kind, found[number], after, likeness)


def _lessons(group: Group, store: Store, taught: Sequence[tuple[Put, Question]]) -> Lessons:
    pairs = tuple(_pair(group, put) for put, _ in taught)
    return Lessons(
        version=store.version,
        pairs=pairs,
        places=tuple(places_of(pairs, store)),
        phrasings=tuple(Phrasing.of(question) for _, question in taught),
        vectors=np.stack([question.sentence for _, question in taught]),
    )


def _pair(group: Group, put: Put) -> Pair:
    slug, number = put.of.places[0]
    return Pair.of(put.text, group.articles[slug], number)


def _round(put: Put, kind: str, before: Answer, after: Answer, likeness: float) -> Round:
    return Round(
        kind=kind,
        answerable=put.known and bool(put.of.places),
        before=_right(put, before),
        after=_right(put, after),
        likeness=likeness,
        taken=after.confidence if after.taught else 0.0,
        changed=_first(before) != _first(after),
    )


def _first(answer: Answer) -> tuple[str, int] | None:
    if not answer.matches:
        return None
    citation = answer.matches[0].citation
    return citation.article.slug, citation.passage.number


def _right(put: Put, answer: Answer) -> bool:
    return put.known and _first(answer) in put.of.places


def page(parts: Sequence[tuple[str, Sequence[Round]]], milliseconds: float) -> str:
    """Set what was measured."""
    lines = [_ABOUT.format(written()), f"| {' | '.join(_COLUMNS)} |", "|---" * len(_COLUMNS) + "|"]
    for name, some in parts:
        for kind in _KINDS:
            of_kind = [one for one in some if one.kind == kind]
            if of_kind:
                lines.append(_row(name, kind, of_kind))
    fitted, reported = (
        [one for name, some in parts for one in some
         if name.endswith(_REPORTED) is held_back and one.taken and one.kind != OTHER]
        for held_back in (False, True)
    )  # fmt: skip
    lines += ["", _confidence(fitted, reported), "", _COST.format(milliseconds), ""]
    return "\n".join(lines)


def _row(name: str, kind: str, some: Sequence[Round]) -> str:
    known = [one for one in some if one.answerable]
    shares = [f"{np.mean([hit]):.3f}" for hit in _recalls(known)] if known else ["", ""]
    moves = [
        sum(one.taken > 0 for one in some),
        sum(one.changed for one in some),
        sum(one.after and not one.before for one in some),
        sum(one.before and not one.after for one in some),
    ]
    cells = [name, kind, f"{len(some):,}", *shares, *map(str, moves)]
    return f"| {' | '.join(cells)} |"


def _recalls(known: Iterable[Round]) -> tuple[float, float]:
    both = np.asarray([(one.before, one.after) for one in known], float).mean(axis=0)
    return float(both[0]), float(both[1])


def _confidence(fitted: Sequence[Round], reported: Sequence[Round]) -> str:
    """Tell whether the confidence means what it says: of all, and of the surer half alone."""
    return (
        f"Of the {len(fitted)} that were taken for a taught one on the parts to fit on, near "
        f"misses aside, {_sure(fitted)}; of the surer half {_sure(_half(fitted, 1))}, of the other "
        f"{_sure(_half(fitted, 0))}. Of the {len(reported)} on the parts to report, "
        f"{_sure(reported)}. An untouched question is asked ten times here and a reworded one "
        "once, so that of fifty questions one repeats what was taught; the rarer that is, the more "
        "the confidence says too much."
    )


def _half(taken: Sequence[Round], which: int) -> Sequence[Round]:
    ordered = sorted(taken, key=lambda one: one.taken)
    return ordered[len(ordered) // 2 :] if which else ordered[: len(ordered) // 2]


def _sure(taken: Sequence[Round]) -> str:
    said, alike, right = (
        np.mean([getattr(one, name) for one in taken]) for name in ("taken", "likeness", "after")
    )
    return f"{right:.2f} were right; the confidence said {said:.2f} (their likeness {alike:.2f})"


_ABOUT = """# What teaching brings

By `python -m benchmarks.teaching`. Of each shelf, and of each article, the questions that a passage
answers are dealt into ten parts; in ten rounds one part is taught, each question with its passage,
and the rest is asked. Counted over the ten rounds together, so that an untouched question is asked
in each:

- *reworded*: a taught question in other words, one for each of {} questions of the shelves to fit
  on, written for this by a language model that had the question in sight
  ([natural/rewordings.jsonl](../benchmarks/natural/rewordings.jsonl));
- *another's words for it*: people's own questions with the same answer as a taught one;
- *untouched*: people's own questions that share their answer with none that is taught;
- *another question*: near misses, written with those rewordings: nearly the same words, another
  thing asked. To be taken for the taught one is wrong for nearly all of them.

When a question is taken for a taught one was fitted by `python -m training.likeness` on the parts
to fit on, the written ones among them, which count five times, and its rules were made with them in
sight. That command prints precision and recall across three folds. Encoder and reader were trained
on the parts to fit on, too: their recall before is higher than it would be elsewhere.
"""
_COLUMNS = (
    "part", "asked", "how often", "recall@1 before", "after", "taken for a taught one",
    "another passage first", "for the better", "for the worse",
)  # fmt: skip
_COST = (
    "To look a question up among 2,000 taught ones takes {:.2f} ms (median), once it is encoded."
)


def cost(models: Models, puts: Sequence[Put], store: Store, group: Group) -> float:
    """Give the median milliseconds of looking a question up among 2,000."""
    known = [put for put in puts if put.kind == PEOPLE and put.of.places]
    some = [known[n % len(known)] for n in range(2000)]
    asked = {put.text: Question.read(put.text, models.encoder) for put in known}
    lessons = _lessons(group, store, [(put, asked[put.text]) for put in some])
    taken = []
    for put in puts[:200]:
        question = Question.read(put.text, models.encoder)
        began = time.perf_counter()
        lessons.met(question, None)
        taken.append((time.perf_counter() - began) * 1000)
    return float(np.median(taken))


def _measured(corpora: dict[str, Corpus], models: Models, folder: Path) -> Iterator[list[Round]]:
    for name, corpus in corpora.items():
        store = store_of(corpus.articles, models.encoder, folder / name)
        print(f"{name} …", file=sys.stderr)
        yield [one for group in groups(name, corpus) for one in rounds(group, store, models)]


def main() -> int:
    """Measure, print, and write the page; 2 where the data is not there."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.teaching", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the data sets")
    parser.add_argument("--out", type=Path, default=PAGE, help="where to write the page")
    options = parser.parse_args()
    lacking = missing(options.data)
    if lacking:
        print(lacking, file=sys.stderr)
        return 2
    models = models_here()
    fitted, reported = natural.fitted(options.data), natural.reported(options.data)
    names = [*fitted, *(f"{name}{_REPORTED}" for name in reported)]
    with scratch() as folder:
        measured = [*_measured(fitted, models, folder),
                    *_measured(reported, models, folder / "reported")]  # fmt: skip
        shelf = next(iter(natural.FITTED_SHELVES))
        (group,) = groups(shelf, fitted[shelf])
        store = store_of(fitted[shelf].articles, models.encoder, folder / shelf)
        taken = cost(models, group.puts, store, group)
    told = page(list(zip(names, measured, strict=True)), taken)
    options.out.write_text(told, "utf-8")
    print(told)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
