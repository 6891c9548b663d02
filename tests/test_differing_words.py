"""What has changed in a passage, word by word."""

from hypothesis import given
from hypothesis import strategies as st

from summitqa_bot.wording.differing import Words, difference, narrowed
from summitqa_index.changes import PassageChange


def test_the_words_that_are_other_are_marked_in_both_wordings():
    found = difference(PassageChange("a", "The bell rings at noon.", "The bell rang at noon."))
    assert found.then == (Words("The bell "), Words("rings ", other=True), Words("at noon."))
    assert found.now == (Words("The bell "), Words("rang ", other=True), Words("at noon."))


def test_what_is_new_or_gone_is_other_as_a_whole():
    assert difference(PassageChange("a", None, "A bell.")).now == (Words("A bell.", other=True),)
    assert difference(PassageChange("a", "A bell.", None)).then == (Words("A bell.", other=True),)
    assert difference(PassageChange("a", None, "A bell.")).then == ()


def test_white_space_alone_is_no_difference():
    found = difference(PassageChange("a", "The bell\nrings.", "The bell rings."))
    assert not any(one.other for one in (*found.then, *found.now))


def test_a_wording_is_cut_to_what_is_other_and_a_little_around_it():
    before, after = "It was so. " * 20, " And so on." * 20
    found = difference(PassageChange("a", f"{before}Red{after}", f"{before}\nBlue{after}"))
    head, other, tail = narrowed(found.now)
    assert (other.text, other.other) == ("Blue", True)
    assert head.text.startswith("[…] ") and head.text.endswith("It was so.")
    assert tail.text.startswith("And so on.") and tail.text.endswith(" […]")
    assert max(len(head.text), len(tail.text)) <= 50


def test_of_what_is_new_or_gone_the_beginning_is_shown():
    found = difference(PassageChange("a", None, "A bell rings. " * 100))
    (new,) = narrowed(found.now)
    assert new.text.startswith("A bell rings.") and new.text.endswith(" […]")
    assert len(new.text) <= 310
    assert narrowed(found.then) == ()


def test_a_wording_in_which_nothing_is_other_is_left_out():
    found = difference(PassageChange("a", "A bell rings.", "A bell rings. And a horn."))
    assert narrowed(found.then) == ()
    assert narrowed(found.now)[-1] == Words("And a horn.", other=True)


@given(st.text("ab \n", max_size=40), st.text("ab \n", max_size=40))
def test_no_word_of_either_is_lost(old, new):
    found = difference(PassageChange("a", old, new))
    assert "".join(one.text for one in found.then) == old
    assert "".join(one.text for one in found.now) == new
    kept = [
        "".join(one.text for one in side if not one.other).split()
        for side in (found.then, found.now)
    ]
    assert kept[0] == kept[1]
