"""A shelf filled and mended from Slack: Bolt, the desk and the shelf for real, Slack a stand-in."""

import pytest
from slack_rig import shortcut, submitted, words
from slack_server import ADMIN, USER
from slack_shelf import RULES, Shelf, real_desk

from summitqa_bot import strings
from summitqa_bot.strings import articles as said
from summitqa_bot.strings import slack as on_slack


@pytest.fixture
async def desk(tmp_path):
    async with real_desk(tmp_path) as one:
        yield one


@pytest.fixture
def shelf(rig, slack):
    return Shelf(rig, slack)


async def test_a_file_is_put_on_the_shelf_and_asked_for(shelf, slack):
    view = await shelf.opened(shelf.articles("add"))
    kinds = {block["block_id"]: block["element"]["type"] for block in view["blocks"]}
    assert kinds == {
        "file": "file_input",
        "page": "plain_text_input",
        "text": "plain_text_input",
        "title": "plain_text_input",
        "credit": "plain_text_input",
    }
    assert view["blocks"][0]["element"]["max_files"] == 1
    assert "docx" in view["blocks"][0]["element"]["filetypes"]
    file = slack.files.put("rules.md", RULES)
    shown = await shelf.after(submitted(view, ADMIN, file=[file], credit="The board"))
    told = " ".join(words(shown["blocks"]))
    assert "To be put on the shelf: “House rules”, 2 passages." in told
    assert "The board" in told
    assert slack.files.downloads == [("127.0.0.1", "Bearer xoxb-1-very-secret")]
    done = await shelf.after(shelf.press(shown, said.BUTTON_PUT))
    assert "on the shelf" in " ".join(words(done["blocks"]))
    assert "House rules (rules)" in await shelf.said(shelf.articles("list", USER))
    undone = await shelf.said(shelf.press(done, said.BUTTON_UNDO))
    assert said.UNDONE in undone


async def test_a_pasted_text_is_put_on_the_shelf(shelf):
    view = await shelf.opened(shelf.articles("Add "))
    shown = await shelf.said(submitted(view, ADMIN, text=RULES, title="The rules"))
    assert "To be put on the shelf: “The rules”" in shown


async def test_the_details_of_a_draft_are_asked_with_what_is_known_of_them(shelf):
    view = await shelf.opened(shelf.articles("add"))
    shown = await shelf.after(submitted(view, ADMIN, text=RULES, title="The rules"))
    view = await shelf.opened(shelf.press(shown, said.BUTTON_DETAILS))
    titles = [block["element"].get("initial_value") for block in view["blocks"]]
    assert titles[0] == "The rules"
    anew = await shelf.said(submitted(view, ADMIN, date="2025-08-16", title="Our rules"))
    assert "“Our rules”" in anew
    assert "16 Aug 2025" in anew


async def test_a_form_that_is_not_for_whoever_presses_opens_nothing_and_says_why(shelf, slack):
    view = await shelf.opened(shelf.articles("add"))
    shown = await shelf.after(submitted(view, ADMIN, text=RULES))
    details = shelf.press(shown, said.BUTTON_DETAILS)
    await shelf.after(shelf.press(shown, said.BUTTON_DROP))
    assert "decided" in await shelf.said(details)
    assert strings.ADMINS_ONLY in await shelf.said(shelf.press(shown, said.BUTTON_DETAILS, USER))
    assert len(slack.sent("views.open")) == 1


async def test_an_article_is_shown_renamed_replaced_and_removed(shelf, slack):
    await shelf.put()
    assert "2 passages" in await shelf.said(shelf.articles("show rules"))
    renamed = await shelf.after(shelf.articles("rename rules The new rules"))
    assert "“The new rules”" in " ".join(words(renamed["blocks"]))
    await shelf.after(shelf.press(renamed, said.BUTTON_MAKE))
    view = await shelf.opened(shelf.articles("replace rules"))
    file = slack.files.put("rules.md", RULES + "\nNo fires.\n")
    shown = await shelf.after(submitted(view, ADMIN, file=[file]))
    assert "To be put in place of rules" in " ".join(words(shown["blocks"]))
    await shelf.after(shelf.press(shown, said.BUTTON_MAKE))
    assert "3 passages" in await shelf.said(shelf.articles("show in:rules"))
    gone = await shelf.after(shelf.articles("remove rules"))
    await shelf.after(shelf.press(gone, said.BUTTON_MAKE))
    assert said.LIST_EMPTY in await shelf.said(shelf.articles("list"))
    history = await shelf.said(shelf.articles("history"))
    assert "rules renamed" in history
    assert "rules taken off" in history


async def test_a_page_is_read_at_once(shelf, slack):
    await shelf.put()
    opened = len(slack.sent("views.open"))
    # The stand-in is of a private network, where no page is read from: a sentence says so.
    for text in ("add https://127.0.0.1/a?b=1&amp;c=2", "replace rules <https://127.0.0.1/a>"):
        assert "https://127.0.0.1/a" in await shelf.said(shelf.articles(text))
    assert len(slack.sent("views.open")) == opened


@pytest.mark.parametrize(
    "text", ["", "help", "dance", "add this text", "show", "show a b", "rename", "remove"]
)
async def test_whatever_else_is_said_is_answered_with_what_there_is(shelf, slack, text):
    assert on_slack.ARTICLES_HELP in await shelf.said(shelf.articles(text))
    assert not slack.sent("users.info")


@pytest.mark.parametrize("user", [USER, "UGUEST001", "USTRANGE1", "UNOBODY01"])
@pytest.mark.parametrize(
    "text", ["add", "add https://example.org/a", "show rules", "replace rules", "rename rules X",
             "remove rules", "history"]
)  # fmt: skip
async def test_none_but_admins_change_anything(shelf, slack, user, text):
    assert strings.ADMINS_ONLY in await shelf.said(shelf.articles(text, user))
    assert not slack.sent("views.open")


async def test_nobody_else_has_a_file_fetched(shelf, slack):
    file = slack.files.put("rules.md", RULES)
    view = await shelf.opened(shelf.articles("add"))
    assert strings.ADMINS_ONLY in await shelf.said(submitted(view, USER, file=[file]))
    message = shortcut(slack, {"files": [file]}, user={"id": USER})
    assert strings.ADMINS_ONLY in await shelf.said(message)
    assert not slack.files.downloads
    assert not slack.sent("files.info")


async def test_what_a_message_holds_is_put_on_the_shelf(shelf, slack):
    async def add(**message):
        return await shelf.said(shortcut(slack, message, user={"id": ADMIN}))

    assert "To be put on the shelf" in await add(text="Dogs &amp; cats stay <@U1> on the lead.")
    assert "127.0.0.1" in await add(text="<https://127.0.0.1/rules|the rules>")
    assert said.NOTHING_GIVEN in await add(text="")
    forwarded = {"is_share": True, "text": "Cats stay in.", "ts": "1755302400.5"}
    shared = await add(attachments=[{"text": "a preview"}, forwarded])
    assert "Cats stay in." in shared
    assert "16 Aug 2025" in shared
    one = slack.files.put("rules.md", RULES)
    assert "“House rules”" in await add(text="look", files=[one])
    two = await add(files=[one, slack.files.put("more.md", "# More\n\nMore.\n")])
    assert said.FIRST_OF_SEVERAL.format(name="rules.md") in two


async def test_a_form_that_comes_too_late_is_told_of(shelf, slack):
    slack.fail("views.open", "expired_trigger_id")
    told = await shelf.said(shelf.articles("add"))
    assert on_slack.FORM_FAILED.format(reason="expired_trigger_id") in told
    assert on_slack.FORM_TAKES_FILE in told


async def test_a_form_that_needs_another_scope_is_told_of(shelf, slack):
    slack.fail("views.open", "missing_scope")
    assert "files:read" in await shelf.said(shelf.articles("add"))
