"""What reading takes on the page: ``python -m benchmarks.page``.

`summitqa web` serves, as a process of its own, one article of 50 paragraphs and one of 2,000; a
Chromium of the machine opens a link to a sentence near the end, each time with an empty cache.
Writes the section of ``docs/benchmarks.md``, and keeps the figures in ``docs/page.json``.
"""

import argparse
import asyncio
import http.client
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from typing import Any

from playwright.async_api import Browser, CDPSession

from benchmarks.corpus import DATA, REPORTED, missing, read
from benchmarks.machine import today
from benchmarks.place import scratch
from summitqa.folder.store import Store
from summitqa.library import current_version
from tests import chromium

KEPT = Path(__file__).parents[1] / "docs" / "page.json"
TITLE = "The reading page"
Figures = Mapping[str, str]
Once = Mapping[str, float]

_PARAGRAPHS = (50, 2000)
_UNDER_A_HEADING = 12
_ROUNDS, _FETCHES = 15, 50
_PATIENCE = 60.0
_COMMAND = "from summitqa_bot.commands.cli import main; main()"
# As Lighthouse simulates a phone: 150 ms, 1.6 Mbit/s, and a CPU four times slower.
_SLOW = {"offline": False, "latency": 150, "downloadThroughput": 200e3, "uploadThroughput": 94e3}
_SLOWER = 4
# Notes the first frame that is drawn with the sentence of the address whole inside the window.
_WATCH = """
window.seenAt = new Promise((resolve) => {
  const look = () => {
    const lit = document.getElementById(location.hash.slice(1))?.getBoundingClientRect();
    const seen = lit && lit.height && lit.top >= 0 && lit.bottom <= innerHeight;
    requestAnimationFrame(seen ? () => resolve(performance.now()) : look);
  };
  requestAnimationFrame(look);
});
"""
_TOLD = """\
`summitqa web` on loopback, one article of real paragraphs, a link to a sentence near its end,
opened {rounds} times in {browser}, each with an empty cache. "Lit": the first frame drawn with the
cited sentence whole inside the window, counted from the click. A slow phone is simulated as
Lighthouse does: a CPU {slower} times slower, 150 ms, 1.6 Mbit/s. Of times the lowest comes first,
as other work on the machine only adds to them, then the median.
"""


def main() -> int:
    """Measure, keep, and write the section; 2 where the data or a browser is not there."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.page", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the data sets")
    parser.add_argument("--page", type=Path, default=KEPT.with_name("benchmarks.md"))
    options = parser.parse_args()
    path = chromium.found()
    lacking = missing(options.data) or (None if path else "No Chromium is installed here.")
    if lacking:
        print(lacking, file=sys.stderr)
        return 2
    with scratch() as folder:
        _write(options.data, folder / "shelf")
        environ = _environ(folder)
        subprocess.run([sys.executable, "-c", _COMMAND, "index"], env=environ, check=True)
        with _served(environ) as port:
            kept = asyncio.run(_measure(str(path), port, folder / "home"))
    KEPT.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")
    options.page.write_text(spliced(options.page.read_text("utf-8"), section(kept)), "utf-8")
    print(section(kept))
    return 0


async def _measure(path: str, port: int, home: Path) -> dict[str, Any]:
    async with chromium.running(path) as browser:
        found = {
            str(count): await _article(browser, port, _link(home, count)) for count in _PARAGRAPHS
        }
        return {"measured": today(), "browser": f"Chromium {browser.version}", "found": found}


def _write(data: Path, shelf: Path) -> None:
    """Write the articles as Markdown, real paragraphs under headings."""
    corpus = read(data / REPORTED)
    texts = [
        " ".join(article.text[one.start : one.end].split())
        for article in corpus.articles
        for one in article.passages
    ]
    shelf.mkdir()
    for count in _PARAGRAPHS:
        parts = [f"# An article of {count} paragraphs"]
        for number, text in enumerate(islice(cycle(texts), count)):
            if number % _UNDER_A_HEADING == 0:
                parts.append(f"## Part {number // _UNDER_A_HEADING + 1}")
            parts.append(text)
        (shelf / f"paragraphs-{count}.md").write_text("\n\n".join(parts) + "\n", "utf-8")


def _environ(folder: Path) -> dict[str, str]:
    given = {
        "PYTHONPATH": os.pathsep.join(sys.path),
        "HF_HUB_OFFLINE": "1",
        "SUMMITQA_HOME": str(folder / "home"),
        "SUMMITQA_SOURCES": str(folder / "shelf"),
        "SUMMITQA_WEB_PORT": str(_free_port()),
        "SUMMITQA_CHANNEL_LIMIT": "10000/1s",  # nobody reads as often as is measured
    }
    return {"PATH": os.environ["PATH"], **given}


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def _served(environ: Mapping[str, str]) -> Iterator[int]:
    """Serve the page from a process of its own; give its port once it listens."""
    port = int(environ["SUMMITQA_WEB_PORT"])
    with subprocess.Popen([sys.executable, "-c", _COMMAND, "web"], env=environ) as process:
        try:
            while process.poll() is None:
                with socket.socket() as one:
                    if one.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            yield port
        finally:
            process.terminate()


def _link(home: Path, count: int) -> str:
    """Give the address of a sentence of the last but fifth paragraph."""
    store = Store.open(home / "versions" / current_version(home))
    article = store.article(f"paragraphs-{count}")
    sentence = article.passages[-5].sentences[0]
    span = f"{sentence.start}-{sentence.end}"
    return f"/a/house/{article.slug}?s={span}#s{span}"


async def _article(browser: Browser, port: int, link: str) -> Figures:
    whole = [await _opened(browser, port, link, slow=False) for _ in range(_ROUNDS)]
    slow = [await _opened(browser, port, link, slow=True) for _ in range(_ROUNDS)]
    return {
        "requests": f"{whole[0]['requests']:.0f}",
        "KB on the wire, headers too": f"{whole[0]['bytes'] / 1000:.1f}",
        "server: ms to the whole article": _told(_fetched(port, link.partition("#")[0])),
        "ms to the sentence lit": _told([one["lit"] for one in whole]),
        "ms to the sentence lit, slow phone": _told([one["lit"] for one in slow]),
    }


def _told(spent: Sequence[float]) -> str:
    return f"{min(spent):.0f}, {median(spent):.0f}"


async def _opened(browser: Browser, port: int, link: str, *, slow: bool) -> Once:
    context = await browser.new_context()
    page = await context.new_page()
    await page.add_init_script(_WATCH)
    session = await context.new_cdp_session(page)
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    await session.send("Network.enable")
    if slow:
        await _slow_down(session)
    await page.goto(f"http://127.0.0.1:{port}{link}", wait_until="networkidle")
    async with asyncio.timeout(_PATIENCE):
        lit = float(await page.evaluate("window.seenAt"))
    await context.close()
    return {"lit": lit, "requests": len(sizes), "bytes": sum(sizes)}


async def _slow_down(session: CDPSession) -> None:
    await session.send("Network.emulateNetworkConditions", _SLOW)
    await session.send("Emulation.setCPUThrottlingRate", {"rate": _SLOWER})


def _fetched(port: int, path: str) -> list[float]:
    """Give the ms in which a client that waits for nothing else has the article whole."""
    spent = []
    for _ in range(_FETCHES):
        connection = http.client.HTTPConnection("127.0.0.1", port)
        start = time.perf_counter()
        connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        response = connection.getresponse()
        response.read()
        spent.append((time.perf_counter() - start) * 1000)
        connection.close()
        if response.status != HTTPStatus.OK:
            raise RuntimeError(f"{path} was answered with {response.status}, but expects 200.")
    return spent


def section(kept: Mapping[str, Any]) -> str:
    """Give the section of the page, its heading with it."""
    found: Mapping[str, Figures] = kept["found"]
    counts: Sequence[str] = list(found)
    rows = [
        ("", *(f"{int(count):,} paragraphs" for count in counts)),
        ("---",) * (len(counts) + 1),
        *((name, *(found[count][name] for count in counts)) for name in found[counts[0]]),
    ]
    table = "".join(f"| {' | '.join(row)} |\n" for row in rows)
    told = _TOLD.format(browser=kept["browser"], rounds=_ROUNDS, slower=_SLOWER)
    when = f"Measured {kept['measured']}, by `python -m benchmarks.page`.\n"
    return f"## {TITLE}\n\n{told}\n{when}\n{table}"


def added(page: str) -> str:
    """Give the page with the section as it was last measured, if it was."""
    return spliced(page, section(json.loads(KEPT.read_text("utf-8")))) if KEPT.exists() else page


def spliced(page: str, text: str) -> str:
    """Put the section in the place of the one that stands on the page, or at its end."""
    held = re.compile(rf"^## {TITLE}\n.*?(?=^## |\Z)", re.DOTALL | re.MULTILINE)
    if held.search(page):
        return held.sub(lambda _: f"{text}\n", page).rstrip("\n") + "\n"
    return f"{page.rstrip()}\n\n{text}"


if __name__ == "__main__":
    raise SystemExit(main())
