"""What people type on Slack, as plain text."""

import pytest

from summitqa_bot.slack.text import addresses_another, mentions, plain, read_question


@pytest.mark.parametrize(
    ("typed", "question", "article", "private"),
    [
        ("What happened?", "What happened?", None, False),
        ("--private What happened?", "What happened?", None, True),
        ("private letters in the museum?", "private letters in the museum?", None, False),
        ("Private talks?", "Private talks?", None, False),
        ("What happened? --private in:alaska-summit", "What happened?", "alaska-summit", True),
        ("in:a-b what is in: that", "what is in: that", "a-b", False),
        ("", "", None, False),
    ],
)
def test_options_are_read_off_a_question(typed, question, article, private):
    asked = read_question(typed)
    assert (asked.question, asked.article, asked.private) == (question, article, private)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("<@UBOT> hi &amp; bye &lt;b&gt;", "hi & bye <b>"),
        ("<https://x.org/a|the page> <https://y.org>", "the page https://y.org"),
        ("<#C1|general> <!here> <!subteam^S1|@team>", "#general @here @team"),
        ("&amp;lt; stays", "&lt; stays"),
    ],
)
def test_slacks_markup_is_taken_off(raw, shown):
    assert plain(raw) == shown


def test_mentions_are_told_apart():
    assert mentions("hey <@UBOT> you", "UBOT")
    assert mentions("hey <@UBOT|bot> you", "UBOT")
    assert not mentions("hey <@UBOTX>", "UBOT")
    assert addresses_another(" <@UANN> what?", "UBOT")
    assert addresses_another("did you pay the rent <@UANN|ann>?", "UBOT")
    assert not addresses_another("<@UBOT> what?", "UBOT")
