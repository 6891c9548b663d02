"""A shelf's file of questions that cannot be read is told of wherever somebody would look."""

from pathlib import Path

import pytest
from test_cli import run  # noqa: F401

from summitqa.errors import InputError
from summitqa.taught import MEND, QUESTIONS, Pair, teach, unteach
from summitqa_bot.commands import doctor
from summitqa_bot.service.desk import Desk
from summitqa_bot.service.material import Material
from summitqa_bot.service.permissions import Actor
from summitqa_bot.settings import Settings
from summitqa_bot.state import State
from summitqa_bot.wording.reply import Reply
from tests.fakes import FakeEncoder, index, library, write

ADMIN = Actor("discord", "200000000000000002", "1", "10", manages=True)
RULES, POOL = "# Rules\n\nDogs stay on the lead.\n", "# Pool\n\nThe pool opens at six.\n"
ASKED = "May my poodle run about?"


@pytest.fixture
async def desk(tmp_path: Path):
    home = tmp_path / "home"
    index(home, write(tmp_path / "house", {"bridge.md": "# Bridge\n\nThe bridge is of stone.\n"}))
    made = Desk(Settings(home=home), library(home), State(home), FakeEncoder())
    await put(made, RULES)
    yield made
    await made.close()


async def put(desk: Desk, text: str) -> Reply:
    preview = await desk.articles.add(ADMIN, Material(text=text))
    return await desk.press(ADMIN, preview.buttons[0].id) if preview.buttons else preview


def shelf(desk: Desk) -> Path:
    return desk._shelves.folder(ADMIN.community)


def pair(desk: Desk) -> Pair:
    return Pair.of(ASKED, library(shelf(desk)).store.article("rules"), 1)


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        ("{}\nnonsense\n", "Line 1 of questions.jsonl has no"),
        ("\nnonsense\n", "Line 2 of questions.jsonl is not a question"),
        ("[]", "Line 1 of questions.jsonl is not a question"),
    ],
)
async def test_a_change_from_chat_says_what_is_to_be_mended_and_by_whom(desk, damage, told):
    (shelf(desk) / QUESTIONS).write_text(damage)
    reply = await put(desk, POOL)
    assert told in reply.text
    assert reply.text.endswith(MEND)
    assert "summitqa doctor" in MEND
    assert str(shelf(desk).parent) not in reply.text  # no folder of the operator's
    (shelf(desk) / QUESTIONS).unlink()
    assert "is on the shelf" in (await put(desk, POOL)).text


async def test_so_does_who_would_teach_and_what_was_taught_stays(desk):
    (shelf(desk) / QUESTIONS).write_text("nonsense")
    for change in (lambda: teach(shelf(desk), pair(desk)), lambda: unteach(shelf(desk), "?", "a")):
        with pytest.raises(InputError, match=r"Line 1 of questions\.jsonl") as raised:
            change()
        assert str(raised.value).endswith(MEND)
    assert (shelf(desk) / QUESTIONS).read_text() == "nonsense"


async def test_when_the_last_question_is_taken_back_the_shelf_is_held_to_none(desk):
    teach(shelf(desk), pair(desk))
    assert unteach(shelf(desk), ASKED, "rules")
    assert "is on the shelf" in (await put(desk, POOL)).text


async def test_the_status_in_chat_tells_of_it(desk):
    assert "questions.jsonl" not in (await desk.status(ADMIN)).text
    (shelf(desk) / QUESTIONS).write_text("nonsense")
    await desk._watch()
    status = (await desk.status(ADMIN)).text
    assert "Line 1 of questions.jsonl is not a pair" in status
    assert status.endswith(MEND)


def test_the_status_in_the_terminal_tells_of_it(run, real_home):  # noqa: F811
    run("ask", "Which slogan was on the backdrop?")
    assert "questions.jsonl" not in "".join(map(str, run("status")))
    (real_home / QUESTIONS).write_text("nonsense")
    code, out, err = run("status", "--json")
    assert code == 0
    assert "Line 1 of questions.jsonl is not a pair" in " ".join(err.split())
    assert "questions.jsonl" not in out


async def test_the_doctor_names_each_file_whosever_shelf_it_is_of(desk, tmp_path):
    settings = Settings(home=tmp_path / "home")

    def taught() -> list[tuple[bool | None, str]]:
        found = doctor.examine(settings, ())
        return [(one.well, one.detail) for one in found if one.name == "taught"]

    assert taught() == []
    teach(shelf(desk), pair(desk))
    assert taught() == [(True, "1 question of 1 shelf")]
    for folder in (settings.home, shelf(desk)):
        (folder / QUESTIONS).write_text("nonsense")
    assert [(well, "Line 1 of" in detail) for well, detail in taught()] == [(False, True)] * 2
    for folder, (_, detail) in zip((settings.home, shelf(desk)), taught(), strict=True):
        assert str(folder / QUESTIONS) in detail
        assert "mend that line, or take it out" in detail
