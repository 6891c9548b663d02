"""What people's own questions get: in an encyclopedia's article, and on a community's shelf."""

from collections.abc import Sequence
from pathlib import Path

from benchmarks import natural
from benchmarks.asking import (
    Asking,
    ask_all,
    calibration,
    elsewhere,
    of_kind,
    own,
    ranking,
    refused,
    separation,
    share,
)
from benchmarks.corpus import (
    ANSWERABLE,
    CONVERSATION,
    NEAR_TOPIC,
    OFF_TOPIC,
    Asked,
    Corpus,
    store_of,
)
from benchmarks.figure import Figure
from summitqa.answer import Band
from summitqa.folder.store import Store
from summitqa.retrieval import Models
from summitqa_bot.wording.talk import Kind, kind_of

# recall@1, recall@3 and the quote, end to end.
_SAID = "lines of conversation not searched for"
_ON_SHELF = (0.65, 0.82, 0.50)
_FLOORS = {natural.WIKI: (0.84, 0.95, 0.68), **dict.fromkeys(natural.REPORTED_SHELVES, _ON_SHELF)}


def measure(data: Path, models: Models, folder: Path, every: int = 1) -> list[Figure]:
    """Measure on the parts that nothing was fitted on; of the questions, every so many-th."""
    corpora = natural.reported(data)
    stores = {
        name: store_of(corpus.articles, models.encoder, folder / name)
        for name, corpus in corpora.items()
    }
    asked = {
        name: ask_all(stores[name], models, _of(corpus, (ANSWERABLE, NEAR_TOPIC), every), own)
        for name, corpus in corpora.items()
    }
    wiki = corpora[natural.WIKI]
    slugs = [article.slug for article in wiki.articles]
    away = ask_all(stores[natural.WIKI], models, _of(wiki, (ANSWERABLE,), every), elsewhere(slugs))
    lines = {
        name: _of(corpora[name], (OFF_TOPIC, CONVERSATION), every)
        for name in natural.REPORTED_SHELVES
    }
    return [
        *(figure for name, askings in asked.items() for figure in _finding(name, askings)),
        *_answered(asked),
        *(one for name, said in lines.items() for one in _lines(name, stores[name], models, said)),
        share(f"off-topic refused, {natural.WIKI}, of another article", away, None, refused),
        *_judged(asked),
    ]


def _of(corpus: Corpus, kinds: Sequence[str], every: int) -> list[Asked]:
    """Give every so many-th question of each kind."""
    each = [[asked for asked in corpus.questions if asked.kind == kind] for kind in kinds]
    return [asked for some in each for asked in some[::every]]


def _finding(name: str, askings: Sequence[Asking]) -> list[Figure]:
    one, three, quote = _FLOORS[name]
    known = of_kind(ANSWERABLE, askings)
    right = [asking for asking in known if asking.rank == 1]
    return [
        *ranking(name, known, one, three),
        share(f"quote holds the answer, {name}, end to end", known, quote, _quoted),
        share(f"quote holds the answer, {name}, passage right", right, None, _quoted),
    ]


def _quoted(asking: Asking) -> float:
    return float(asking.quoted)


def _answered(asked: dict[str, list[Asking]]) -> list[Figure]:
    def figure(name: str, askings: Sequence[Asking], floor: float | None) -> Figure:
        known = of_kind(ANSWERABLE, askings)
        return share(
            f"answerable questions answered, {name}", known, floor, lambda one: 1 - refused(one)
        )

    parts = [figure(name, askings, None) for name, askings in asked.items()]
    return [figure("all", _together(asked), 0.97), *parts]


def _together(asked: dict[str, list[Asking]]) -> list[Asking]:
    return [asking for askings in asked.values() for asking in askings]


def _lines(name: str, store: Store, models: Models, lines: Sequence[Asked]) -> list[Figure]:
    """Ask lines that nothing on the shelf answers; the product searches for no small talk."""
    off = ask_all(store, models, [line for line in lines if line.kind == OFF_TOPIC], own)
    said = [line for line in lines if line.kind == CONVERSATION]
    searched = [line for line in said if kind_of(line.text) is Kind.QUESTION]
    answered = [one for one in ask_all(store, models, searched, own) if one.answer.found]
    return [
        share(f"off-topic refused, {name}", off, 0.95, refused),
        Figure(f"{_SAID}, {name}", 1 - len(searched) / len(said)),
        Figure(f"{_SAID}, or refused, {name}", 1 - len(answered) / len(said)),
    ]


def _judged(asked: dict[str, list[Asking]]) -> list[Figure]:
    """Hold confidence to what it says; a near-topic question's first passage is never right."""
    together = _together(asked)
    strong = [asking for asking in together if _strong(asking)]
    right = [share("of “strong” answers right, all", strong, 0.90)] if strong else []
    near = [
        share(f"near-topic refused, {name}", of_kind(NEAR_TOPIC, askings), None, refused)
        for name, askings in asked.items()
    ]
    areas = [
        separation(f"AUROC, answerable against near-topic, {name}", askings)
        for name, askings in asked.items()
    ]
    return [
        *right,
        share("answers called “strong”, all", together, None, _strong),
        calibration("expected calibration error, all", together, 0.05),
        separation("AUROC, answerable against near-topic, all", together, 0.70),
        *areas,
        *near,
    ]


def _strong(asking: Asking) -> float:
    return float(asking.answer.found and asking.answer.band is Band.STRONG)
