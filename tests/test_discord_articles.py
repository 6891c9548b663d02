"""A shelf filled and mended on a simulated Discord, by the real desk."""

import asyncio
import dataclasses
import json
from pathlib import Path

import discord
import pytest
import simcord
from discord_world import MANAGE, single
from on_both import InlineDesk

from summitqa_bot import strings
from summitqa_bot.discord import modals
from summitqa_bot.discord.app import SummitBot
from summitqa_bot.settings import Rate, Settings
from summitqa_bot.state import State
from summitqa_bot.strings import articles as said
from summitqa_bot.strings.discord import COMMANDS
from tests.fakes import FakeEncoder, index, library, write

RULES = b"# House rules\n\nDogs stay on the lead.\n\nQuiet hours begin at ten in the evening.\n"
LATER = RULES.replace(b"ten", b"eleven")


@pytest.fixture
def real_desk(tmp_path: Path) -> InlineDesk:
    home = tmp_path / "home"
    index(home, write(tmp_path / "house", {"bridge.md": "# Bridge\n\nThe bridge is of stone.\n"}))
    rate = Rate(1000, 1)
    settings = Settings(home=home, user_limit=rate, channel_limit=rate, max_source_mb=1)
    return InlineDesk(settings, library(home), State(home), FakeEncoder())


@pytest.fixture
def simcord_bot(real_desk: InlineDesk) -> SummitBot:
    return single(dataclasses.replace(real_desk._settings, discord_token="a.b.c"), real_desk)


@dataclasses.dataclass
class Shelf:
    """A server with an admin and a member, and the way from a command to what is on the shelf."""

    env: simcord.Env

    def __post_init__(self) -> None:
        self.guild = self.env.create_guild()
        self.channel = self.guild.create_text_channel("general")
        self.alice = self.guild.add_member(self.env.create_user("alice"))
        role = self.guild.create_role("Boss", permissions=MANAGE)
        self.boss = self.guild.add_member(self.env.create_user("boss"), roles=[role])

    async def use(self, verb: str, **options: object) -> simcord.InteractionResult:
        return await self.boss.slash(self.channel, f"articles {verb}", **options)

    async def press(self, result: simcord.InteractionResult, label: str):
        return await self.boss.click(result.response, label=label)

    async def put(self, **options: object) -> simcord.InteractionResult:
        return await self.press(await self.use("add", **options), said.BUTTON_PUT)

    async def let_everybody_see(self, *names: str) -> None:
        for known in await self.env.bot.tree.fetch_commands():
            if known.name in names:
                self.guild.set_command_permissions(known, {self.alice: True})


@pytest.fixture
async def shelf(simcord_env: simcord.Env, real_desk: InlineDesk):
    yield Shelf(simcord_env)
    await real_desk.close()


def words(result: simcord.InteractionResult) -> str:
    message = result.response
    assert message is not None and message.ephemeral
    assert not any(one.content for one in result.followups)
    quotes = [one.description or "" for one in message.embeds]
    return "\n".join([message.content, *quotes]).replace("\\", "").replace("**", "")


async def test_a_file_is_put_with_one_command_and_one_press(shelf: Shelf) -> None:
    preview = await shelf.use("add", file=("rules.md", RULES), credit="The landlady")
    assert "“House rules”, 2 passages" in words(preview)
    assert "Dogs stay on the lead." in words(preview) and "The landlady" in words(preview)
    assert said.LIST_EMPTY in words(await shelf.use("list"))
    done = await shelf.press(preview, said.BUTTON_PUT)
    assert "“House rules” is on the shelf" in words(done)
    contents = await shelf.alice.slash(shelf.channel, "contents")
    assert "House rules (rules)" in words(contents) and "Bridge" in words(contents)
    await shelf.press(done, said.BUTTON_UNDO)
    assert "House rules" not in words(await shelf.use("list"))


async def test_what_is_on_the_shelf_is_replaced_renamed_and_removed(shelf: Shelf) -> None:
    await shelf.put(file=("rules.md", RULES))
    offered = await shelf.boss.autocomplete(shelf.channel, "articles replace", "article", "hou")
    assert offered == [{"name": "House rules", "value": "rules"}]
    preview = await shelf.use("replace", article="rules", file=("new.md", LATER))
    assert "1 changed" in words(preview)
    assert "is in place of" in words(await shelf.press(preview, said.BUTTON_MAKE))
    assert "eleven in the evening" in words(await shelf.use("show", article="rules"))
    preview = await shelf.use("rename", article="rules", title="How we live")
    assert "“How we live” now" in words(await shelf.press(preview, said.BUTTON_MAKE))
    assert "How we live (rules)" in words(await shelf.use("list"))
    await shelf.press(await shelf.use("remove", article="rules"), said.BUTTON_MAKE)
    assert said.LIST_EMPTY in words(await shelf.use("list"))
    told = words(await shelf.use("history"))
    changes = ["taken off", "renamed", "replaced", "put on the shelf"]
    assert [line.split("· ")[1] for line in told.splitlines()[1:]] == [
        f"rules {one}, by <@{shelf.boss.id}>" for one in changes
    ]
    assert "no 'nope'" in words(await shelf.use("remove", article="nope"))


async def test_with_nothing_handed_in_a_form_asks_for_it(shelf: Shelf) -> None:
    shown = await shelf.use("add", title="Ours")
    assert shown.modal is not None
    kinds = [one["component"]["type"] for one in shown.modal["components"]]
    assert kinds == [19, 4, 4, 4, 4]
    filled = {one["component"]["custom_id"]: one["component"] for one in shown.modal["components"]}
    assert filled["title"]["value"] == "Ours" and filled["text"]["style"] == 2
    preview = await shelf.boss.submit_modal(shown, {"file": ("rules.md", RULES), "title": "Ours"})
    assert "“Ours”, 2 passages" in words(preview)
    shown = await shelf.use("add")
    preview = await shelf.boss.submit_modal(shown, {"text": "Bins go out on Friday."})
    assert "Bins go out on Friday." in words(preview)
    empty = await shelf.boss.submit_modal(await shelf.use("add"), {})
    assert words(empty) == said.NOTHING_GIVEN


async def test_details_are_filled_into_the_preview(shelf: Shelf) -> None:
    preview = await shelf.use("add", file=("rules.md", RULES), title="Ours")
    shown = await shelf.press(preview, said.BUTTON_DETAILS)
    assert shown.modal is not None
    values = {one["component"]["custom_id"]: one["component"] for one in shown.modal["components"]}
    assert values["title"]["value"] == "Ours"
    changed = await shelf.boss.submit_modal(shown, {"title": "Theirs", "date": "2025-08-16"})
    assert "“Theirs”" in words(changed) and "16 Aug 2025" in words(changed)
    shown = await shelf.press(changed, said.BUTTON_DETAILS)
    assert words(await shelf.boss.submit_modal(shown, {"date": "soon"})) == said.BAD_DATE.format(
        value="soon"
    )


async def test_a_form_that_cannot_be_opened_is_said_in_a_sentence(shelf: Shelf) -> None:
    shelf.env.inject_error("POST", "/interactions/*/*/callback", status=400, code=50035)
    assert words(await shelf.use("add")) == said.NOTHING_GIVEN


async def test_a_message_is_added_by_its_file_its_link_or_its_words(shelf: Shelf) -> None:
    async def add(*given: object, **more: object) -> str:
        message = await shelf.alice.send(shelf.channel, *given, **more)
        return words(await shelf.boss.context_menu(shelf.channel, COMMANDS["add message"], message))

    two = [("rules.md", RULES), ("other.md", b"# Other\n\nNothing.\n")]
    assert "House rules" in await add("See here", attachments=two)
    assert said.FIRST_OF_SEVERAL.format(name="rules.md") in await add(attachments=two)
    assert "SUMMITQA_ALLOW_URLS=1" in await add("<https://example.org/page>")
    told = await add("# Bins\n\nThey go out on Friday, see https://example.org.")
    assert "“Bins”" in told and "They go out on Friday" in told
    assert f"Date: {discord.utils.utcnow().day} " in told


async def test_hostile_and_broken_files_are_each_one_sentence(shelf: Shelf) -> None:
    hostile = {
        "empty.md": b"",
        "binary.txt": bytes(range(256)) * 16,
        "junk.pdf": b"junk",
        "junk.docx": b"PK\x03\x04junk",
        "photo.png": b"\x89PNG\r\n",
        "../../etc/passwd": b"root",
    }
    for name, content in hostile.items():
        told = words(await shelf.use("add", file=(name, content)))
        assert told.count("\n") <= 1 and strings.TROUBLE.split("{")[0] not in told, name
    large = words(await shelf.use("add", file=("large.txt", b"word " * 210_000)))
    assert (
        large
        == "large.txt is 1.1 MB, larger than 1 MB, the limit that SUMMITQA_MAX_SOURCE_MB sets."
    )
    assert said.LIST_EMPTY in words(await shelf.use("list"))


async def test_a_file_that_discord_does_not_give_is_said(shelf: Shelf, monkeypatch) -> None:
    async def read(_: discord.Attachment, **__: object) -> bytes:
        raise discord.NotFound(type("Response", (), {"status": 404, "reason": ""})(), "gone")

    monkeypatch.setattr(discord.Attachment, "read", read)
    told = words(await shelf.use("add", file=("rules.md", RULES)))
    assert told == said.FILE_NOT_FETCHED.format(name="rules.md")


async def test_others_are_refused_and_nothing_is_fetched_for_them(
    shelf: Shelf, monkeypatch
) -> None:
    with pytest.raises(simcord.SetupError):
        await shelf.alice.slash(shelf.channel, "articles add")
    await shelf.let_everybody_see("articles", COMMANDS["add message"])

    async def read(_: discord.Attachment, **__: object) -> bytes:
        raise AssertionError

    monkeypatch.setattr(discord.Attachment, "read", read)
    alice, channel = shelf.alice, shelf.channel
    message = await alice.send(channel, attachments=[("rules.md", RULES)])
    for refused in (
        await alice.slash(channel, "articles add"),
        await alice.slash(channel, "articles add", file=("rules.md", RULES)),
        await alice.slash(channel, "articles remove", article="rules"),
        await alice.context_menu(channel, COMMANDS["add message"], message),
    ):
        assert words(refused) == strings.ADMINS_ONLY


async def test_nothing_that_is_handed_in_is_live_in_the_preview(shelf: Shelf) -> None:
    text = b"# @everyone <@1> **x**\n\n@here [a](https://evil.example) says hello.\n"
    preview = await shelf.use("add", file=("a.md", text))
    shown = preview.response.content
    assert "\\@everyone" in shown and "<@1>" not in shown
    sent = [one for one in shelf.env.http_requests if one.method == "PATCH"][-1]
    assert sent.json["allowed_mentions"] == {"parse": []}
    assert json.dumps(sent.json["components"]).count("custom_id") == 3


async def test_a_form_that_takes_too_long_is_gone_on_without(shelf: Shelf, monkeypatch) -> None:
    async def form(_: object, __: str) -> None:
        await asyncio.sleep(3600)

    monkeypatch.setattr(modals, "FORM_SECONDS", 0.05)
    monkeypatch.setattr(shelf.env.bot.front.desk, "form", form)
    assert words(await shelf.use("add")) == said.NOTHING_GIVEN
