"""Sources: what may be read is, what may not is named with its reason, on one line."""

import os
import re
import socket
from pathlib import Path

import pytest

from summitqa.article import Article
from summitqa.errors import SourceError
from summitqa.settings import Settings
from summitqa_index.sources.sandbox import Limits, Readers
from summitqa_index.sources.shelf import Skipped, printable, questions_files, read_sources
from tests.fakes import write
from tests.nobody import nobody


def read(*sources: Path | str, **settings: object) -> tuple[list[Article], list[Skipped]]:
    given = Settings(home=Path("unused"), **settings)  # type: ignore[arg-type]
    shelf = read_sources([str(source) for source in sources], given, lambda done, total: None)
    return list(shelf.articles), list(shelf.skipped)


def refusal(*sources: Path | str, **settings: object) -> str:
    with pytest.raises(SourceError) as caught:
        read(*sources, **settings)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert sentence.isprintable()
    return sentence


def skipped(folder: Path) -> list[str]:
    """Name what is skipped of a folder that holds one good article, too."""
    write(folder, {"good.txt": "A good one."})
    articles, left_out = read(folder)
    assert [article.slug for article in articles] == ["good"]
    assert all(one.reason.isprintable() and one.source.isprintable() for one in left_out)
    return [one.reason for one in left_out]


BAD = {
    "empty.txt": (b"", "is empty"),
    "blank.md": (b" \n\t\n", "is empty"),
    "binary.txt": (bytes(range(256)) * 4, "looks like a binary file"),
    "latin.txt": ("Grüße aus Köln".encode("latin-1"), "is not UTF-8 text: byte 0xFC at offset 2"),
    "wide.md": ("wide".encode("utf-16-le"), "looks like a binary file"),
    "rules.md": (b"---\n\n***\n", "holds no paragraph"),
    "punctuation.txt": (b"... --- ...", "holds no paragraph"),
    "image.png": (b"\x89PNG", "not of a readable kind; expected .txt, .md"),
    "noending": (b"text", "not of a readable kind"),
    "broken.pdf": (b"%PDF-1.7 junk", "is not a readable PDF"),
    "broken.docx": (b"PK junk", "is not a readable Word document"),
    "hollow.html": (b"<html></html>", "holds no text"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_when_named_and_skipped_in_a_folder(tmp_path, name):
    raw, reason = BAD[name]
    write(tmp_path / "s", {name: raw})
    assert reason in refusal(tmp_path / "s" / name)
    (found,) = skipped(tmp_path / "s")
    assert found.startswith(name)
    assert reason in found
    assert found.endswith(".")


def test_a_file_over_the_limit_is_named_with_the_setting(tmp_path):
    write(tmp_path, {"big.txt": b"word " * 200_001, "fits.txt": b"word " * 200_000})
    assert "larger than 1 MB" in refusal(tmp_path / "big.txt", max_source_mb=1)
    assert "SUMMITQA_MAX_SOURCE_MB" in refusal(tmp_path / "big.txt", max_source_mb=1)
    assert read(tmp_path / "fits.txt", max_source_mb=1)[0]


def test_a_file_of_fifty_megabytes_is_not_read_whole(tmp_path):
    with (tmp_path / "big.txt").open("wb") as file:
        file.truncate(50_000_000)
    assert "larger than 10 MB" in refusal(tmp_path / "big.txt")


@pytest.mark.parametrize("name", ["none.txt", "a\0b", "~nobody-at-all/x", "x" * 5000, "\udcff"])
def test_a_missing_path_is_named(tmp_path, name):
    assert "There is no file or folder" in refusal(f"{tmp_path}/{name}" if name[0] != "~" else name)


def test_a_folder_without_an_article_is_named_with_what_is_expected(tmp_path):
    write(tmp_path / "s", {".hidden.txt": "Hidden.", "questions.jsonl": "{}"})
    assert "holds no article; expected files ending in .txt" in refusal(tmp_path / "s")
    write(tmp_path / "s", {"image.png": b"\x89"})
    assert "No article could be read" in refusal(tmp_path / "s")
    assert "image.png is not of a readable kind" in refusal(tmp_path / "s")


def test_hidden_files_and_the_questions_are_left_out_without_a_word(tmp_path):
    write(tmp_path, {".git/a.txt": "x", ".b.txt": "x", "c/.d/e.txt": "x", "questions.jsonl": "x"})
    assert skipped(tmp_path) == []


def test_no_link_leads_out_of_its_folder(tmp_path):
    secret = write(tmp_path / "out", {"secret.txt": "The secret."})
    shelf = write(tmp_path / "s", {"real.md": "Real."})
    (shelf / "file.txt").symlink_to(secret / "secret.txt")
    (shelf / "dots.txt").symlink_to("../out/secret.txt")
    (shelf / "folder").symlink_to(secret)
    (shelf / "loop.txt").symlink_to("loop.txt")
    (shelf / "gone.txt").symlink_to("nowhere.txt")
    (shelf / "up").symlink_to("..")
    (shelf / "inside.txt").symlink_to("real.md")
    articles, left_out = read(shelf)
    assert [article.slug for article in articles] == ["real"]  # "inside" is the same file
    assert [one.reason for one in left_out] == [
        "dots.txt is a link that leads out of its folder.",
        "file.txt is a link that leads out of its folder.",
        "folder is a link to a folder, which is not followed.",
        "gone.txt is a link that leads nowhere.",
        "loop.txt is a link that leads nowhere.",
        "up is a link to a folder, which is not followed.",
    ]


def test_a_folder_swapped_for_a_link_at_any_moment_leads_nowhere(tmp_path, monkeypatch):
    write(tmp_path / "out", {"note.txt": "The secret.", "hush.png": b"x"})
    calls, swap_at = 0, 0
    shelf = tmp_path / "s"

    def swapping(real):
        def call(*args, **kwargs):
            nonlocal calls
            calls += 1
            if calls == swap_at:
                (shelf / "b").rename(shelf / ".b")
                (shelf / "b").symlink_to(tmp_path / "out")
            return real(*args, **kwargs)

        return call

    for module, name in ((os, "open"), (os, "scandir"), (Path, "resolve")):
        monkeypatch.setattr(module, name, swapping(getattr(module, name)))
    while calls >= swap_at:
        calls, swap_at = 0, swap_at + 1
        shelf = write(tmp_path / f"s{swap_at}", {"a.txt": "Said.", "b/note.txt": "Said, too."})
        articles, left_out = read(shelf)
        assert {article.text for article in articles} <= {"Said.", "Said, too."}
        assert not [one for one in left_out if "hush" in one.source]
    assert swap_at > 5


def test_a_path_that_is_not_utf8_is_refused_in_one_sentence(tmp_path):
    shelf = write(tmp_path / os.fsdecode(b"lone \xff byte"), {"a.txt": "It is said."})
    for named in (shelf, shelf / "a.txt"):
        assert "is not UTF-8" in refusal(named)


def test_what_may_not_be_read_is_named_with_its_reason(open_folder, readers):
    readers.read("txt", b"A child is there, which nobody may start.")
    shelf = write(open_folder / "s", {"folder/a.txt": "It is said.", "b.txt": "Closed."})
    (open_folder / "link.txt").symlink_to("s/folder/a.txt")
    (shelf / "b.txt").chmod(0)
    with nobody():
        assert [one.reason for one in read(shelf)[1]] == [
            "b.txt cannot be read: Permission denied."
        ]
        assert "b.txt cannot be read: Permission denied." in refusal(shelf / "b.txt")
    (shelf / "folder").chmod(0)
    with nobody():
        assert "folder' cannot be read: Permission denied." in refusal(shelf / "folder")
        assert "link.txt cannot be read: Permission denied." in refusal(open_folder / "link.txt")
        assert questions_files([str(shelf / "folder"), str(open_folder / "link.txt")]) == []


def test_a_link_that_is_named_itself_is_followed(tmp_path):
    write(tmp_path, {"real.txt": "Real."})
    (tmp_path / "link.txt").symlink_to("real.txt")
    assert read(tmp_path / "link.txt")[0][0].slug == "link"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs FIFOs")
def test_no_fifo_socket_or_device_is_waited_on(tmp_path, monkeypatch):
    shelf = tmp_path / "s"
    shelf.mkdir()
    os.mkfifo(shelf / "pipe.txt")
    (shelf / "folder.txt").mkdir()
    monkeypatch.chdir(shelf)  # a socket's path is short
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind("sock.txt")
        reasons = skipped(shelf)
    assert [re.split(r" cannot be read: ", reason)[0] for reason in reasons] == [
        "pipe.txt",
        "sock.txt",
    ]
    assert "not a regular file" in refusal(shelf / "pipe.txt")
    (tmp_path / "zero.txt").symlink_to("/dev/zero")
    assert "not a regular file" in refusal(tmp_path / "zero.txt")


def test_what_the_system_refuses_is_named_with_its_reason(tmp_path, monkeypatch):
    write(tmp_path / "s", {"locked.txt": "Locked."})
    real = os.open

    def refuse(path, *args, **kwargs):
        if str(path).endswith("locked.txt"):
            raise PermissionError(13, "Permission denied")
        return real(path, *args, **kwargs)

    monkeypatch.setattr(os, "open", refuse)
    assert refusal(tmp_path / "s" / "locked.txt") == "locked.txt cannot be read: Permission denied."
    assert skipped(tmp_path / "s") == ["locked.txt cannot be read: Permission denied."]


def test_a_folder_that_cannot_be_listed_is_named_and_the_others_are_read(tmp_path, monkeypatch):
    shelf = write(tmp_path / "s", {"good.txt": "A good one.", "closed/x.txt": "Closed."})
    real = os.open

    def refuse(path, *args, **kwargs):
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, *args, **kwargs)

    monkeypatch.setattr(os, "open", refuse)
    assert "Permission denied" in refusal(shelf / "closed")
    (reason,) = skipped(shelf)
    assert re.fullmatch(r"The folder '.*closed' cannot be read: Permission denied\.", reason)


@pytest.mark.parametrize("name", [
    "new\nline", "bell\a", "esc\x1b[31m", "emoji 🌉", "rtl \u202egnp", "\u200fmark", "日本", "a\u2028b",
    os.fsdecode(b"lone \xff byte"), "'quote\"", "--option", "$(id)", "%s {0}",
])  # fmt: skip
def test_any_name_is_read_and_shown_on_one_line(tmp_path, name):
    shelf = write(tmp_path / "s", {f"{name}.txt": "It is said.", f"{name}.pdf": b"junk"})
    articles, left_out = read(shelf)
    (article,) = articles
    assert article.title.isprintable()
    assert re.fullmatch(r"[\w-]+", article.slug)
    assert article.title.encode()
    (one,) = left_out
    for shown in (one.source, one.reason):
        assert shown.isprintable()
        assert shown.encode()
    assert "\u202e" not in one.reason


def test_names_are_shown_with_escapes_for_what_cannot_be_seen():
    assert printable("a\nb\x1b\u202ec🌉") == "a\\nb\\x1b\\u202ec🌉"


def test_progress_counts_every_file(tmp_path):
    write(tmp_path, {"a.txt": "A.", "b.png": "B", "c.md": "C."})
    told = []
    read_sources([str(tmp_path)], Settings(home=tmp_path), lambda *now: told.append(now))
    assert told == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize("front", [
    'title: "\\e[31mred\\u202e\\uD800"', "title: 0x" + "f" * 9999, "date: 2025-02-30", "a: !!int",
    "a: !!timestamp x", "a: !!bool x", "? [a]\n: b", "slug: ../../etc", "url: 'javascript:x'",
    'url: "https://a\\nb c"', "language: '\\e[1'", "credit: [1, 2]", "<<: 7", "a: &a [*a]", "=: 1",
    "title: " + "x" * 100_000, "date: 99999-01-01", "title: .nan", "date: 1e999",
])  # fmt: skip
def test_front_matter_can_say_anything_and_harm_nothing(tmp_path, front):
    shelf = write(tmp_path, {"a.md": f"---\n{front}\n---\nThe text.\n"})
    (article,), _ = read(shelf)
    assert [p for p in article.passages if article.text[p.start : p.end] == "The text."]
    assert article.title.isprintable()
    assert len(article.title) <= 500
    assert re.fullmatch(r"[\w-]+", article.slug)
    assert re.fullmatch(r"[a-z]{2}", article.language)
    assert article.url is None or re.fullmatch(r"https?://\S+", article.url)
    assert article.title.encode()


def test_a_file_that_costs_its_child_leaves_the_others(tmp_path, monkeypatch):
    shelf = write(tmp_path, {"a.txt": "First.", "b.txt": "Ah. " * 2_400_000, "c.md": "Last."})
    small = Limits(memory=200_000_000, cpu=5, wall=15)
    monkeypatch.setattr("summitqa_index.sources.shelf.Readers", lambda **_: Readers(small))
    articles, left_out = read(shelf)
    assert [article.slug for article in articles] == ["a", "c"]
    assert [one.reason.split()[0] for one in left_out] == ["b.txt"]


def test_a_url_is_refused_unless_allowed(tmp_path):
    sentence = refusal("https://site.example/a")
    assert "https://site.example/a" in sentence
    assert "SUMMITQA_ALLOW_URLS=1" in sentence
