"""Children that read many files: one follows where another dies, and none holds up a thread."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from test_sandbox import child, read, swollen

from summitqa.errors import SourceError
from summitqa_index.sources.sandbox import Limits, Readers


def test_one_child_reads_many_files_and_another_follows_where_it_dies() -> None:
    hog = b"<p>" + b"long " * 400_000
    with Readers(Limits(memory=400 * 2**20, output=2**20)) as readers:
        for number in range(5):
            assert readers.read("txt", b"File %d." % number).article.text == f"File {number}."
        assert len(readers._all) == 1
        with pytest.raises(SourceError, match="holds more than 1 MB"):
            readers.read("html", hog)
        bomb = swollen("word/document.xml", (bytes(2**20) for _ in range(500)))
        with pytest.raises(SourceError, match="of memory"):
            readers.read("docx", bomb)
        assert readers.read("txt", b"And on.").article.text == "And on."
        (left,) = readers._all
        left._process.kill()
        assert readers.read("txt", b"And on.").article.text == "And on."
    assert not readers._all


def test_threads_read_side_by_side_and_closing_ends_what_they_wait_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Readers() as readers, ThreadPoolExecutor(4) as pool:
        texts = [f"File {number}." for number in range(40)]
        read_by = pool.map(lambda text: readers.read("txt", text.encode()).article.text, texts)
        assert list(read_by) == texts
        assert len(readers._all) <= 4
    child(monkeypatch, "import time; time.sleep(60)")
    with Readers() as readers, ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(readers.read, "txt", b"x")
        while not readers._all:
            time.sleep(0.01)
        readers.close()
        assert isinstance(waiting.exception(timeout=20), SourceError)


def test_each_file_has_its_own_time(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = (
        "import time\n"
        "reader._read = lambda kind, raw, charset: exec(raw) or reader.__dict__['plain'](b'Done.')\n"
        "from summitqa_index.sources.plain import read_plain\n"
        "reader.plain = lambda raw: read_plain(raw, markdown=False)\n"
        "reader.main(['2000000000', '1', '1000000'])"
    )
    child(monkeypatch, slow)
    busy = b"end = time.process_time() + 0.7\nwhile time.process_time() < end: pass"
    with Readers(Limits(cpu=1)) as readers:
        for _ in range(3):
            assert readers.read("txt", busy).article.text == "Done."
        with pytest.raises(SourceError, match="needed more than 1 s of processor time"):
            readers.read("txt", b"while True: pass")


@pytest.mark.parametrize(
    "raw",
    [b"?\"" + b" " * 60_000 + b"x", "x\u0301".encode() * 2 + "\u0323\u0301".encode() * 60_000,
     b"`" * 90_000, b"[" * 60_000, b"\"" * 60_000, b"x" * 300_000],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["txt", "md"])
def test_no_small_file_holds_up_a_thread(raw: bytes, kind: str) -> None:
    pauses, done = [], threading.Event()

    def watch() -> None:
        while not done.wait(0.01):
            pauses.append(time.monotonic())

    watcher = threading.Thread(target=watch)
    watcher.start()
    began = time.monotonic()
    try:
        read(kind, b"A word. " + raw, limits=Limits())
    finally:
        done.set()
        watcher.join()
    # Generous limits: only what freezes breaks them.
    assert time.monotonic() - began < 60
    assert max(after - before for before, after in pairwise(pauses)) < 20
