"""Bytes to text, and text to what may be stored: nothing invisible, nothing guessed."""

import codecs
import re
import unicodedata
from collections.abc import Container, Sequence

from summitqa.errors import SourceError

# Line ends of every system, of Unicode (UAX #14: NEL, LS, PS), and the two controls that
# stand for one; dropping those instead would glue two words together.
_LINE_END = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")

# A flag of a region (🏴, tag letters, cancel tag; UTS #51) is the one use of tag characters
# a reader can see; anywhere else they are a way to hide text.
_REGION_FLAG = "\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f"
_INVISIBLE = re.compile(
    f"({_REGION_FLAG})|["
    "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"  # C0 and C1, but tab and the line ends
    "\ud800-\udfff"  # surrogates, which in a str are always alone
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # bidi controls
    "\u00ad\u200b\u2060-\u2064\ufeff"  # soft hyphen, zero-width characters
    "\u206a-\u206f\ufff9-\ufffb\ufffe\uffff"  # deprecated formatting, annotations, no characters
    "\U000e0000-\U000e007f"  # tag characters
    "]"
)
# Normalising sorts each run of combining marks, in time that grows with its square; no spelling
# has more than 30 (the Stream-Safe Text Format of UAX #15). Beyond U+1E94A there are none.
_MARKS = "".join(
    mark
    for mark in map(chr, range(0x300, 0x1E94B))
    if unicodedata.combining(mark) or mark in "\u0f73\u0f75\u0f81"  # these decompose to marks
)
_LONGEST_RUN = 30
_RUN = re.compile(f"[{_MARKS}\\u200c\\u200d]{{{_LONGEST_RUN + 1},}}")
# Where one can be at all: this is looked for ten times as fast.
_FAR = re.compile(f"[^\\0-\\u02ff]{{{_LONGEST_RUN + 1},}}")
_PIECE = 1 << 16
LONGEST_LINE = 500  # characters of a title or a name
_WORD = re.compile(r"\w+")
_CUT_WORD = re.compile(r"([^\W\d_]+)([-\u00ad\u2010])\Z")
_JOINER = re.compile("[\u200c\u200d]+")

# Scripts whose spelling needs ZWNJ and ZWJ (The Unicode Standard, 9.2, 12.1, 13.4, 16.3):
# Arabic to Arabic Extended, Indic, Tibetan and Myanmar, Khmer and Mongolian, the later
# blocks of Indic, the Arabic presentation forms, and the Brahmic supplements.
_JOINING = re.compile(
    "[\u0600-\u08ff\u0900-\u0dff\u0f00-\u109f\u1780-\u18af\ua800-\uabff"
    "\ufb50-\ufdff\ufe70-\ufefc\U00010a00-\U00011fff]"
)
_EMOJI = re.compile("[\u00a9\u00ae\u203c-\u3299\ufe0f\U0001f000-\U0001faff]")

_BOMS = (  # UTF-32's first: the little-endian one begins with UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# What a browser reads a label as (WHATWG Encoding): a superset, in two cases.
_SUPERSET = {"iso8859-1": "cp1252", "ascii": "cp1252"}
# Encodings of text; Python's codecs also hold ciphers and escapes (rot13, unicode_escape).
_TEXT_CODEC = re.compile(
    r"ascii|utf-(8|(16|32)(-[bl]e)?)|iso8859-\d+|cp(125\d|437|8\d\d|9\d\d)|koi8-[rtu]"
    r"|mac-\w+|gb\w+|big5\w*|shift_jis\w*|euc_\w+|iso2022_\w+|johab|tis-620"
)
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\v\f\x1b"))
_CONTROL_SHARE = 0.05  # random or compressed bytes hold 10 %; a log full of colours, none


def clean(text: str) -> str:
    r"""Give ``text`` as it is stored: what a reader sees, and nothing else.

    Line ends become ``\n``; control, bidi, zero-width, soft-hyphen and tag characters and
    lone surrogates go; ZWNJ and ZWJ stay only inside words of scripts that are spelt with
    them, ZWJ inside emoji as well; of a pile of combining marks the first 30 stay; the rest is
    put in Unicode NFC. ``clean(clean(t)) == clean(t)`` for every ``t``.
    """
    text = _LINE_END.sub("\n", text)
    text = _INVISIBLE.sub(lambda match: match[1] or "", text)
    text = _JOINER.sub(_joiner, _FAR.sub(_shorter, text))
    # Once more: what is decomposed for good may have made a pile longer.
    return _FAR.sub(_shorter, unicodedata.normalize("NFC", text))


def is_visible(text: str) -> bool:
    """Tell whether no character is in a text that ``clean`` drops or makes a line end of.

    Joiners apart. It is looked at piece by piece, for no search lets other threads go on.
    """
    start = 0
    while start < len(text):
        end = start + _PIECE
        while "\U000e0000" <= text[end : end + 1] <= "\U000e007f" and end < start + _PIECE + 8:
            end += 1  # a flag is not cut
        if _LINE_END.search(text, start, end):
            return False
        if any(match[1] is None for match in _INVISIBLE.finditer(text, start, end)):
            return False
        start = end
    return True


def _shorter(match: re.Match[str]) -> str:
    """Shorten the piles of marks in a stretch of text beyond Latin."""
    return _RUN.sub(lambda run: run[0][:_LONGEST_RUN].rstrip("\u200c\u200d"), match[0])


def _joiner(match: re.Match[str]) -> str:
    """Give a joiner back where it is spelling; runs of them never are."""
    before = match.string[max(match.start() - 1, 0) : match.start()]
    after = match.string[match.end() : match.end() + 1]
    if len(match[0]) > 1 or not before or not after:
        return ""
    if match[0] == "\u200d" and _EMOJI.match(before) and _EMOJI.match(after):
        return match[0]
    return match[0] if _spells(before) and _spells(after) else ""


def _spells(character: str) -> bool:
    return bool(_JOINING.match(character)) and unicodedata.category(character)[0] in "LM"


def decode(raw: bytes, charset: str | None = None) -> str:
    """Decode a text file: by its byte-order mark, else ``charset``, else as UTF-8.

    ``charset`` is a label as an HTTP header or a page gives it. The mark is not part of the
    text. Raises ``SourceError`` for a binary file, for bytes that are not of the encoding
    (naming the first, and its offset in bytes from 0), and for a charset that is unknown.
    """
    mark, encoding = next(
        ((mark, name) for mark, name in _BOMS if raw.startswith(mark)), (b"", _codec(charset))
    )
    body = raw[len(mark) :]
    wide = encoding.startswith(("utf-16", "utf-32"))
    if not wide and _looks_binary(body):
        raise SourceError("looks like a binary file, not text")
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        where = error.start + len(mark)
        found = f"byte 0x{raw[where]:02X} at offset {where}" if where < len(raw) else "its end"
        raise SourceError(f"is not {encoding.upper()} text: {found}; UTF-8 is expected") from None
    if "\0" in text:
        raise SourceError("looks like a binary file, not text")
    return text


def _codec(charset: str | None) -> str:
    if charset is None:
        return "utf-8"
    try:
        name = codecs.lookup(charset.strip()).name
    except (LookupError, ValueError):
        name = ""
    if not _TEXT_CODEC.fullmatch(name):
        raise SourceError(f"has the unknown charset {charset[:40]!r}; UTF-8 is expected")
    return _SUPERSET.get(name, name)


def _looks_binary(body: bytes) -> bool:
    controls = len(body) - len(body.translate(None, _CONTROLS))
    return b"\0" in body or controls > _CONTROL_SHARE * len(body)


def tidy(text: str) -> str:
    """Clean one paragraph: single spaces, its line breaks kept, no empty line."""
    lines = (" ".join(line.split()) for line in clean(text).split("\n"))
    return "\n".join(line for line in lines if line)


def one_line(text: str | None) -> str | None:
    """Clean a title or a name to one line of at most 500 characters; ``None`` if it is empty."""
    return " ".join(clean(text or "").split())[:LONGEST_LINE] or None


def rejoin(lines: Sequence[str], known: Container[str]) -> str:
    r"""Put the wrapped lines of one paragraph back together, and the words cut at their ends.

    ``known`` holds words of the same source in lower case: "co-\noperate" keeps its hyphen
    where "co-operate" is one of them and "cooperate" is not.
    """
    joined = lines[0] if lines else ""
    for line in lines[1:]:
        cut = _CUT_WORD.search(joined)
        rest = _WORD.match(line)
        if not cut or not rest or not line[0].islower():
            joined += " " + line
        elif cut[2] != "\u00ad" and _hyphenated(cut[1], rest[0], known):
            joined += line
        else:
            joined = joined[: cut.end(1)] + line
    return joined


def _hyphenated(first: str, rest: str, known: Container[str]) -> bool:
    whole = (first + rest).lower()
    return whole not in known and f"{first}-{rest}".lower() in known
