"""What the systems are compared on, as the worker reads it: shelves, and questions asked of them.

A shelf is what one search looks through: an article, or all articles together.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import natural
from benchmarks.corpus import ANSWERABLE, REPORTED, Asked, Corpus, flat, read
from summitqa.article import Article
from summitqa_index.export.pinned import MINILM, source_of

SQUAD = "SQuAD"
ARTICLES, QUESTIONS = 12, 480


def tasks(data: Path, every: int = 1) -> dict[str, dict[str, Any]]:
    """Give each set's task: the first articles, or the whole shelf, and evenly drawn questions."""
    corpora = natural.reported(data) | {SQUAD: read(data / REPORTED)}
    articles, questions = max(2, ARTICLES // every), max(8, QUESTIONS // every)
    return {name: task(_part(corpus, articles), questions) for name, corpus in corpora.items()}


def _part(corpus: Corpus, articles: int) -> Corpus:
    return corpus if _whole(corpus) else corpus.only(articles)


def _whole(corpus: Corpus) -> bool:
    return any(asked.article is None for asked in corpus.questions)


def task(corpus: Corpus, most: int) -> dict[str, Any]:
    """Give the shelves, and of the answerable questions about ``most``, evenly drawn."""
    whole = _whole(corpus)
    shelves = [corpus.articles] if whole else [(article,) for article in corpus.articles]
    # Of each article the shelf it is on, and its number there.
    on = {
        article.slug: (number, place)
        for number, shelf in enumerate(shelves)
        for place, article in enumerate(shelf)
    }
    known = [asked for asked in corpus.questions if asked.kind == ANSWERABLE]
    return {
        "model": source_of(MINILM),
        "shelves": [[_article(article) for article in shelf] for shelf in shelves],
        "questions": [_question(one, on) for one in known[:: max(1, len(known) // most)][:most]],
    }


def _article(article: Article) -> dict[str, Any]:
    return {
        "title": article.title,
        "text": article.text,
        "paragraphs": [(one.start, one.end) for one in article.passages],
        "headings": [one.heading for one in article.passages],
        "sentences": [[(a.start, a.end) for a in one.sentences] for one in article.passages],
    }


def _question(asked: Asked, on: Mapping[str, Sequence[int]]) -> dict[str, Any]:
    return {
        "text": asked.text,
        "cluster": asked.cluster,
        "shelf": on[asked.places[0][0]][0],
        "places": [(on[slug][1], number - 1) for slug, number in asked.places],
        "answers": [[flat(text) for text in texts] for texts in asked.answers],
    }
