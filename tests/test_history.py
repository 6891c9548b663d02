"""What an admin reads of the changes of a shelf: which, and who made them."""

# ruff: noqa: F811 - fixtures of another module

from test_articles import ADMIN, button, closed, desk, put, rules  # noqa: F401

from summitqa_bot.strings import articles as said
from summitqa_bot.wording.reply import Moment, Person


async def test_changes_are_told_with_who_made_them_and_nothing_that_was_only_looked_at(desk):
    await put(desk, rules())
    await desk.articles.show(ADMIN, "rules")
    dropped = await desk.articles.remove(ADMIN, "rules")
    await desk.press(ADMIN, button(dropped, said.BUTTON_DROP))
    await desk.forget(ADMIN)
    told = await desk.articles.history(ADMIN)
    heading, line = told.text.splitlines()
    assert heading == said.HISTORY
    assert line.endswith("· rules put on the shelf, by an admin on Discord")
    assert isinstance(told.values[0], Moment)
    assert told.values[1:] == (Person("discord", ADMIN.user),)


async def test_what_was_not_done_is_no_change(desk):
    preview = await desk.articles.add(ADMIN, rules())
    await put(desk, rules())
    renamed = await desk.articles.rename(ADMIN, "rules", "One")
    await put(desk, rules("# Others\n\nCats, too.\n"), instead_of="rules")
    await desk.press(ADMIN, button(renamed, said.BUTTON_MAKE))  # too late
    await desk.press(ADMIN, button(preview, said.BUTTON_PUT))
    told = (await desk.articles.history(ADMIN)).text
    changes = [line.split("· ")[1].partition(",")[0] for line in told.splitlines()[1:]]
    assert changes == ["rules put on the shelf", "rules replaced", "rules put on the shelf"]


async def test_a_shelf_that_nobody_has_changed_says_so(desk):
    await desk.articles.history(ADMIN)
    assert (await desk.articles.history(ADMIN)).text == said.HISTORY_NONE
