"""How index and questions grow with the shelf: from one article to as many as wanted.

Each article is one real paragraph, cut to two sentences, two words in each exchanged for
others'. The product's writer takes vectors as the product's incremental build reuses them; those
of a repeated paragraph are its own with a little noise, so that no two are equal. The CPU time
of encoding is measured on the different paragraphs and multiplied.
"""

import gc
import json
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.corpus import REPORTED, Corpus, read
from benchmarks.exact import agreement, sentence_recall
from benchmarks.place import scratch
from summitqa.article import Article, Passage, Sentence
from summitqa.files import MANIFEST
from summitqa.folder.store import Store
from summitqa.question import Question
from summitqa.retrieval import Models
from summitqa_index.folder.writer import Writer
from summitqa_index.vectors import PassageVectors, embed

SIZES = (1, 100, 10_000, 100_000, 500_000)
_SENTENCES, _POOL, _EXCHANGED = 2, 800, 2
_ASKED, _EXACT, _EXACT_UP_TO = 60, 12, 100_000

# Private memory by opening a store (RssAnon, proc_pid_status(5)).
_OPENING = """
import sys
from pathlib import Path
from summitqa.folder.store import Store
def held():
    fields = dict(line.split(":", 1) for line in open("/proc/self/status"))
    return int(fields["RssAnon"].split()[0]) / 1024
before = held()
store = Store.open(Path(sys.argv[1]))
print(held() - before)
"""


@dataclass(frozen=True, slots=True)
class Point:
    """What a shelf of so many articles takes.

    ``index_seconds``: CPU seconds to embed and write, ``writing_seconds`` those of them to
    write; ``open_seconds``: by the clock, to open and verify; ``megabytes``: on disk;
    ``memory``: MB held by an open store; ``question_ms``: CPU, median;
    ``agreement``: how often the first passage is the one an exhaustive search gives;
    ``sentence_recall``: the share of the exact nearest sentences that FAISS gives; both are
    ``None`` of a shelf too large to be searched so.
    """

    articles: int
    sentences: int
    index_seconds: float
    writing_seconds: float
    open_seconds: float
    megabytes: float
    memory: float
    question_ms: float
    agreement: float | None
    sentence_recall: float | None


@dataclass(frozen=True, slots=True)
class Pool:
    """Different paragraphs by their sentences, with their vectors, and the words of all."""

    texts: Sequence[tuple[str, ...]]
    vectors: Sequence[PassageVectors]
    words: Sequence[str]


def measure(data: Path, models: Models, most: int) -> list[Point]:
    """Build and ask shelves of up to ``most`` articles."""
    corpus = read(data / REPORTED)
    texts = texts_of(corpus)
    start = time.process_time()
    pool = pool_of(texts, models)
    each = (time.process_time() - start) / len(texts)
    asked = corpus.questions[:: len(corpus.questions) // _ASKED][:_ASKED]
    return [
        _grown(pool, size, each, [one.text for one in asked], models)
        for size in SIZES
        if size <= most
    ]


def pool_of(texts: Sequence[tuple[str, ...]], models: Models) -> Pool:
    """Embed different paragraphs."""
    vectors = [embed(models.encoder, *_pair(_article("pool", text))) for text in texts]
    return Pool(texts, vectors, [word for text in texts for one in text for word in one.split()])


def store_of(corpus: Corpus, models: Models, size: int, folder: Path) -> Store:
    """Write a shelf of so many articles, grown from a corpus, or open what an earlier run left."""
    if not (folder / MANIFEST).exists():
        folder.mkdir(parents=True)
        write(folder, pool_of(texts_of(corpus), models), size)
    return Store.open(folder)


def texts_of(corpus: Corpus) -> list[tuple[str, ...]]:
    """Give different paragraphs, each as its first sentences."""
    found = [
        tuple(article.text[one.start : one.end] for one in passage.sentences[:_SENTENCES])
        for article in corpus.articles
        for passage in article.passages
    ]
    return found[:: max(1, len(found) // _POOL)][:_POOL]


def _article(slug: str, sentences: Sequence[str]) -> Article:
    spans, position = [], 0
    for sentence in sentences:
        spans.append(Sentence(position, position + len(sentence)))
        position += len(sentence) + 1
    text = " ".join(sentences)
    return Article(slug, slug, text, (Passage(1, 0, len(text), tuple(spans)),))


def _pair(article: Article) -> tuple[Article, Passage]:
    return article, article.passages[0]


def _grown(pool: Pool, size: int, each: float, asked: Sequence[str], models: Models) -> Point:
    with scratch() as folder:
        start = time.process_time()
        write(folder, pool, size)
        writing = time.process_time() - start
        gc.collect()
        return _point(folder, (size, len(pool.texts)), (writing, each * size), asked, models)


def write(folder: Path, pool: Pool, size: int, checksum: str = "benchmark") -> None:
    """Write a shelf of so many articles; ``checksum``: of the model it is asked with."""
    noise, chance = np.random.default_rng(0), random.Random(0)
    writer = Writer(folder)
    articles = []
    for number in range(size):
        pick = number % len(pool.texts)
        articles.append(_article(f"article-{number}", _changed(pool, pick, chance)))
        writer.add_passage(number.to_bytes(16, "big"), _noisy(pool.vectors[pick], noise))
    writer.finish(articles, {"model": "benchmark", "checksum": checksum, "sources": []})


def _changed(pool: Pool, pick: int, chance: random.Random) -> list[str]:
    changed = []
    for sentence in pool.texts[pick]:
        words = sentence.split(" ")
        for _ in range(_EXCHANGED):
            words[chance.randrange(len(words))] = chance.choice(pool.words)
        changed.append(" ".join(words))
    return changed


def _noisy(vectors: PassageVectors, chance: np.random.Generator) -> PassageVectors:
    noise = chance.integers(-6, 7, vectors.tokens.shape, dtype=np.int8)
    tokens = np.clip(vectors.tokens.astype(np.int16) + noise, -127, 127).astype(np.int8)
    return replace(vectors, tokens=tokens)


def _point(
    folder: Path,
    sizes: tuple[int, int],
    spent: tuple[float, float],
    asked: Sequence[str],
    models: Models,
) -> Point:
    start = time.perf_counter()
    store = Store.open(folder)
    opening = time.perf_counter() - start
    questions = [Question.read(one, models.encoder) for one in asked]
    exact = sizes[0] <= _EXACT_UP_TO
    return Point(
        articles=sizes[0],
        sentences=len(store.tables.sentence_spans),
        index_seconds=sum(spent),
        writing_seconds=spent[0],
        open_seconds=opening,
        megabytes=sum(file.stat().st_size for file in folder.iterdir()) / 1e6,
        memory=_memory(folder),
        question_ms=float(np.median([_milliseconds(store, one, models) for one in asked])),
        agreement=agreement(store, questions[:_EXACT], sizes[1]) if exact else None,
        sentence_recall=sentence_recall(store, questions) if exact else None,
    )


def _milliseconds(store: Store, question: str, models: Models) -> float:
    start = time.process_time()
    models.ask(store, question, None, 3)
    return (time.process_time() - start) * 1000


def _memory(folder: Path) -> float:
    """Give the MB that opening a store takes, in a fresh process: no freed heap hides any."""
    command = [sys.executable, "-c", _OPENING, str(folder)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def dump(points: Sequence[Point], when: str) -> str:
    """Give points, and the day and machine they were measured on, as JSON."""
    return json.dumps({"measured": when, "points": [asdict(one) for one in points]}, indent=1)


def load(raw: str) -> tuple[list[Point], str]:
    """Read what ``dump`` wrote."""
    held: dict[str, Any] = json.loads(raw)
    return [Point(**one) for one in held["points"]], str(held["measured"])


def plot(points: Sequence[Point], path: Path) -> None:
    """Draw times, disk and memory over the number of articles, on a logarithmic scale."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 4, figsize=(11, 2.6), layout="constrained")
    panels = (
        ("index_seconds", "CPU s to index"),
        ("question_ms", "CPU ms a question"),
        ("megabytes", "MB on disk"),
        ("memory", "MB of memory"),
    )
    for axis, (name, label) in zip(axes, panels, strict=True):
        values = [max(getattr(one, name), 0.1) for one in points]
        axis.plot([one.articles for one in points], values, "o-")
        axis.set_xscale("log")
        if name == "question_ms":
            axis.set_ylim(0, max(values) * 1.2)
        else:
            axis.set_yscale("log")
        axis.set(xlabel="articles", title=label)
        axis.grid(alpha=0.3)
    figure.savefig(path, dpi=80)
    pyplot.close(figure)
