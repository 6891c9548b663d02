"""The version in use, opened once and swapped whole: the one object front ends call."""

import logging
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from summitqa.answer import Answer
from summitqa.encoder import Encoder, Floats
from summitqa.errors import (
    IndexDamagedError,
    IndexMismatchError,
    IndexMissingError,
    InputError,
    SummitQAError,
)
from summitqa.explain import Explanation, why
from summitqa.files import open_regular
from summitqa.folder.store import Store
from summitqa.follow_ups import enough_itself, may_be_one_word, names_another, stands_near
from summitqa.language import unknown
from summitqa.leaning import content, dangles, leans, strange
from summitqa.lessons import NOTHING, Lesson, Lessons, lessons_of
from summitqa.question import Question, clean_question, holds_word
from summitqa.reader import Reader
from summitqa.retrieval import retrieve
from summitqa.snapshot import Snapshot
from summitqa.tally import Tally
from summitqa.teaching import taught_first

log = logging.getLogger(__name__)

CURRENT = "CURRENT"
VERSIONS = "versions"
_LONGEST = 100  # characters of a version's id
_CACHED_ANSWERS = 256


def current_version(home: Path) -> str:
    """Read which version is in use.

    Raises IndexMissingError where there is none yet, and IndexDamagedError where CURRENT does
    not name one: that must not be taken for a fresh start.
    """
    try:
        with open_regular(home / CURRENT) as file:
            version = file.read(_LONGEST).decode("ascii", "replace").strip()
    except (FileNotFoundError, NotADirectoryError):
        raise IndexMissingError(
            f"There is no index in {home} yet; run `summitqa index` to build it."
        ) from None
    except OSError as error:
        raise InputError(f"{home / CURRENT} cannot be read: {error.strerror}.") from error
    if not re.fullmatch(r"\w[\w.-]*", version) or not (home / VERSIONS / version).is_dir():
        raise IndexDamagedError(
            f"The file {home / CURRENT} is damaged: it names no version there is. Run `summitqa "
            "rollback` to go to the newest version, or `summitqa index` to build anew.",
            [CURRENT],
        )
    return version


def opened(home: Path, version: str) -> Snapshot:
    """Open a version by its id; IndexDamagedError or IndexMismatchError where that cannot be."""
    return Store.open(home / VERSIONS / version)


class Library:
    """Answers questions from the version in use; safe to call from many threads.

    A question holds on to the store it began with, so that a swap never interrupts it. ``tally``
    counts answers, of all libraries that share it; ``opened`` opens a version.
    """

    def __init__(
        self,
        home: Path,
        encoder: Encoder,
        reader: Reader | None = None,
        tally: Tally | None = None,
        opened: Callable[[Path, str], Snapshot] = opened,
    ) -> None:
        self._home, self._opened = home, opened
        self._encoder, self.reader = encoder, reader
        self.tally = tally or Tally()
        self._lock = threading.Lock()
        self._answers: OrderedDict[tuple[Any, ...], Answer] = OrderedDict()
        self._trouble, self._place = "", ("", 0)
        self._store = self._current(None)
        self._lessons = lessons_of(home, self._store, encoder)

    @property
    def store(self) -> Snapshot:
        """The version in use."""
        return self._store

    @property
    def lessons(self) -> Lessons:
        """What the shelf was taught, as far as it is taken up."""
        return self._lessons

    def refresh(self) -> bool:
        """Swap to the version CURRENT names if it is another, or was put there anew; tell whether.

        The new one is opened and checked aside first; where that fails the old one goes on
        answering, and the error is raised, once and not again while it stays the same. What was
        taught since is taken up, too.
        """
        try:
            store = self._current(self._store)
        except SummitQAError as error:
            if str(error) == self._trouble:
                return False
            self._trouble = str(error)
            raise
        self._trouble = ""
        lessons = lessons_of(self._home, store, self._encoder, self._lessons)
        swapped = store is not self._store
        if swapped or lessons is not self._lessons:
            with self._lock:
                self._store, self._lessons = store, lessons
                self._answers.clear()  # they hold on to articles of the version before
        if not swapped:
            return False
        log.info("now answering from index %s", store.version)
        return True

    def ask(
        self,
        question: str,
        *,
        article: str | None = None,
        top: int = 3,
        context: Sequence[str] = (),
        unanswered: bool = False,
        by: str = "",
    ) -> Answer:
        """Answer a question from the whole shelf or from one article (a slug).

        ``context`` are the earlier questions of the conversation, oldest first; what is none
        is passed over. ``unanswered``: nothing answered the one just before. ``by`` names on whose
        behalf it is asked: what one has asked is no sooner answered to another. Raises
        QuestionError for what is no question and ArticleUnknownError for an unknown slug.
        """
        store, lessons = self._store, self._lessons
        earlier = tuple(one for one in context if holds_word(one))
        text = clean_question(question, alone=not may_be_one_word(question, earlier, store))
        key = (store.version, text, article, top, earlier, unanswered, by)
        with self._lock:
            if key in self._answers:
                self._answers.move_to_end(key)
                self.tally.add(remembered=True)
                return self._answers[key]
        answer = self._answer(store, text, earlier, article, top)
        if not earlier and answer.found and not answer.taught and dangles(text, store.vocabulary):
            answer = replace(answer, found=enough_itself(text, answer, store, unanswered))
        if not answer.found:
            answer = replace(answer, language=unknown(text, store))
        with self._lock:
            if store is self._store and lessons is self._lessons:
                self._answers[key] = answer
            while len(self._answers) > _CACHED_ANSWERS:
                self._answers.popitem(last=False)
        self.tally.add(remembered=False)
        return answer

    def leans(self, question: str) -> bool:
        """Tell whether a question is to be read together with the ones before it."""
        return leans(question, self._store.vocabulary)

    def _answer(
        self, store: Snapshot, text: str, context: Sequence[str], article: str | None, top: int
    ) -> Answer:
        vocabulary = store.vocabulary
        question = Question.read(text, self._encoder, context, vocabulary)
        lesson = self._lesson(store, question, article)
        answer = retrieve(store, question, article, top, self.reader)
        if lesson:
            answer = taught_first(answer, lesson, store, question, self.reader)
        if not question.own:
            return answer
        if content(text):
            alone = retrieve(store, Question.read(text, self._encoder), article, top, self.reader)
            if strange(text, vocabulary):
                # What it brings in itself must be spoken of too, not only what it leans on.
                return replace(answer, found=answer.found and alone.found)
            surer = alone.confidence > answer.confidence
            if alone.found and (surer or names_another(text, answer, alone)):
                return alone  # "and the newspapers?" may be answered by what it names itself
        if not answer.found:
            # "How many of them?" says too little to be judged by its own words: the articles
            # speak of it where they speak of what it leans on, and near there of what it adds.
            before = self._answer(store, context[-1], context[:-1], article, top)
            near = not content(text) or stands_near(text, before, answer)
            answer = replace(answer, found=before.found and near)
        return answer

    def why(self, question: str, *, article: str | None = None) -> Explanation:
        """Give the numbers behind an answer; raises what ``ask`` raises."""
        store = self._store
        text = clean_question(question, alone=not may_be_one_word(question, (), store))
        asked = Question.read(text, self._encoder)
        return why(store, asked, article, self.reader, self._lesson(store, asked, article))

    def _lesson(self, store: Snapshot, question: Question, article: str | None) -> Lesson | None:
        """Give what was taught for a question that leans on none before it."""
        known = self._lessons if self._lessons.version == store.version else NOTHING
        return None if question.own else known.met(question, article)

    def vectors_of(self, questions: Sequence[str]) -> Floats:
        """Give a unit vector for each of n questions, (n, d), to tell which are alike."""
        vectors = [Question.read(question, self._encoder).sentence for question in questions]
        return np.stack(vectors) if vectors else np.zeros((0, 1), np.float32)

    def _current(self, known: Snapshot | None) -> Snapshot:
        """Give the version in use: the known one, or another, opened."""
        trouble = ""
        while True:
            try:
                place = _place(self._home)
                store = known if known and place == self._place else self._open(place[0])
            except IndexDamagedError as error:
                # What was pruned while it was opened has given way to its successor by now.
                if str(error) == trouble:
                    raise
                trouble = str(error)
            else:
                self._place = place
                return store

    def _open(self, version: str) -> Snapshot:
        store = self._opened(self._home, version)
        if store.facts["checksum"] != self._encoder.checksum:
            raise IndexMismatchError(
                f"The index {version} was written by the model {store.facts['model']!r}, and not "
                "by what is in use of it, or by the one set in SUMMITQA_MODEL; run `summitqa "
                "index` to build it anew."
            )
        return store


def _place(home: Path) -> tuple[str, int]:
    """Name the version in use, and tell its folder from another that is put in its place."""
    version = current_version(home)
    try:
        return version, (home / VERSIONS / version).stat().st_ino
    except FileNotFoundError:  # it gives way to its successor just now
        return version, 0
