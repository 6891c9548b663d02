"""Talking to the command: greeted as in chat, and let go in any of the usual ways."""

import io
import sys

import pytest
from test_cli import run  # noqa: F401 - a fixture

from summitqa_bot import strings

ASKED = "Which slogan was on the backdrop?"


@pytest.mark.parametrize("word", ["", "quit", "exit", " Exit ", ":q"])
def test_a_conversation_ends_at_any_word_for_it(run, monkeypatch, word):  # noqa: F811
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{word}\n{ASKED}\n"))
    code, out, _ = run("chat")
    assert code == 0
    assert "quit or Ctrl-D" in out
    assert "Pursuing Peace" not in out


def test_a_greeting_is_greeted_and_is_no_answer(run):  # noqa: F811
    code, out, err = run("ask", "hello")
    assert code == 1
    assert " ".join(out.split()).startswith(strings.HELP.split("{")[0])
    assert "Not in the article" not in out + err


def test_thanks_are_taken(run):  # noqa: F811
    assert run("ask", "thanks!")[:2] == (1, f"{strings.WELCOME}\n")


def test_a_script_is_given_what_was_found_whatever_was_asked(run):  # noqa: F811
    code, out, _ = run("ask", "--json", "hello")
    assert code in {1, 2}
    assert not out or '"question": "hello"' in out
