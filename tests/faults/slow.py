"""Hostile shapes of text, at n and at 4 n characters: reading takes time in proportion, no more.

What is measured is the reader's own processor time, in one process, so that a busy machine
does not count. A shape that takes too short to be told from noise passes.
"""

import time
from collections.abc import Callable
from pathlib import Path

from summitqa.article import text_fragment
from summitqa_index.changes import _runs
from summitqa_index.sources import reader
from tests.faults.common import Tally, require

_N = 20_000
# Linear growth is 4; what is quadratic takes 16.
_GROWTH = 9.0
_NOISE = 0.15  # seconds
_MOST = 10.0  # seconds for 4 n characters, whatever they grow by

_RUNS = (
    " ", "\n", "\t", "`", "``", "*", "**", "_", "[", "]", "![", "[[](", "](", "<", "<a ", "<!--", "</", "&", "&#",
    "\\", "~", "~~", "|", "|-", "> ", "- ", "+ ", "1. ", "# ", "=", "-", "---\n", "a b ", "a.", "a. ", "A. ", "?", "? ",
    '?" ', '?"  ', "…", '…"', '."', "“", "”", "(", ")", "'", "’", "\u0301", "\u0323\u0301", "\u0f73", "\u200d", "日",
    "日。", "🙂", "👩\u200d", "\u2028", "\u00ad", "Mr. ", "e.g. ", "…\n", "a\n\n", "**a?** b\n\n", "Q: a?\n\n", "[a]: b\n",
    "[^a]", "[^a]: b\n", "a\n: b\n\n", "- [ ] a\n", "* * ", "<b>", "<div>", "<p>", "<table>", "<tr><td>", "<dl><dt>",
    "<details><summary>", "<ul><li>", "<td colspan=99>", "<td rowspan=99>", "<p style='opacity:000'>", "| a ", "a|b\n-|-\n",
    "http://a.b ", "\\[", "<!a", "<?a", "a@b.c ", '"', "'a ", "https://", "x", "0", "A ", "said ", "&#60;b&#62;",
)  # fmt: skip
_FRAMES = (
    "{}",
    '?"{}x',
    "a {} z",
    "# {}\n\na",
    "{}\n\nEnd.",
    "---\ntitle: {}\n---\na",
    "| {} |\n|-|\n| a |",
)


def _took(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def _grows_in_proportion(of: Callable[[int], Callable[[], object]]) -> float:
    """Hold the work on n and on 4 n to the limits; give the longer time."""
    short, long = of(_N), of(4 * _N)
    took = _took(long)
    require(took < _MOST, f"{took:.1f} s for {4 * _N} characters")
    if took > _NOISE:
        least = min(_took(short) for _ in range(2))
        took = min(took, _took(long))
        require(
            took < _GROWTH * max(least, _NOISE / 8), f"{least:.2f} s, at four times {took:.2f} s"
        )
    return took


def _reading(kind: str, frame: str, run: str) -> Callable[[int], Callable[[], object]]:
    def of(size: int) -> Callable[[], object]:
        raw = frame.replace("{}", run * (size // len(run))).encode()
        return lambda: reader.reply(kind, raw, None)

    return of


def _linking(size: int) -> Callable[[], object]:
    """Link to a long sentence that stands a second time, but for its end, far into a text."""
    words = [f"w{number}" for number in range(size // 5)]
    page = f"{'x ' * 20 * size}{' '.join(words[:-1])} else. {' '.join(words)}"
    return lambda: text_fragment("https://a.example", " ".join(words), page)


def _comparing(size: int) -> Callable[[], object]:
    """Compare two lists of passages that are nearly all alike."""
    old, new = ["a"] * (size // 50), ["b", "a"] * (size // 100)
    return lambda: list(_runs(old, new))


def run(folder: Path, quick: bool) -> Tally:
    tally = Tally()
    slowest = (0.0, "")

    def hold(name: str, of: Callable[[int], Callable[[], object]]) -> None:
        def survive() -> None:
            nonlocal slowest
            slowest = max(slowest, (_grows_in_proportion(of), name))

        tally.attempt(name, survive)

    reader.reply("html", b"<p>What is imported first is imported once.", None)
    for kind in ("txt", "md", "html"):
        for number, frame in enumerate(_FRAMES):
            for place, one in enumerate(_RUNS):
                if not quick or (number + place) % 60 == 0:
                    hold(f"{kind}: {frame!r} of {one!r}", _reading(kind, frame, one))
    hold("a link", _linking)
    hold("a comparison", _comparing)
    tally.note = f"slowest {slowest[0]:.1f} s, {slowest[1]}"
    return tally
