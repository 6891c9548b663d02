"""How index and questions grow with the shelf: from one article to as many as wanted.

Real paragraphs, cut to two sentences and repeated: each copy's vectors differ by a little noise,
so that no two are equal, and encoding is timed once and multiplied.
"""

import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.corpus import REPORTED, Corpus, read
from benchmarks.place import scratch
from index.vectors import PassageVectors, embed
from index.writer import Writer
from summitqa import evidence
from summitqa.article import Article, Passage, Sentence
from summitqa.encoder import Encoder
from summitqa.evidence import Scope, gather
from summitqa.question import Question
from summitqa.ranking import judge
from summitqa.retrieval import retrieve
from summitqa.store import Store

SIZES = (1, 100, 10_000, 100_000)
_PASSAGES, _SENTENCES, _POOL = 2, 2, 400
_ASKED, _EXACT = 40, 12


@dataclass(frozen=True, slots=True)
class Point:
    """What a shelf of so many articles takes.

    ``index_seconds``: CPU seconds to embed and write; ``megabytes``: on disk;
    ``memory``: MB held by an open store, mapped vectors left out; ``question_ms``: CPU, without
    encoding; ``agreement``: how often the first passage is the one an exhaustive search gives.
    """

    articles: int
    passages: int
    index_seconds: float
    megabytes: float
    memory: float
    question_ms: float
    agreement: float


def measure(data: Path, encoder: Encoder, most: int) -> list[Point]:
    """Build and ask shelves of up to ``most`` articles."""
    corpus = read(data / REPORTED)
    pool = _pool(corpus)
    start = time.process_time()
    vectors = [embed(encoder, *pair) for pair in pool]
    each = (time.process_time() - start) / len(pool)
    asked = corpus.questions[:: len(corpus.questions) // _ASKED][:_ASKED]
    questions = [Question.read(one.text, encoder) for one in asked]
    points = []
    for size in (size for size in SIZES if size <= most):
        with scratch() as folder:
            start = time.process_time()
            _write(folder, pool, vectors, size)
            spent = time.process_time() - start + each * size * _PASSAGES
            points.append(_point(folder, size, spent, questions))
    return points


def _pool(corpus: Corpus) -> list[tuple[Article, Passage]]:
    """Give different paragraphs, each an article's only one, cut to a few sentences."""
    found = []
    for article in corpus.articles:
        for passage in article.passages:
            sentences = passage.sentences[:_SENTENCES]
            text = article.text[passage.start : sentences[-1].end]
            moved = tuple(
                Sentence(one.start - passage.start, one.end - passage.start) for one in sentences
            )
            short = Passage(1, 0, len(text), moved)
            found.append((replace(article, text=text, passages=(short,)), short))
    return found[:: max(1, len(found) // _POOL)][:_POOL]


def _write(
    folder: Path, pool: list[tuple[Article, Passage]], vectors: list[PassageVectors], size: int
) -> None:
    chance = np.random.default_rng(0)
    writer = Writer(folder)
    articles = []
    for number in range(size):
        picks = [(number * _PASSAGES + offset) % len(pool) for offset in range(_PASSAGES)]
        for offset, pick in enumerate(picks):
            key = (number * _PASSAGES + offset).to_bytes(16, "big")
            writer.add_passage(key, _noisy(vectors[pick], chance))
        articles.append(_joined([pool[pick][0] for pick in picks], f"article-{number}"))
    writer.finish(articles, {"model": "benchmark", "checksum": "benchmark", "sources": []})


def _noisy(vectors: PassageVectors, chance: np.random.Generator) -> PassageVectors:
    noise = chance.integers(-6, 7, vectors.tokens.shape, dtype=np.int8)
    tokens = np.clip(vectors.tokens.astype(np.int16) + noise, -127, 127).astype(np.int8)
    return replace(vectors, tokens=tokens)


def _joined(parts: list[Article], slug: str) -> Article:
    passages, texts, position = [], [], 0
    for number, part in enumerate(parts, start=1):
        moved = tuple(
            Sentence(one.start + position, one.end + position) for one in part.passages[0].sentences
        )
        passages.append(Passage(number, position, position + len(part.text), moved))
        texts.append(part.text)
        position += len(part.text) + 2
    return Article(slug, slug, "\n\n".join(texts), tuple(passages))


def _point(folder: Path, size: int, spent: float, questions: list[Question]) -> Point:
    before = _resident()
    store = Store.open(folder)
    memory = _resident() - before
    start = time.process_time()
    for question in questions:
        retrieve(store, question, None, 3)
    each = (time.process_time() - start) / len(questions) * 1000
    disk = sum(file.stat().st_size for file in folder.iterdir()) / 1e6
    agreement = _agreement(store, questions[:_EXACT])
    return Point(size, size * _PASSAGES, spent, disk, memory, each, agreement)


def _agreement(store: Store, questions: list[Question]) -> float:
    """Compare with weighing every passage of the shelf."""
    scope = Scope.of(store, None)
    quick = [_first(question, scope) for question in questions]
    usual, evidence.ALL_UP_TO = evidence.ALL_UP_TO, scope.passages
    try:
        exact = [_first(question, scope) for question in questions]
    finally:
        evidence.ALL_UP_TO = usual
    return float(np.mean([a == b for a, b in zip(quick, exact, strict=True)]))


def _first(question: Question, scope: Scope) -> int:
    found = gather(question, scope)
    return int(found.passages[judge(found).order[0]])


def _resident() -> float:
    """Give the private memory of this process in MB (Linux)."""
    fields = dict(line.split(":") for line in Path("/proc/self/status").read_text().splitlines())
    return int(fields["RssAnon"].split()[0]) / 1024


def plot(points: list[Point], path: Path) -> None:
    """Draw time, disk and memory over the number of articles, both axes logarithmic."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 3, figsize=(10, 3), layout="constrained")
    panels = (
        ("question_ms", "CPU ms a question"),
        ("megabytes", "MB on disk"),
        ("memory", "MB of memory"),
    )
    for axis, (name, label) in zip(axes, panels, strict=True):
        axis.loglog([one.articles for one in points], [getattr(one, name) for one in points], "o-")
        axis.set(xlabel="articles", ylabel=label)
        axis.grid(alpha=0.3)
    figure.savefig(path)
