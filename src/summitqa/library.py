"""The version in use, opened once and swapped whole: the one object front ends call."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from summitqa.answer import Answer
from summitqa.encoder import Encoder, Floats
from summitqa.errors import IndexMismatchError, IndexMissingError
from summitqa.question import Question, clean_question
from summitqa.retrieval import retrieve
from summitqa.store import Store

log = logging.getLogger(__name__)

CURRENT = "CURRENT"
VERSIONS = "versions"
_CACHED_ANSWERS = 256


def current_version(home: Path) -> str:
    """Read which version is in use; IndexMissingError where there is none."""
    try:
        version = (home / CURRENT).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        version = ""
    if not version or "/" in version or version.startswith("."):
        raise IndexMissingError(
            f"There is no index in {home} yet; run `summitqa index` to build it."
        )
    return version


class Library:
    """Answers questions from the version in use; safe to call from many threads.

    A question holds on to the store it began with, so that a swap never interrupts it.
    """

    def __init__(self, home: Path, encoder: Encoder) -> None:
        self._home = home
        self._encoder = encoder
        self._lock = threading.Lock()
        self._answers: OrderedDict[tuple[Any, ...], Answer] = OrderedDict()
        self._store = self._open(current_version(home))

    @property
    def store(self) -> Store:
        """The version in use."""
        return self._store

    def refresh(self) -> bool:
        """Swap to the version CURRENT names if it is another; tell whether it was.

        The new one is opened and checked aside first; where that fails the error is raised
        and the old one goes on answering.
        """
        version = current_version(self._home)
        if version == self._store.version:
            return False
        self._store = self._open(version)
        log.info("now answering from index %s", version)
        return True

    def ask(
        self,
        question: str,
        *,
        article: str | None = None,
        top: int = 3,
        context: Sequence[str] = (),
    ) -> Answer:
        """Answer a question from the whole shelf or from one article (a slug).

        ``context`` are the earlier questions of the conversation, oldest first. Raises
        QuestionError for what is no question and ArticleUnknownError for an unknown slug.
        """
        store = self._store
        text = clean_question(question, alone=not context)
        key = (store.version, text, article, top, tuple(context))
        with self._lock:
            if key in self._answers:
                self._answers.move_to_end(key)
                return self._answers[key]
        answer = retrieve(store, Question.read(text, self._encoder, context), article, top)
        with self._lock:
            self._answers[key] = answer
            while len(self._answers) > _CACHED_ANSWERS:
                self._answers.popitem(last=False)
        return answer

    def vectors_of(self, questions: Sequence[str]) -> Floats:
        """Give a unit vector for each of n questions, (n, d), to tell which are alike."""
        vectors = [Question.read(question, self._encoder).sentence for question in questions]
        return np.stack(vectors) if vectors else np.zeros((0, 1), np.float32)

    def _open(self, version: str) -> Store:
        store = Store.open(self._home / VERSIONS / version)
        if store.manifest.facts["checksum"] != self._encoder.checksum:
            raise IndexMismatchError(
                f"The index {version} was written by the model {store.manifest.facts['model']!r}, not by "
                "the one set in SUMMITQA_MODEL; run `summitqa index` to build it with that one."
            )
        return store
