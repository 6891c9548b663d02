"""People's own questions, set apart into what is fitted on and what is reported."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.corpus import ANSWERABLE, FITTING, REPORTED, Asked, Corpus, Place, holds, read
from benchmarks.place import scratch
from summitqa.article import Article
from summitqa.settings import Settings
from summitqa_index.sources.passages import slugify
from summitqa_index.sources.shelf import Shelf, read_sources

HERE = Path(__file__).with_name("natural")
# Shelves to fit on, and which of the folds leaves each out.
FITTED_SHELVES = {
    "guild": 0, "newsroom": 1, "workshop": 2,
    "faculty": 0, "league": 1, "parley": 2,
    "borough": 0, "commons": 1, "darkroom": 2,
}  # fmt: skip
WIKI, SHELF = "natural-wiki", "community shelf"
REPORTED_SHELVES = {SHELF: "town", "rescue shelf": "relief"}
_QUESTIONS, _MORE = HERE / "wiki.jsonl", HERE / "wiki-fit.jsonl"
_LINES = "lines"
_SQUAD = 4  # of its questions, every so many-th

Line = dict[str, Any]


def reported(data: Path) -> dict[str, Corpus]:
    """Give what is reported and never fitted on: two shelves, and articles of the data folder."""
    wiki = _wiki(data, (_QUESTIONS,), reported_titles())
    return {WIKI: wiki} | {called: shelf(name) for called, name in REPORTED_SHELVES.items()}


def fitted(data: Path) -> dict[str, Corpus]:
    """Give what may be fitted on: nine shelves, and the other articles of the data folder."""
    titles = set(_titles()) - set(reported_titles())
    wiki = _wiki(data, (_QUESTIONS, _MORE), titles)
    return {WIKI: wiki} | {name: shelf(name) for name in FITTED_SHELVES}


def reported_titles() -> list[str]:
    """Give the titles of the articles to report on, every fourth from the fourth."""
    return _titles()[3::4]


def every_corpus(data: Path) -> Iterator[tuple[str, Corpus, int]]:
    """Give what there is to ask, SQuAD too, by name, and of which every so many-th question."""
    for kind, found in (("", fitted), ("reported ", reported)):
        for name, corpus in found(data).items():
            yield kind + name, corpus, 1
    yield "SQuAD", read(data / REPORTED), _SQUAD


def without_reported(corpus: Corpus) -> Corpus:
    """Leave out the articles to report on, whoever's questions are asked of them."""
    slugs = {slugify(title) for title in reported_titles()}
    articles = tuple(article for article in corpus.articles if article.slug not in slugs)
    return Corpus(articles, tuple(one for one in corpus.questions if one.article not in slugs))


def _titles() -> list[str]:
    return sorted({line["article"] for line in _lines(_QUESTIONS)})


def _wiki(data: Path, files: Sequence[Path], titles: Collection[str]) -> Corpus:
    kept = {slugify(title) for title in titles}
    articles = {one.slug: one for one in read(data / FITTING).articles if one.slug in kept}
    questions = [
        _of_article(line, articles[slugify(line["article"])])
        for file in files
        for line in _lines(file)
        if line["article"] in titles
    ]
    return Corpus(tuple(articles.values()), tuple(questions))


def _of_article(line: Line, article: Article) -> Asked:
    asked = Asked(line["question"], article.slug, kind=line["kind"])
    if asked.kind != ANSWERABLE:
        return asked
    places = tuple((article.slug, number) for number in line["paragraphs"])
    texts = (line["answer"],)
    if places[0] not in places_of(article, texts):
        raise _nowhere(line, article.slug, texts)
    return replace(asked, places=places, answers=(texts,))


def shelf(name: str) -> Corpus:
    """Read a shelf's documents as the product does, and all its questions and lines."""
    with scratch() as home:
        documents = str(HERE / name / "documents")
        found = read_sources([documents], Settings(home=home), lambda *_: None, keep=False)
    if found.skipped:
        raise ValueError(f"A document of the shelf {name} is amiss: {found.skipped[0].reason}")
    articles = _by_file(found)
    files = sorted((HERE / name / "questions").glob("*.jsonl"))
    questions = [_of_shelf(line, file.stem, articles) for file in files for line in _lines(file)]
    return Corpus(tuple(found.articles), tuple(questions))


def _by_file(found: Shelf) -> dict[str, Article]:
    articles = {article.slug: article for article in found.articles}
    return {Path(path).name: articles[slug] for path, slug in found.slugs.items()}


def _of_shelf(line: Line, file: str, articles: Mapping[str, Article]) -> Asked:
    places: list[Place] = []
    for answer in line["answers"]:
        found = places_of(articles[answer["document"]], answer["texts"])
        if not found:
            raise _nowhere(line, answer["document"], answer["texts"])
        places += found
    return Asked(
        text=line["question"],
        article=None,
        places=tuple(dict.fromkeys(places)),
        answers=tuple(tuple(answer["texts"]) for answer in line["answers"]),
        kind=line["kind"],
        source=None if file == _LINES else file,
    )


def places_of(article: Article, texts: Sequence[str]) -> list[Place]:
    """Give the passages that hold all texts: those where one sentence does, else any."""
    whole = [one for one in article.passages if holds(article.text[one.start : one.end], texts)]
    close = [
        passage
        for passage in whole
        if any(holds(article.text[one.start : one.end], texts) for one in passage.sentences)
    ]
    return [(article.slug, passage.number) for passage in close or whole]


def _nowhere(line: Line, document: str, texts: Sequence[str]) -> ValueError:
    return ValueError(
        f"The label {list(texts)} of {line['question']!r} stands in no passage of {document}; "
        "expected texts that one passage holds together."
    )


def _lines(file: Path) -> Iterator[Line]:
    return (json.loads(line) for line in file.read_text("utf-8").splitlines())
