"""The page while the database is away: it answers, says from what, and offers nothing in vain."""

from summitqa.errors import DatabaseUnavailableError
from summitqa_bot.strings.serving import ANSWERED_AS_LAST_SEEN
from tests.fakes import index, write
from tests.web_rig import desk_of, visitor_of

GATES = "# Gates\n\nThe number of gate 7 is 259, as the keeper wrote.\n"
QUESTION = "What is the number of gate 7?"


async def test_an_answer_says_that_it_is_as_last_seen_and_takes_no_thumbs(tmp_path, monkeypatch):
    index(tmp_path / "home", write(tmp_path / "s", {"gates.md": GATES}))

    def away(*_):
        raise DatabaseUnavailableError("away")

    async with desk_of(tmp_path / "home") as desk, visitor_of(desk) as visitor:
        with monkeypatch.context() as patch:
            patch.setattr(desk._state, "save_answer", away)
            seen = await visitor.open("/", q=QUESTION)
            unknown = await visitor.open("/", q="Who wrote the opera of the seven clowns?")
        for one in (seen, unknown):
            assert ANSWERED_AS_LAST_SEEN in one.words
            assert one.headers["Cache-Control"] == "no-store"
        assert "259" in seen.words
        assert "/press" not in seen.text
        back = await visitor.open("/", q=QUESTION)
        assert ANSWERED_AS_LAST_SEEN not in back.words
        assert "/press" in back.text
