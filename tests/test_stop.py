"""A stop during a reindex is prompt, whatever the reindex is at, and leaves the index whole."""

import asyncio
import os
import sys
import threading
import time
from pathlib import Path

import pytest
from discord_rest import TOKEN
from discord_server import Discord, serving

from summitqa.errors import CalledOffError
from summitqa_index.sources import sandbox
from summitqa_index.sources.sandbox import Readers
from summitqa_index.versions import verify
from tests.fakes import library, publisher

# The command with an encoder that takes its time as soon as it is told to.
COMMAND = """
import time
from pathlib import Path
from summitqa_bot import assemble
from summitqa_bot.commands import cli
from tests.fakes import FakeEncoder

class Slow(FakeEncoder):
    def encode(self, text, before=""):
        if Path("slow").exists():
            Path("began").touch()
            time.sleep(float(Path("slow").read_text()))
        return super().encode(text, before)

assemble.load_encoder = lambda *_: Slow()
cli.main()
"""


async def start(discord: Discord, folder: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "ignore::DeprecationWarning", "-c", COMMAND, "discord"),
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(sys.path),
            "DISCORD_TOKEN": TOKEN,
            "SUMMITQA_HOME": str(folder / "home"),
            "SUMMITQA_SOURCES": str(folder / "shelf.txt"),
            "SUMMITQA_ADMINS": discord.user("boss")["id"],
            "SUMMITQA_DISCORD_API_URL": f"{discord.url}/api",
            "SUMMITQA_DISCORD_GATEWAY_URL": f"{discord.url.replace('http', 'ws')}/gateway",
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


async def begun(folder: Path) -> None:
    async with asyncio.timeout(60):
        while not (folder / "began").exists():  # noqa: ASYNC110
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("step", [1, 60], ids=["many short steps", "one long step"])
async def test_a_stop_during_a_reindex_takes_at_most_5_seconds(tmp_path: Path, step: float):
    shelf = tmp_path / "shelf.txt"
    shelf.write_text("The door is red.")
    async with serving() as discord:
        process = await start(discord, tmp_path)
        await discord.until(lambda: discord.commands, 120)
        await discord.until(lambda: discord.sockets, 60)
        before = library(tmp_path / "home").store.version
        shelf.write_text("\n\n".join(f"Door number {n} is blue." for n in range(100)))
        (tmp_path / "slow").write_text(str(step))
        await discord.use("reindex", user="boss")
        await begun(tmp_path)
        began = time.monotonic()
        process.terminate()
        output = (await asyncio.wait_for(process.communicate(), 60))[0].decode()
        took = time.monotonic() - began
    assert took < 15, f"{took:.1f} s"  # 5, and what a busy machine adds
    assert process.returncode == 0
    assert "Traceback" not in output
    assert library(tmp_path / "home").store.version == before
    assert verify(publisher(tmp_path / "home")) == []
    if step == 1:
        assert [path.name for path in (tmp_path / "home" / "versions").iterdir()] == [before]


def test_calling_off_ends_the_reading_of_a_single_file(monkeypatch: pytest.MonkeyPatch):
    stuck = [sys.executable, "-c", "import time; time.sleep(600)"]
    monkeypatch.setattr(sandbox, "_command", lambda *_: stuck)
    cancelled = threading.Event()
    threading.Timer(0.3, cancelled.set).start()
    began = time.monotonic()
    with Readers(cancelled=cancelled) as readers, pytest.raises(CalledOffError):
        readers.read("txt", b"The door is red.")
    assert time.monotonic() - began < 20
