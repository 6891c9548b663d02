"""A question, cleaned and encoded once."""

import re
import unicodedata
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from summitqa.encoder import Encoded, Encoder, Floats, Ints, unit
from summitqa.errors import QuestionError
from summitqa.leaning import leaned_on
from summitqa.lexical import Word, content_words, words

MAX_CHARACTERS = 1000
NO_QUESTION = "There is no question in that; ask one in words, such as “What did they agree on?”"
# How much a token of an earlier question counts beside one of the question itself.
CONTEXT_SHARE = 0.4


def holds_word(text: str) -> bool:
    """Tell whether there is a word in a text at all."""
    return re.search(r"\w", text) is not None


def clean_question(text: str, *, alone: bool = True) -> str:
    """Drop controls and surplus white space; QuestionError where no question is left.

    With ``alone`` a single word is no question. It is not counted in scripts other than
    Latin, some of which set no space between words.
    """
    visible = "".join(
        character if character.isprintable() and unicodedata.category(character) != "Cf" else " "
        for character in text
    )
    cleaned = " ".join(visible.split())
    if not holds_word(cleaned):
        raise QuestionError(NO_QUESTION)
    if len(cleaned) > MAX_CHARACTERS:
        raise QuestionError(
            f"That question has {len(cleaned):,} characters; "
            f"at most {MAX_CHARACTERS:,} can be searched for."
        )
    if alone and len(words(cleaned)) < 2 and _latin(cleaned):
        raise QuestionError(f"“{cleaned[:60]}” is a single word that the articles do not speak of.")
    return cleaned


def _latin(text: str) -> bool:
    return all("LATIN" in unicodedata.name(one, "") for one in text if one.isalpha())


@dataclass(frozen=True, slots=True)
class Question:
    """A cleaned question and what is searched for.

    ``text``: as asked; ``given``: as encoded, with the earlier questions it leans on before
    it, up to ``own``; ``pieces``: (q,) vocabulary ids; ``spans``: (q, 2) where each token stands
    in ``given``; ``tokens``: (q, d) unit vectors; ``shares``: (q,) how much each counts, 1 for the
    question's own; ``sentence``: (d,) the unit mean of the tokens; ``words``: the content words of
    ``given``; ``pieced``: those of them that the encoder knows only in pieces.
    """

    text: str
    given: str
    own: int
    pieces: Ints
    spans: Ints
    tokens: Floats
    shares: Floats
    sentence: Floats
    words: tuple[Word, ...]
    pieced: frozenset[Word]
    encoder: Encoder

    @classmethod
    def read(
        cls,
        text: str,
        encoder: Encoder,
        context: Sequence[str] = (),
        vocabulary: Container[str] = frozenset(),
    ) -> "Question":
        """Encode a question after the earlier ones (oldest first) that it leans on.

        ``vocabulary`` holds the stems of all words on the shelf.
        """
        given = " ".join([*leaned_on(text, context, vocabulary), text])
        return cls._encode(text, given, len(given) - len(text), encoder)

    @classmethod
    def _encode(cls, text: str, given: str, own: int, encoder: Encoder) -> "Question":
        encoded = encoder.encode(given)
        if not len(encoded.ids):
            raise QuestionError("There is no question in that; ask one in words.")
        tokens = unit(encoded.vectors)
        content = _content(given, own)
        return cls(
            text=text,
            given=given,
            own=own,
            pieces=encoded.ids,
            spans=encoded.spans,
            tokens=tokens,
            shares=np.where(encoded.spans[:, 0] >= own, np.float32(1), np.float32(CONTEXT_SHARE)),
            sentence=unit(tokens.sum(axis=0)),
            words=content,
            pieced=frozenset(word for word in content if _pieces(word, encoded) > 1),
            encoder=encoder,
        )

    @property
    def stems(self) -> tuple[str, ...]:
        """The distinct stems of its content words, in order."""
        return tuple(dict.fromkeys(word.stem for word in self.words))

    def respelt(self, changes: Mapping[Word, str]) -> "Question":
        """Put some words otherwise and encode anew; ``text`` stays as asked."""
        given, own = self.given, self.own
        for word, spelt in sorted(changes.items(), key=lambda change: -change[0].start):
            given = given[: word.start] + spelt + given[word.end :]
            if word.start < self.own:
                own += len(spelt) - (word.end - word.start)
        return self._encode(self.text, given, own, self.encoder)


def _content(given: str, own: int) -> tuple[Word, ...]:
    """Give the content words of the question itself, then those of what stands before it."""
    found = words(given)
    own_words = content_words(word for word in found if word.start >= own)
    return own_words + content_words(word for word in found if word.start < own)


def _pieces(word: Word, encoded: Encoded) -> int:
    starts, ends = encoded.spans[:, 0], encoded.spans[:, 1]
    return int(((starts >= word.start) & (ends <= word.end)).sum())
