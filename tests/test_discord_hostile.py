"""Hostile files handed in on a simulated Discord: one sentence or a preview, nothing of it live."""

import json

from test_discord_articles import Shelf, real_desk, shelf, simcord_bot, words  # noqa: F401

from summitqa_bot import strings
from tests.faults.hostile import PAYLOADS, check_discord

TROUBLE = strings.TROUBLE.split("{")[0]


async def test_nothing_of_a_hostile_file_is_live_in_its_preview(shelf: Shelf) -> None:  # noqa: F811
    for number, payload in enumerate(PAYLOADS):
        line = payload.replace("\n", " ").replace("\0", "")
        text = (
            f"---\ntitle: {json.dumps(line)}\nauthor: {json.dumps(line)}\n---\n{payload}\n\nEnd.\n"
        )
        told = words(await shelf.use("add", file=(f"{number}.md", text.encode())))
        assert TROUBLE not in told, payload
        sent = [one.json for one in shelf.env.http_requests if one.method == "PATCH"][-1]
        check_discord(sent)
        assert sent["allowed_mentions"] == {"parse": []}


async def test_hostile_words_in_the_options_are_not_live_either(shelf: Shelf) -> None:  # noqa: F811
    for payload in PAYLOADS[::5]:
        line = payload.replace("\0", "")
        for options in (
            {"file": ("a.txt", b"The door is red."), "title": line, "credit": line},
            {"url": f"https://{line}"},
            {"file": ("a.txt", b"The door is red."), "date": line},
        ):
            assert TROUBLE not in words(await shelf.use("add", **options)), options
            check_discord(
                [one.json for one in shelf.env.http_requests if one.method == "PATCH"][-1]
            )
        gone = await shelf.use("remove", article=line[:90])
        assert TROUBLE not in words(gone), payload
