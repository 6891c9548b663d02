"""In the terminal, too, a citation opens on the page; a database is wanted only for a sealed link."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from rich.console import Console
from test_cli import run  # noqa: F401

from summitqa_bot.commands import cli
from summitqa_bot.links import Links, Target
from summitqa_bot.settings import Settings
from summitqa_bot.state import State, noted

# ruff: noqa: F811 - a fixture of another module

QUESTION = "Which slogan was on the backdrop?"
URL = "https://quotes.example.org"
PUBLIC = {"SUMMITQA_WEB_URL": URL, "SUMMITQA_WEB_ACCESS": "public"}


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the command print links as in a terminal that shows them."""
    shown = Console(force_terminal=True, color_system="truecolor", width=200)
    monkeypatch.setattr(cli, "out", shown)


def followed(out: str) -> list[str]:
    """Give the addresses that a terminal opens where a citation is clicked."""
    return re.findall(r"\x1b\]8;[^;]*;([^\x1b]+)\x1b", out)


def test_json_keeps_the_source_and_adds_the_page(run):
    first = json.loads(run("ask", QUESTION, "--json")[1])["passages"]
    assert {one["page"] for one in first} == {None}
    with_page = json.loads(run("ask", QUESTION, "--json", **PUBLIC)[1])["passages"]
    assert [{**one, "page": None} for one in with_page] == first
    for one in with_page:
        parts = urlsplit(one["page"])
        assert one["page"].startswith(f"{URL}/a/house/alaska-summit?v=")
        assert parts.fragment == f"s{one['start']}-{one['end']}"
        spans = parse_qs(parts.query)["s"][0].split(",")
        assert spans[0] == f"{one['start']}-{one['end']}"
        assert sorted(spans) == sorted(f"{each['start']}-{each['end']}" for each in first)


def test_an_answer_and_what_is_talked_about_open_on_the_page(run, live, monkeypatch):
    said = iter([QUESTION, ""])
    monkeypatch.setattr(Console, "input", lambda *_: next(said))
    for words in (("ask", QUESTION), ("chat",)):
        _, out, _ = run(*words, **PUBLIC)
        assert followed(out)[0].startswith(f"{URL}/a/house/alaska-summit?v=")
    _, out, _ = run("ask", QUESTION, SUMMITQA_WEB_ACCESS="off")
    assert followed(out) == []  # as this article has no address of its own


def test_where_links_are_sealed_the_bots_open_them(run, real_home: Path):
    passages = json.loads(run("ask", QUESTION, "--json", SUMMITQA_WEB_URL=URL)[1])["passages"]
    again = json.loads(run("ask", QUESTION, "--json")[1])["passages"]
    state = State(real_home)
    links = Links(Settings(home=real_home, web_url=URL), state.link_key)
    for one in (*passages, *again):
        query = parse_qs(urlsplit(one["page"]).query)
        assert links.opens(Target("house", one["article"], query["v"][0]), query["k"][0])
    state.close()


@pytest.mark.parametrize("given", [{}, PUBLIC])
def test_no_question_of_the_house_shelf_waits_for_a_database(real_home: Path, given):
    code = (
        "import sys; sys.argv[1:] = ['ask', 'Which slogan was on the backdrop?', '--json']\n"
        "from summitqa_bot.commands.cli import main\n"
        "try: main()\n"
        "finally: print({'sqlalchemy', 'itsdangerous', 'aiohttp'} & set(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "SUMMITQA_HOME": str(real_home), **given},
        cwd=real_home,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stderr.endswith("set()\n")
    assert json.loads(done.stdout)["found"]
    assert not (real_home / "state.db").exists()
    assert noted(real_home, None, "links") is None
