"""``summitqa discord`` itself, real model and real index, against a stand-in of Discord."""

import asyncio
import os
import re
import sys
import time
from pathlib import Path

from discord_rest import APP, TOKEN
from discord_server import Discord, serving

from summitqa_bot import strings
from summitqa_bot.state import State

# The command, telling at its end which heavy libraries it had loaded.
COMMAND = """
import atexit, sys
heavy = {"torch", "sentence_transformers", "transformers"}
atexit.register(lambda: print("loaded:", sorted(heavy & set(sys.modules)), flush=True))
from summitqa_bot.commands.cli import main
main()
"""
ARTICLE = "The bridge was built in 1901 by two brothers.\n\nThe toll is two shillings a cart.\n"


async def start(discord: Discord, home: Path, source: Path) -> asyncio.subprocess.Process:
    admin = discord.user("boss")["id"]
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-W", "ignore::DeprecationWarning", "-c", COMMAND, "discord"),
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(sys.path),
            "HF_HUB_OFFLINE": "1",
            "DISCORD_TOKEN": TOKEN,
            "SUMMITQA_HOME": str(home),
            "SUMMITQA_SOURCES": str(source),
            "SUMMITQA_ADMINS": admin,
            "SUMMITQA_ANSWER_IN": "reply",
            "SUMMITQA_DISCORD_API_URL": f"{discord.url}/api",
            "SUMMITQA_DISCORD_GATEWAY_URL": f"{discord.url.replace('http', 'ws')}/gateway",
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


def said(discord: Discord) -> str:
    """All text the bot shows, its escapes taken out."""
    parts = []
    for message in discord.shown():
        parts += [
            message["content"],
            *(embed.get("description", "") for embed in message["embeds"]),
        ]
    return "\n".join(parts).replace("\\", "")


async def test_the_command_answers_reindexes_and_outlives_a_kill(real_home: Path, tmp_path: Path):
    source = tmp_path / "bridge.md"
    source.write_text(ARTICLE, "utf-8")
    async with serving() as discord:
        process = await start(discord, real_home, source)
        await discord.until(lambda: discord.sockets, 120)
        await discord.use("ask", question="Who built the bridge?")
        await discord.until(
            lambda: "**The bridge was built in 1901 by two brothers.**" in said(discord), 30
        )
        source.write_text(ARTICLE.replace("two shillings", "nine shillings"), "utf-8")
        await discord.use("reindex", user="boss")
        asked = await discord.say(f"<@{APP}> How much is the toll for a cart?")
        await discord.until(lambda: "1 changed" in said(discord), 60)
        await discord.until(lambda: "shillings a cart.**" in said(discord), 30)
        await discord.use("ask", question="What is the toll for a cart?")
        await discord.until(lambda: "nine shillings a cart.**" in said(discord), 30)
        await discord.until(lambda: strings.CHANGED_SINCE in said(discord), 30)
        first = discord.shown(ephemeral=False)[-1]
        answers = len(discord.shown())
        process.kill()
        await process.communicate()

        process = await start(discord, real_home, source)
        await discord.until(lambda: len(discord.sockets) == 2, 120)
        await discord.dispatch("MESSAGE_CREATE", asked)
        button = first["components"][0]["components"][0]["custom_id"]
        assert button.startswith("context:")
        await discord.press(button, first)
        await discord.until(lambda: "The paragraphs around it" in said(discord), 30)
        await asyncio.sleep(1)
        assert len(discord.shown()) == answers + 1
        began = time.monotonic()
        process.terminate()
        output = (await process.communicate())[0].decode()
        assert time.monotonic() - began < 5
        assert process.returncode == 0
    assert re.search(r"^loaded: \[\]$", output, re.MULTILINE), output
    assert TOKEN not in output
    assert "Traceback" not in output
    log = State(real_home).audit_log()
    assert (f"discord:{discord.user('boss')['id']}", "reindex", "done") in log
