"""A question, cleaned and encoded once."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from summitqa.encoder import Encoder, Floats, Ints
from summitqa.errors import QuestionError
from summitqa.lexical import content_stems, words
from summitqa.vectors import unit

MAX_CHARACTERS = 1000


def clean_question(text: str) -> str:
    """Drop controls and surplus white space; QuestionError where no question is left."""
    visible = "".join(
        character if character.isprintable() and unicodedata.category(character) != "Cf" else " "
        for character in text
    )
    cleaned = " ".join(visible.split())
    if not re.search(r"\w", cleaned):
        raise QuestionError(
            "There is no question in that; ask one in words, such as “What did they agree on?”"
        )
    if len(cleaned) > MAX_CHARACTERS:
        raise QuestionError(
            f"That question has {len(cleaned):,} characters; at most {MAX_CHARACTERS:,} can be searched for."
        )
    if len(words(cleaned)) < 2:
        raise QuestionError(
            f"“{cleaned[:60]}” is a single word; put it as a question, such as “What about it?”"
        )
    return cleaned


@dataclass(frozen=True, slots=True)
class Question:
    """A cleaned question and what is searched for.

    ``pieces``: (q,) vocabulary ids; ``tokens``: (q, d) unit vectors; ``sentence``: (d,) their
    unit mean; ``stems``: the distinct stems of its content words.
    """

    text: str
    pieces: Ints
    tokens: Floats
    sentence: Floats
    stems: tuple[str, ...]

    @classmethod
    def read(cls, text: str, encoder: Encoder, context: Sequence[str] = ()) -> "Question":
        """Encode a question, with the earlier ones of its conversation."""
        encoded = encoder.encode(text)
        if not len(encoded.ids):
            raise QuestionError("There is no question in that; ask one in words.")
        tokens = unit(encoded.vectors)
        return cls(text, encoded.ids, tokens, unit(tokens.sum(axis=0)), content_stems(text))
