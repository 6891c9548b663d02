"""Cleaning leaves what a reader sees, and decoding never guesses."""

import codecs
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summitqa.errors import SourceError
from summitqa_index.sources.clean import clean, decode

BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"
JOINERS = "\u200c\u200d"
NASTY = st.text(st.sampled_from(
    "aé e\u0301\u0323\n\r\t\v\f\x00\x1b\x85\u2028\ud800\udfff\ufeff\u200b\u2060\u00ad"
    + BIDI + JOINERS + "کیक\u094dष\u0958❤\ufe0f🔥👩💻\U0001f3f4\U000e0067\U000e0062\U000e007f5٣"
))  # fmt: skip


@given(st.one_of(NASTY, st.text(st.characters())))
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert unicodedata.is_normalized("NFC", once)


@given(st.one_of(NASTY, st.text(st.characters())))
def test_no_control_bidi_or_surrogate_is_left(text: str) -> None:
    cleaned = clean(text)
    assert not [c for c in cleaned if unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t"]
    assert not set(cleaned) & set(BIDI + "\u200b\u2060\ufeff\u2028\u2029")
    cleaned.encode("utf-8")


@given(st.text(st.characters(codec="ascii", categories=["L", "N", "P", "Z"])))
def test_plain_text_is_untouched(text: str) -> None:
    assert clean(text) == text


def test_line_ends_and_form_feeds_become_newlines() -> None:
    assert clean("a\r\nb\rc\x0cd\u2028e\x85f") == "a\nb\nc\nd\ne\nf"


def test_removing_a_zero_width_space_lets_the_accent_compose() -> None:
    assert clean("e\u200b\u0301") == "é"


@pytest.mark.parametrize(
    "spelt", ["می\u200cخواهم", "क्\u200dष", "ශ්\u200dරී", "👩\u200d💻", "❤\ufe0f\u200d🔥"]
)
def test_joiners_that_are_spelling_stay(spelt: str) -> None:
    assert clean(spelt) == unicodedata.normalize("NFC", spelt)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pass\u200dword", "password"),
        ("ک\u200c\u200cک", "کک"),
        ("\u200dک", "ک"),
        ("٣\u200c٣", "٣٣"),
    ],
)
def test_joiners_that_are_not_spelling_go(text: str, expected: str) -> None:
    assert clean(text) == expected


def test_tag_characters_go_but_a_regions_flag_stays() -> None:
    flag = "\U0001f3f4" + "".join(chr(0xE0000 + ord(c)) for c in "gbsct") + "\U000e007f"
    hidden = "".join(chr(0xE0000 + ord(c)) for c in "obey me")
    assert clean(f"Go {flag}{hidden}!") == f"Go {flag}!"


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [(codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"),
     (codecs.BOM_UTF16_BE, "utf-16-be"), (codecs.BOM_UTF32_LE, "utf-32-le"),
     (codecs.BOM_UTF32_BE, "utf-32-be")],
)  # fmt: skip
def test_a_byte_order_mark_wins_over_the_charset(mark: bytes, encoding: str) -> None:
    assert decode(mark + "Grüße".encode(encoding), "latin-1") == "Grüße"


def test_the_charset_is_honoured_as_a_browser_would() -> None:
    assert decode(b"\x93Gr\xfc\xdfe\x94", "ISO-8859-1") == "“Grüße”"
    assert decode("日本".encode("shift_jis"), "Shift_JIS") == "日本"


def test_bytes_that_are_not_utf8_are_named() -> None:
    with pytest.raises(SourceError, match=r"byte 0xFC at offset 2; UTF-8 is expected"):
        decode(b"Gr\xfcn")


@pytest.mark.parametrize("raw", [b"text\0more", bytes(range(1, 256)) * 20, b"\xff\xfe\0\0a\0"])
def test_a_binary_file_is_told_from_text(raw: bytes) -> None:
    with pytest.raises(SourceError):
        decode(raw)


def test_colour_escapes_do_not_make_a_text_binary() -> None:
    assert clean(decode(b"\x1b[31mred\x1b[0m")) == "[31mred[0m"


@pytest.mark.parametrize("charset", ["rot13", "unicode_escape", "no-such", "", "a\0b", "idna"])
def test_a_charset_that_is_none_is_refused(charset: str) -> None:
    with pytest.raises(SourceError, match="UTF-8 is expected"):
        decode(b"abc", charset)


@given(st.binary(max_size=200), st.sampled_from([None, "utf-16", "gb18030", "cp1252", "utf-7"]))
def test_decoding_gives_text_or_one_sentence(raw: bytes, charset: str | None) -> None:
    try:
        assert isinstance(decode(raw, charset), str)
    except SourceError as error:
        assert "\n" not in str(error)
