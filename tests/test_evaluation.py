"""The ``eval`` contract: questions in, figures out."""

from itertools import product
from pathlib import Path

import pytest

from summitqa.errors import InputError
from summitqa.evaluation import check_cases, read_cases, run, summarise
from summitqa.library import Library

LINES = """\
{"question": "Who rolled out the red carpet?", "paragraphs": [6], "answer": "red carpet"}

{"question": "Who ate the moon?", "paragraphs": [], "answer": null, "kind": "near-topic"}
{"question": "What is the capital of Australia?", "paragraphs": []}
"""


def written(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def test_figures_are_those_of_the_contract(tmp_path: Path, bundled: Library):
    figures = summarise(run(read_cases(written(tmp_path / "q.jsonl", LINES)), bundled.ask))
    assert figures["questions"] == 3
    assert figures["answerable"] == 1
    assert figures["recall@1"] == figures["mrr@10"] == figures["quote_hit"] == 1
    assert figures["refused_off_topic"] == 1
    assert 0 < figures["p50_ms"] <= figures["p95_ms"]


def test_a_share_of_nothing_is_none(tmp_path: Path, bundled: Library):
    only = '{"question": "What is the capital of Australia?", "paragraphs": []}'
    figures = summarise(run(read_cases(written(tmp_path / "q.jsonl", only)), bundled.ask))
    assert figures["recall@1"] is None
    assert figures["refused_near_topic"] is None


def test_a_line_that_is_no_question_counts_as_refused(tmp_path: Path, bundled: Library):
    lines = '{"question": "lol", "paragraphs": []}\n{"question": "🎉", "paragraphs": [1]}\n'
    figures = summarise(run(read_cases(written(tmp_path / "q.jsonl", lines)), bundled.ask))
    assert figures["questions"] == 2
    assert figures["refused_off_topic"] == 1
    assert figures["answered"] == figures["recall@1"] == 0


@pytest.mark.parametrize("paragraphs", ['"1"', "[true]", "[1.5]", '["1"]', "null", "{}"])
def test_paragraphs_are_a_list_of_whole_numbers(tmp_path: Path, paragraphs: str):
    line = f'{{"question": "Who ate the moon?", "paragraphs": {paragraphs}}}'
    with pytest.raises(InputError, match=r"Line 2 of q\.jsonl"):
        read_cases(written(tmp_path / "q.jsonl", f"{LINES.splitlines()[0]}\n{line}\n"))


def test_a_paragraph_or_an_article_beyond_the_shelf_is_named_with_its_line(
    tmp_path: Path, bundled: Library
):
    shelf = {slug: bundled.store.scope(slug).passages for slug in bundled.store.slugs}
    (slug,) = shelf
    for number, extra in product((999, 0, -1), ("", f', "article": "{slug}"')):
        line = f'\n{{"question": "Who ate the moon?", "paragraphs": [{number}]{extra}}}'
        cases = read_cases(written(tmp_path / "q.jsonl", line))
        with pytest.raises(InputError, match=rf"Line 2 .* {number}, .* 1 to {shelf[slug]}\."):
            check_cases(cases, shelf)
    strange = '{"question": "Who?", "paragraphs": [1], "article": "nope"}'
    with pytest.raises(InputError, match=r"Line 1 .*'nope'"):
        check_cases(read_cases(written(tmp_path / "q.jsonl", strange)), shelf)
    check_cases(read_cases(written(tmp_path / "q.jsonl", LINES)), shelf)


@pytest.mark.parametrize("line", ["{", "[]", '{"question": "a b"}', '{"paragraphs": [1]}', "null"])
def test_a_line_that_is_none_is_named(tmp_path: Path, line: str):
    with pytest.raises(InputError, match=r"Line 2 of q\.jsonl"):
        read_cases(written(tmp_path / "q.jsonl", f"{LINES.splitlines()[0]}\n{line}\n"))


def test_an_empty_or_missing_file_is_said(tmp_path: Path):
    with pytest.raises(InputError, match="holds no question"):
        read_cases(written(tmp_path / "q.jsonl", "\n"))
    with pytest.raises(InputError, match="cannot be read: No such file"):
        read_cases(tmp_path / "absent.jsonl")
