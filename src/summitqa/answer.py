"""What a question gets back: ranked citations, and whether the article answers at all."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from summitqa.article import Citation

FLOOR = 0.15
"""The least probability at which a passage beside the first is worth a reader's time."""
_BESIDE = 0.5  # of the first one's, which may be nearly certain; below that another is noise


class Band(StrEnum):
    """How far to trust the first passage, cut on the calibrated confidence."""

    STRONG = "strong"
    LIKELY = "likely"
    WEAK = "weak"


@dataclass(frozen=True, slots=True)
class Match:
    """A passage that was found, with what of it answers best.

    ``score``: what it was ranked by; ``probability``: that this passage answers.
    """

    citation: Citation
    score: float
    probability: float


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome of one question against one index version.

    ``matches`` are ordered best first; with ``found`` false they are the nearest passages
    and no answer. ``confidence`` is the calibrated probability that the first passage is
    the right one. ``language`` is that of the question (ISO 639-1) where nothing was found
    and the model does not know it, else ``None``. ``taught``: the question that somebody pointed
    to the first passage and that this one is taken for, ``None`` where nobody did.
    """

    question: str
    found: bool
    confidence: float
    band: Band
    index_version: str
    matches: tuple[Match, ...]
    language: str | None = None
    taught: str | None = None

    def worth_showing(self, most: int) -> tuple[Match, ...]:
        """Give the first match and those that may well answer beside it, at most so many.

        A further one is likely in itself, and at least half as likely as the first. Of what was
        not found they are the nearest, whatever their probability.
        """
        if not self.found:
            return self.matches[:most]
        least = max(FLOOR, _BESIDE * self.matches[0].probability) if self.matches else FLOOR
        further = (match for match in self.matches[1:] if match.probability >= least)
        return (*self.matches[:1], *further)[:most]

    def more_beside(self, most: int) -> bool:
        """Tell whether there is a passage beside those worth showing that a reader may want.

        Any is where the first may be wrong; after a strong one, only one that is likely itself.
        """
        least = FLOOR if self.band is Band.STRONG else 0.0
        shown = self.worth_showing(most)
        return any(one.probability >= least for one in self.matches if one not in shown)

    def to_json(self) -> dict[str, Any]:
        """Give the ``ask --json`` contract."""
        return {
            "question": self.question,
            "found": self.found,
            "confidence": round(self.confidence, 4),
            "band": str(self.band),
            "index_version": self.index_version,
            "language": self.language,
            "taught": self.taught is not None,
            "passages": [_passage(match) for match in self.matches],
        }


def _passage(match: Match) -> dict[str, Any]:
    citation = match.citation
    published = citation.article.published
    return {
        "article": citation.article.slug,
        "title": citation.article.title,
        "published": published.isoformat() if published else None,
        "paragraph": citation.passage.number,
        "heading": list(citation.passage.heading),
        "page": citation.passage.page,
        "text": citation.text,
        "quote": citation.quote,
        "start": citation.sentence.start,
        "end": citation.sentence.end,
        "score": round(match.score, 4),
        "probability": round(match.probability, 4),
        "url": citation.url,
    }
