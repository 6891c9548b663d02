"""Files and forms over the wire: the bot as a process, a stand-in for Discord on the loopback."""

import time

from discord_rest import Fault
from test_discord_wire import running

from summitqa_bot.strings import articles as said

RULES = b"# House rules\n\nDogs stay on the lead.\n"


async def test_a_file_is_fetched_previewed_and_put_by_a_press() -> None:
    async with running() as (discord, _):
        used = await discord.use("articles add", file=("rules.md", RULES), title="Ours")
        (preview,) = await discord.until(lambda: discord.shown(ephemeral=True))
        assert (
            preview["content"].replace("\\", "") == f"Filled add: title=Ours rules.md={len(RULES)}"
        )
        held = discord.interactions[used["token"]]
        assert held["acked"] - held["sent"] < 1
        await discord.press("put:d1", preview)
        await discord.until(lambda: len(discord.shown(ephemeral=True)) == 2)
        assert discord.shown()[-1]["content"] == "Pressed put:d1"
        assert discord.shown(ephemeral=False) == []


async def test_a_form_takes_a_file_and_words_and_comes_back_by_its_id() -> None:
    async with running() as (discord, _):
        form = await discord.form(await discord.use("articles replace", article="rules"))
        assert form["custom_id"] == "add:rules" and len(form["components"]) == 5
        await discord.submit(form, file=("rules.md", RULES), title="Ours")
        (preview,) = await discord.until(lambda: discord.shown(ephemeral=True))
        told = preview["content"].replace("\\", "")
        assert told == f"Filled add:rules title=Ours rules.md={len(RULES)}"
        pressed = await discord.press("details:d1", preview)
        await discord.submit(await discord.form(pressed), title="Theirs")
        await discord.until(lambda: len(discord.shown(ephemeral=True)) == 2)
        assert discord.shown()[-1]["content"].replace("\\", "") == "Filled details:d1 title=Theirs"


async def test_what_is_too_large_or_gone_is_one_sentence_and_the_first_is_not_fetched() -> None:
    async with running(SUMMITQA_MAX_SOURCE_MB="1") as (discord, _):
        await discord.use("articles add", file=("big.txt", b"word " * 300_000))
        (told,) = await discord.until(lambda: discord.shown(ephemeral=True))
        large = said.FILE_TOO_LARGE.format(name="big.txt", megabytes="1.5", most=1)
        assert told["content"].replace("\\", "") == large
        assert discord.uploads.fetched == []
        gone = discord.upload
        discord.upload = lambda name, content: {  # type: ignore[method-assign]
            **gone(name, content),
            "url": f"{discord.url}/cdn/0/{name}",
        }
        await discord.use("articles add", file=("rules.md", RULES))
        await discord.until(lambda: len(discord.shown(ephemeral=True)) == 2)
        lost = said.FILE_NOT_FETCHED.format(name="rules.md")
        assert discord.shown()[-1]["content"].replace("\\", "") == lost


async def test_a_redelivered_command_opens_one_form_and_a_sent_form_counts_once() -> None:
    async with running() as (discord, _):
        used = await discord.use("articles add")
        form = await discord.form(used)
        await discord.dispatch("INTERACTION_CREATE", used)
        sent = await discord.submit(form, text="Bins go out on Friday.")
        await discord.dispatch("INTERACTION_CREATE", sent)
        await discord.until(lambda: discord.shown(ephemeral=True))
        await discord.use("ask", question="The last?")
        await discord.until(lambda: discord.shown(ephemeral=False))
        assert len(discord.shown(ephemeral=True)) == 1


async def test_a_form_that_discord_refuses_becomes_a_sentence() -> None:
    async with running() as (discord, _):
        refused = Fault("POST", "/callback$", 400, {"code": 50035, "message": "x"})
        discord.faults.append(refused)
        start = time.monotonic()
        await discord.use("articles add")
        (told,) = await discord.until(lambda: discord.shown(ephemeral=True))
        assert told["content"] == "Filled add:" and time.monotonic() - start < 5


async def test_the_report_comes_with_its_file_to_the_one_who_asked() -> None:
    async with running() as (discord, _):
        await discord.use("summitqa report")
        (told,) = await discord.until(lambda: discord.shown(ephemeral=True))
        assert told["content"] == "The last 7 days"
        assert told["files"] == {"questions.csv": "question\n"}


async def test_what_begins_a_post_of_a_forum_is_answered_there_where_that_is_wanted() -> None:
    forum, post = "1000000000000000009", "1000000000000000010"
    environ = {"SUMMITQA_DISCORD_CONTENT": "1", "OPEN": forum, "SUMMITQA_ANSWER_IN": "thread"}
    async with running(**environ) as (discord, _):
        await discord.until(lambda: discord.identified)
        assert discord.identified[0]["intents"] & 1 << 15
        thread = {**discord._branch({"name": "How long?"}, forum, post), "newly_created": True}
        await discord.dispatch("THREAD_CREATE", thread)
        await discord.say("How long did they meet?", id=post, channel_id=post)
        (answer,) = await discord.until(discord.shown)
        assert answer["channel_id"] == post
        assert answer["content"] == "Answer to: How long did they meet?"
        await discord.say("And who came?", channel_id=post)
        await discord.use("ask", question="The last?")
        await discord.until(lambda: len(discord.shown()) == 2)
        assert discord.shown()[-1]["content"] == "Answer to: The last?"
