"""A question in a language that the model does not know is told so, and no other is."""

import json
from copy import copy
from dataclasses import replace
from pathlib import Path

import pytest

from summitqa.language import foreign
from summitqa.library import Library
from summitqa_bot import strings
from summitqa_bot.wording import replies

DATA = Path(__file__).parent / "data"
FOREIGN = {
    "Wann öffnet das Museum?": "de",
    "Wie viele Urlaubstage habe ich?": "de",
    "Combien de jours de congé ai-je ?": "fr",
    "¿Cuántos días de vacaciones tengo?": "es",
    "quanti giorni di ferie ho": "it",
    "hoeveel vakantiedagen heb ik": "nl",
    "kiedy otwarte jest muzeum": "pl",
    "Чого вимагав Путін?": "uk",
    "プーチンは何を要求しましたか": "ja",
    "普京要求了什么？": "zh",
    "ماذا طلب بوتين؟": "ar",
}
ENGLISH = (
    "wat did putin say",
    "who iz zelenskyy",
    "What is a croissant?",
    "What does schadenfreude mean?",
    "who's Jürgen Klopp",
    "São Paulo population",
    "Bundestag vote",
    "how do i make tiramisu",
    "vpn config",
    "bitcoin price",
    "idk",
)


@pytest.mark.parametrize(("question", "language"), FOREIGN.items())
def test_other_languages_are_told(bundled: Library, question: str, language: str):
    answer = bundled.ask(question)
    assert not answer.found
    assert answer.language == language
    assert answer.to_json()["language"] == language
    assert replies.not_found(answer, "r", (), private=False).text == strings.OTHER_LANGUAGE


@pytest.mark.parametrize("question", ENGLISH)
def test_english_with_slips_and_names_is_not_taken_for_another(question: str):
    assert foreign(question) is None


def test_no_question_of_the_tests_is_taken_for_another_language():
    lines = (DATA / "conversations.jsonl").read_text("utf-8").splitlines()
    lines += (DATA / "alaska_questions.jsonl").read_text("utf-8").splitlines()
    turns = [json.loads(line) for line in lines]
    asked = {turn[key] for turn in turns for key in ("question", "first", "second") if key in turn}
    assert len(asked) > 200
    assert [one for one in asked if foreign(one)] == []


def test_nothing_is_claimed_of_another_model_or_of_articles_in_that_language(
    bundled: Library, monkeypatch
):
    question, store = "Wo gibt es hier Parkplätze?", bundled.store
    german = copy(store.records)
    german.languages = frozenset({"de"})
    monkeypatch.setattr(bundled, "_store", replace(store, records=german))
    assert bundled.ask(question, top=4).language is None
    facts = store.manifest.facts | {"model": "another"}
    other = replace(store, manifest=replace(store.manifest, facts=facts))
    monkeypatch.setattr(bundled, "_store", other)
    assert bundled.ask(question, top=5).language is None
    monkeypatch.setattr(bundled, "_store", store)
    assert bundled.ask(question, top=6).language == "de"
