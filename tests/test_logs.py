# ruff: noqa: F811 - fixtures are imported by name and named again as arguments
"""The log: text or JSON, an event a line, no secret and no question, an id through an exchange."""

import contextlib
import io
import json
import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from web_world import ANN, Room, event, room  # noqa: F401

from summitqa_bot import logs
from summitqa_bot.attend import Attendance
from summitqa_bot.service.desk import Desk
from summitqa_bot.settings import Settings
from summitqa_bot.state import State
from tests.fakes import FakeEncoder, index, library, write

TOKEN = "xoxb-1-very-secret"
Lines = Callable[[], list[str]]


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Lines]]:
    """Log as settings say, and give what is written, line by line."""
    root = logging.getLogger()
    before = root.handlers[:]

    def begin(**given: Any) -> Lines:
        stream = io.StringIO()
        monkeypatch.setattr("sys.stderr", stream)
        logs.configure_logging(Settings(slack_bot_token=TOKEN, log_level="debug", **given))
        return lambda: stream.getvalue().splitlines()

    yield begin
    root.handlers = before


def fall(log: logging.Logger) -> None:
    try:
        raise RuntimeError(f"the roof came down on {TOKEN}")  # noqa: TRY301
    except RuntimeError:
        log.exception("error %s with %s", "1234abcd", TOKEN)
        raise


def test_a_line_of_json_is_one_event_its_trace_within_it_and_no_secret(written):
    lines = written(log_format="json")
    log = logging.getLogger("summitqa_bot.tests")
    log.info("two\nlines of %s", 'a "quote"')
    with contextlib.suppress(RuntimeError):
        fall(log)
    plain, failed = [json.loads(line) for line in lines()]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", plain.pop("time"))
    assert plain == {
        "level": "INFO",
        "logger": "summitqa_bot.tests",
        "message": 'two\nlines of a "quote"',
    }
    assert failed["message"] == "error 1234abcd with ***"
    assert failed["trace"].startswith("Traceback")
    assert "the roof came down on ***" in failed["trace"]
    assert TOKEN not in "".join(lines())


def test_what_cannot_be_said_as_it_was_meant_is_still_one_line(written):
    lines = written(log_format="json")
    logging.getLogger("summitqa_bot.tests").info("\x00 \u2028 \ud800 %s", "é")
    [line] = lines()
    assert json.loads(line)["message"] == "\x00 \u2028 \ud800 é"


def desk_of(home: Path) -> Desk:
    shelf = write(home.parent / "shelf", {"toll.txt": "The toll is two shillings a cart."})
    index(home, shelf)
    return Desk(Settings(home=home), library(home), State(home), FakeEncoder())


async def conversed(desk: Desk, room: Room) -> None:
    """Ask, edit what was asked, and ask something else."""
    attendance = Attendance("web", desk, room.amend, lambda actor, *_: actor)
    for name, message, asked in (
        ("e1", "m1", "The toll is two pence?"),
        ("e2", "m1", "The toll is two shillings?"),
        ("e3", "m2", "The cart is a toll?"),
    ):
        done = attendance.hear(
            event(room, name), message, asked, lambda _, q=asked: desk.ask(ANN, q)
        )
        assert done is not None
        await done
    await desk.close()


async def test_all_lines_of_an_exchange_carry_one_id_from_ack_to_edit_across_threads(
    tmp_path, written, room
):
    lines = written(log_format="json")
    await conversed(desk_of(tmp_path / "home"), room)
    said = [json.loads(line) for line in lines()]
    of: dict[str, list[str]] = {}
    for one in said:
        if one["logger"] in {"summitqa_bot.web", "summitqa_bot.service.answering"}:
            of.setdefault(one["event"], []).append(
                re.sub(r"[\d.]+ ms|from \S+", "…", one["message"])
            )
    first, second = of.values()
    assert len(first) == 2 * len(second) == 6
    assert second == ["acknowledged after …", "strong, …", "shown after …"]
    assert first[:3] == second
    assert first[5] == "shown anew after …"
    for line in lines():
        assert "toll" not in line
        assert "shillings" not in line


async def test_the_id_stands_in_lines_of_text_too(tmp_path, written, room):
    lines = written()
    await conversed(desk_of(tmp_path / "home"), room)
    ids = re.findall(r"INFO summitqa_bot\.\S+ \[([0-9a-f]{8})\]: ", "\n".join(lines()))
    assert len(ids) == 9
    assert len(set(ids)) == 2


def test_outside_of_an_exchange_there_is_no_id(written):
    lines = written()
    logging.getLogger("summitqa_bot.tests").info("hello")
    assert lines()[0].endswith(" INFO summitqa_bot.tests: hello")
