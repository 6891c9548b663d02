"""A report says of an article with something amiss in it that it was read, not that it was skipped."""

from pathlib import Path

from rich.console import Console

from summitqa_bot.commands.terminal import report
from summitqa_bot.wording.replies import reindexed
from tests.fakes import index, write


def test_what_was_read_with_something_amiss_is_not_called_skipped(tmp_path: Path):
    shelf = write(
        tmp_path / "shelf",
        {"a.md": "---\ndate: soon\n---\nA tower stands here.", "b.txt": b"\0", "c.txt": "A well."},
    )
    done = index(tmp_path / "home", shelf)
    console = Console(width=200)
    with console.capture() as shown:
        console.print(report(done))
    said = shown.get()
    assert "read, but a.md says the date 'soon'" in said
    assert "skipped: b.txt" in said
    assert said.count("skipped") == 1
    chat = reindexed(done).text
    assert "Skipped 1: b.txt" in chat
    assert "amiss in 1: a.md" in chat
    assert [one["source"] for one in done.to_json()["skipped"]] == [
        str(shelf / "a.md"),
        str(shelf / "b.txt"),
    ]
