"""SQuAD-style data sets: read, and indexed by the product's own indexer."""

import json
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from summitqa.article import Article
from summitqa.encoder import Encoder
from summitqa.folder.store import Store
from summitqa_index.folder.writer import Writer
from summitqa_index.sources.document import Document, Paragraph, join
from summitqa_index.sources.passages import slugify, to_article
from summitqa_index.vectors import embed, key_of

FITTING = "squadshifts-new-wiki.json"
REPORTED = "squad-v1.1-dev-half.json"
UNANSWERED = "squad-v2.0-dev-half.json"
DATA = Path(__file__).parents[2] / "shared" / "bench"
ANSWERABLE, NEAR_TOPIC = "answerable", "near-topic"
OFF_TOPIC, CONVERSATION = "off-topic", "conversation"


# A passage by its article's slug and its number there, from 1.
Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, what it is asked of, and what answers it.

    ``article``: the slug of what it is asked of, ``None`` for the whole shelf; ``places``: the
    passages that answer it, best first; ``answers``: alternatives, each of the texts that must
    stand together; both are empty where nothing answers. ``kind``: answerable, near-topic,
    off-topic or conversation. ``source``: what it was written about, if not its article.
    """

    text: str
    article: str | None
    places: tuple[Place, ...] = ()
    answers: tuple[tuple[str, ...], ...] = ()
    kind: str = ANSWERABLE
    source: str | None = None

    @property
    def cluster(self) -> str:
        """What a bootstrap draws whole: the article or document that it was written about."""
        return self.source or self.article or self.text

    def answered_by(self, quote: str) -> bool:
        """Tell whether a quote holds all texts of one alternative."""
        return any(holds(quote, texts) for texts in self.answers)


def holds(passage: str, texts: Sequence[str]) -> bool:
    """Tell whether all texts stand in a passage, whatever the white space."""
    whole = flat(passage)
    return all(flat(text) in whole for text in texts)


def flat(text: str) -> str:
    """Put white space alike."""
    return " ".join(text.split())


@dataclass(frozen=True, slots=True)
class Corpus:
    """Articles, and the questions asked of them."""

    articles: tuple[Article, ...]
    questions: tuple[Asked, ...]

    def only(self, articles: int) -> "Corpus":
        """Give the first articles alone, with their questions."""
        kept = self.articles[:articles]
        slugs = {article.slug for article in kept}
        return Corpus(kept, tuple(asked for asked in self.questions if asked.article in slugs))


def missing(data: Path) -> str | None:
    """Say in one sentence what the data folder lacks, or ``None``."""
    absent = [name for name in (FITTING, REPORTED, UNANSWERED) if not (data / name).is_file()]
    if not absent:
        return None
    return (
        f"{data} lacks {', '.join(absent)}: put there, as SQuAD JSON, SquadShifts new-wiki to "
        "fit on and the SQuAD 1.1 and 2.0 development sets to report on, or name another folder "
        "with --data."
    )


def read(path: Path) -> Corpus:
    """Read a SQuAD-style file, one passage to a paragraph."""
    articles, questions = [], []
    for entry in json.loads(path.read_text("utf-8"))["data"]:
        article = _article(entry)
        articles.append(article)
        for number, paragraph in enumerate(entry["paragraphs"], start=1):
            questions += [_asked(one, (article.slug, number)) for one in paragraph["qas"]]
    return Corpus(tuple(articles), tuple(questions))


def _asked(given: dict[str, Any], place: Place) -> Asked:
    text = given["question"].strip()
    if given.get("is_impossible"):
        return Asked(text, place[0], kind=NEAR_TOPIC)
    answers = dict.fromkeys(_text(answer) for answer in given["answers"])
    return Asked(text, place[0], (place,), tuple((answer,) for answer in answers))


def _text(answer: str | dict[str, str]) -> str:
    return (answer if isinstance(answer, str) else answer["text"]).strip()


def _article(entry: dict[str, list[dict[str, str]]]) -> Article:
    title = str(entry["title"])
    text, blocks = join(Paragraph(paragraph["context"]) for paragraph in entry["paragraphs"])
    article = to_article(
        Document(text, blocks, title=title.replace("_", " "), slug=slugify(title)), title
    )
    if len(article.passages) != len(blocks):
        raise ValueError(
            f"{title} has a paragraph without a word, which shifts the numbers of the rest"
        )
    return article


def store_of(articles: Iterable[Article], encoder: Encoder, folder: Path) -> Store:
    """Index articles into ``folder``, or open what an earlier run left there."""
    if not (folder / "manifest.json").exists():
        folder.mkdir(parents=True, exist_ok=True)
        _index(tuple(articles), encoder, folder)
    return Store.open(folder)


def _index(articles: tuple[Article, ...], encoder: Encoder, folder: Path) -> None:
    writer = Writer(folder)
    flat = [(article, passage) for article in articles for passage in article.passages]
    with ThreadPoolExecutor(2) as pool:
        for start in range(0, len(flat), 64):
            batch = flat[start : start + 64]
            for (article, passage), vectors in zip(
                batch, pool.map(lambda pair: embed(encoder, *pair), batch), strict=True
            ):
                writer.add_passage(key_of(article, passage, encoder.checksum), vectors)
    writer.finish(articles, {"model": "benchmark", "checksum": encoder.checksum, "sources": []})
