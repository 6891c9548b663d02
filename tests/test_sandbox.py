"""A file that breaks, crashes or devours its reader costs one sentence and nothing else."""

import io
import json
import subprocess
import sys
import time
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from test_formats import word
from test_pdf import column, pdf

from summitqa.article import Article, Passage, Sentence
from summitqa.errors import SourceError, SummitQAError
from summitqa_index.sources import reader, sandbox
from summitqa_index.sources.clean import is_visible
from summitqa_index.sources.reading import Reading, decode, encode
from summitqa_index.sources.sandbox import Limits, Readers

SMALL = Limits(memory=400 * 2**20, cpu=5, wall=15)


def child(monkeypatch: pytest.MonkeyPatch, code: str, *, confined: bool = True) -> None:
    """Let the child run ``code`` in place of a reader, under the same limits."""

    def command(limits: Limits) -> list[str]:
        confine = f"reader.confine({limits.memory}); reader._allow({limits.cpu})"
        start = f"from summitqa_index.sources import reader; {confine};" if confined else ""
        return [sys.executable, "-P", "-c", f"{start}import os, sys, json\n{code}"]

    monkeypatch.setattr(sandbox, "_command", command)


def answer(text: str) -> str:
    """Give code that answers as the child does."""
    return f"found = ({text}).encode(); os.write(1, b'%d\\n' % len(found) + found)"


def read(kind: str, raw: bytes, *, charset: str | None = None, limits: Limits = SMALL) -> Article:
    with Readers(limits) as readers:
        return readers.read(kind, raw, charset=charset).article


def reason(kind: str, raw: bytes, limits: Limits = SMALL) -> str:
    with pytest.raises(SourceError) as caught:
        read(kind, raw, limits=limits)
    assert "\n" not in str(caught.value)
    assert "Traceback" not in str(caught.value)
    return str(caught.value)


def test_what_the_child_reads_arrives_whole() -> None:
    text = "Grüße aus den Bergen, wo es schneit. " * 10
    head = "<html lang=de><title>Tag</title><meta name=date content=2025-01-02>"
    page = f"{head}<article><h2>Über</h2><p>{text}</p></article>"
    got = read("html", page.encode("latin-1"), charset="latin-1")
    assert got.text == text.strip()
    (passage,) = got.passages
    assert (passage.start, passage.end, passage.heading) == (0, len(got.text), ("Über",))
    assert len(passage.sentences) == 10
    assert (got.title, got.language, str(got.published)) == ("Tag", "de", "2025-01-02")
    assert read("pdf", pdf([column(50, 700, "A line.")])).passages == (
        Passage(1, 0, 7, (Sentence(0, 7),), (), 1),
    )
    assert read("docx", word(lambda d: d.add_paragraph("A line."))).text == "A line."


@pytest.mark.parametrize("kind", ["html", "pdf", "docx"])
@pytest.mark.parametrize("raw", [b"", b"\x89PNG\r\n\x1a\n\0\0", b"%PDF-1.7\n", b"PK\x03\x04"])
def test_a_broken_file_is_named_as_such(kind: str, raw: bytes) -> None:
    assert reason(kind, raw)


def test_the_reason_is_plain_and_says_what_was_expected() -> None:
    assert reason("pdf", b"junk").startswith("is not a readable PDF: ")
    assert reason("docx", b"junk").startswith("is not a readable Word document: ")


def swollen(part: str, pieces: Iterator[bytes]) -> bytes:
    """Make a Word file with a part of the given content, however large, in little space."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(word(lambda d: d.add_paragraph("x")))) as given,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as made,
    ):
        for name in given.namelist():
            if name != part:
                made.writestr(name, given.read(name))
        with made.open(part, "w", force_zip64=True) as file:
            file.writelines(pieces)
    return out.getvalue()


def test_a_zip_bomb_costs_its_limit_of_memory() -> None:
    bomb = swollen("word/document.xml", (bytes(2**20) for _ in range(500)))
    assert len(bomb) < 3_000_000
    assert reason("docx", bomb) == "needed more than 0.391 GB of memory"


def test_a_bomb_of_elements_is_told_as_memory_too() -> None:
    head = b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
    bomb = swollen("word/document.xml", iter([head, *[b"<w:p/>" * 100_000] * 30]))
    assert reason("docx", bomb) == "needed more than 0.391 GB of memory"


def test_a_pdf_bomb_is_refused() -> None:
    packed = zlib.compress(bytes(200_000_000), 9).decode("latin-1")
    page = f"<</Length {len(packed)}/Filter/FlateDecode>>stream\n{packed}\nendstream"
    whole = pdf([column(50, 700, "x")]).decode("latin-1")
    start = whole.index("<</Length")
    raw = whole[:start] + page + whole[whole.index("endstream") + len("endstream") :]
    assert reason("pdf", raw.encode("latin-1"))


def test_deep_nesting_ends_in_a_sentence() -> None:
    deep = b"<div>" * 50_000 + b"<p>Below it all.</p>"
    try:
        assert read("html", deep, limits=SMALL).text == "Below it all."
    except SourceError as error:
        assert "Traceback" not in str(error)


@pytest.mark.parametrize(
    ("code", "limits", "expected"),
    [
        ("while True: pass", Limits(cpu=1), "needed more than 1 s of processor time"),
        ("import time; time.sleep(60)", Limits(wall=0.5), "took longer than 0.5 s to read"),
        ("os.abort()", SMALL, "is not a readable PDF: its reader crashed"),
        ("os.kill(os.getpid(), 11)", SMALL, "is not a readable PDF: its reader crashed"),
        ("os.kill(os.getpid(), 9)", SMALL,
         "was stopped by the system, as it is when memory runs out"),
        ("1 / 0", SMALL, "is not a readable PDF: its reader crashed"),
        ("pass", SMALL, "is not a readable PDF: its reader gave no document"),
        ("print('[]')", SMALL, "is not a readable PDF: its reader gave no document"),
        ("os.write(1, b'\\xff{')", SMALL, "is not a readable PDF: its reader gave no document"),
        ("print('[' * 100000)", SMALL, "is not a readable PDF: its reader gave no document"),
    ],
)  # fmt: skip
def test_whatever_the_child_does_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, code: str, limits: Limits, expected: str
) -> None:
    child(monkeypatch, code)
    start = time.monotonic()
    assert reason("pdf", b"", limits) == expected
    assert time.monotonic() - start < 30  # a generous limit: only waiting the child out breaks it


def test_output_has_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = Limits(output=2**20)
    long = b"<p>" + b"long " * 400_000 + b"</p>"
    assert reason("html", long, limits) == "holds more than 1 MB of text"
    child(monkeypatch, answer("' ' * (2**21 + 1)"), confined=False)
    assert reason("html", b"", limits) == "holds more than 1 MB of text"


def test_the_child_gets_none_of_our_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "canary-in-the-mine")
    monkeypatch.setenv("SUMMITQA_HOME", "canary-in-the-mine")
    child(
        monkeypatch,
        answer("json.dumps({'error': str([(n, v[:40]) for n, v in os.environ.items()])})"),
    )
    seen = reason("pdf", b"")
    assert "PYTHONPATH" in seen
    assert "canary" not in seen
    assert "SUMMITQA" not in seen


def test_the_childs_output_is_no_pickle_and_its_command_no_shell(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: dict[str, Any] = {}
    real = subprocess.Popen

    def start(command: list[str], **options: Any) -> Any:
        seen.update(options, command=command)
        return real(command, **options)

    monkeypatch.setattr(subprocess, "Popen", start)
    assert read("html", b"<p>A line.</p>").text == "A line."
    assert seen["command"][1:5] == ["-P", "-B", "-m", "summitqa_index.sources.reader"]
    assert not seen.get("shell")
    head, passage, text = reader.reply("html", b"<p>A line.</p>", None).split(b"\n")
    assert json.loads(head)["passages"] == 1
    assert json.loads(passage) == [0, 7, None, [], [0, 7]]
    assert text == b"A line."


def test_a_reader_that_is_not_installed_is_our_fault_not_the_files(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    child(monkeypatch, f"os._exit({sandbox.NOT_INSTALLED})")
    with pytest.raises(SummitQAError, match="reader of PDFs is not installed") as caught:
        read("pdf", b"")
    assert not isinstance(caught.value, SourceError)


def test_the_child_starts_without_the_other_formats_libraries() -> None:
    code = (
        "import sys; from summitqa_index.sources import reader\n"
        "assert not {'trafilatura', 'pypdf', 'docx', 'numpy'} & set(sys.modules)\n"
        "reader.reply('pdf', b'junk', None)\n"
        "assert 'pypdf' in sys.modules\n"
        "assert not {'trafilatura', 'docx', 'lxml', 'numpy', 'torch'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env=sandbox._environment())


def reading(**change: Any) -> bytes:
    """Give an answer of the child's, some of it changed."""
    head = {
        "slug": "", "title": "", "url": None, "credit": None, "language": "en",
        "published": None, "trouble": None, "passages": 1,
    }  # fmt: skip
    row = change.pop("row", [0, 1, None, [], [0, 1]])
    text = change.pop("text", "a")
    return f"{json.dumps({**head, **change})}\n{json.dumps(row)}\n{text}".encode()


@pytest.mark.parametrize("change", [
    {"row": [0, 9, None, [], [0, 1]]}, {"row": [1, 0, None, [], [0, 1]]}, {"row": 3},
    {"row": [0, 1, None, [], []]}, {"row": [0, 1, None, [], [0, 2]]}, {"row": []},
    {"row": [0, 1, None, [], [0]]}, {"row": [0, 1, None, [], [1, 0]]}, {"row": [-1, 1, None, [], [0, 1]]},
    {"row": [0, 1, "x", [], [0, 1]]}, {"row": [0, 1, None, 7, [0, 1]]},
    {"row": [float("inf"), 1, None, [], [0, 1]]}, {"row": [0, 1, None, [], [0, float("inf")]]},
    {"row": [0, 1, float("nan"), [], [0, 1]]}, {"row": [0, 1, 10**40, [], [0, 1]]},
    {"row": [0, 1, -1, [], [0, 1]]}, {"row": [0, 1, True, [], [0, 1]]}, {"row": [False, 1, None, [], [0, 1]]},
    {"row": [0, 1, None, [], [0, 0, 0, 1]]}, {"row": [0, 1, None, [], [0, 1, 1, 1]]}, {"row": [0, 1.0, None, [], [0, 1]]},
    {"row": [0, 1, None, [7], [0, 1]]}, {"row": [0, 1, None, ["\x1b[31m"], [0, 1]]},
    {"row": [0, 1, None, ["\ud800"], [0, 1]]}, {"row": [0, 1, None, {"a": 1}, [0, 1]], "text": "\x1b"},
    {"text": "\x1b[31m"}, {"text": "\u202e"}, {"text": "a\r"}, {"text": "\U000e0041"},
    {"passages": 10**30}, {"passages": True}, {"passages": float("inf")}, {"passages": -1},
    {"title": "\ud800"}, {"title": "x" * 501}, {"title": "a\nb"}, {"title": {"a": 1}}, {"title": None},
    {"language": "x" * 10_000}, {"language": "../x"}, {"language": None}, {"slug": "../../x"},
    {"slug": "a" * 81}, {"slug": "a\n"}, {"url": "javascript:alert(1)"}, {"url": "https://a.b/\u202e"},
    {"url": "https://a.b/" + "a" * 3000}, {"credit": 7}, {"credit": "\x1b"}, {"trouble": ["x"]},
    {"trouble": "x" * 501}, {"published": 5}, {"published": "soon"}, {"colour": "red"}, {"passages": 0}, {"passages": 2}, {"passages": "x"},
])  # fmt: skip
def test_a_document_that_is_none_is_refused(change: dict[str, Any]) -> None:
    assert sandbox._reading(reading(), "pdf").article.text == "a"
    with pytest.raises(SourceError, match="its reader gave no document"):
        sandbox._reading(reading(**change), "pdf")


@pytest.mark.parametrize("error", [
    {"a": "b"}, "x" * 3_000_000, "evil\n\x1b[2Jspoof", "\u202eevil", "\ud800", None, 7, "\ue000" * 400,
])  # fmt: skip
def test_an_error_that_is_no_line_is_not_repeated(error: Any) -> None:
    answer = json.dumps({"error": error}).encode()
    for one in (answer, answer[:-1], b'{"error"' + b"[" * 100_000):
        with pytest.raises(SourceError, match="its reader gave no document"):
            sandbox._reading(one, "md")
    with pytest.raises(SourceError, match=r"^holds no paragraph of text$"):
        sandbox._reading(b'{"error": "holds no paragraph of text"}', "md")


def test_what_is_long_or_has_flags_is_looked_through() -> None:
    flag = "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"
    for before in range(65_520, 65_540):
        assert is_visible("a" * before + flag + "b")
        assert not is_visible("a" * before + "\x1b" + "b" * 70_000)
        assert not is_visible("a" * before + flag[1:])


def test_a_document_survives_the_wire() -> None:
    passages = (
        Passage(1, 0, 1, (Sentence(0, 1),), ("x", "y"), 3),
        Passage(2, 3, 6, (Sentence(3, 4), Sentence(5, 6))),
    )
    article = Article("a", '"ǅ\\', "a\n\nb\nß", passages, credit="Ann")
    assert decode(encode(Reading(article, "is odd"))) == Reading(article, "is odd")
