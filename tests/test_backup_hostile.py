"""What is no backup, whoever made it and whatever became of it, is one sentence and restores nothing."""

import gzip
import hashlib
import io
import json
import random
import tarfile
import zlib
from contextlib import suppress
from pathlib import Path

import pytest

from summitqa.errors import SummitQAError
from summitqa_bot.saving import archive
from summitqa_bot.saving.restore import restore
from tests.saving import backed_up, made


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return made(tmp_path)


@pytest.fixture
def file(home: Path, tmp_path: Path) -> Path:
    return backed_up(home, tmp_path)


def refused(file: Path, home: Path) -> str:
    """Restore what must not be restored; give what is said."""
    there = home.exists()
    with pytest.raises(SummitQAError) as caught:
        restore(file, home, None)
    assert home.exists() is there  # no folder is left behind, and none is taken away
    assert not there or list(home.iterdir()) == []
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return f"{caught.value.exit_code} {sentence}"


def members(file: Path) -> dict[str, bytes]:
    with tarfile.open(file) as tar:
        return {one.name: tar.extractfile(one).read() for one in tar}


def packed(file: Path, *given: tuple[tarfile.TarInfo, bytes]) -> Path:
    """Write what may be no backup: members as they are given."""
    with tarfile.open(file, "w:gz", format=tarfile.PAX_FORMAT) as tar:
        for info, raw in given:
            info.size = len(raw) if info.isreg() else 0
            tar.addfile(info, io.BytesIO(raw))
    return file


def plain(held: dict[str, bytes]) -> list[tuple[tarfile.TarInfo, bytes]]:
    return [(tarfile.TarInfo(name), raw) for name, raw in held.items()]


def of_kind(name: str, kind: bytes, link: str = "") -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info, b""


HOSTILE = {
    "above": (tarfile.TarInfo("../outside"), b"x"),
    "above from inside": (tarfile.TarInfo("home/blobs/../../../outside"), b"x"),
    "absolute": (tarfile.TarInfo("/tmp/outside"), b"x"),
    "link": of_kind("home/REJECTED", tarfile.SYMTYPE, "/etc/passwd"),
    "hard link": of_kind("home/REJECTED", tarfile.LNKTYPE, "home/CURRENT"),
    "device": of_kind("home/REJECTED", tarfile.CHRTYPE),
    "FIFO": of_kind("home/REJECTED", tarfile.FIFOTYPE),
    "folder": of_kind("home/REJECTED", tarfile.DIRTYPE),
    "settings": (tarfile.TarInfo("home/.env"), b"DISCORD_TOKEN=x"),
    "database file": (tarfile.TarInfo("home/state.db"), b"x"),
    "other shelf": (tarfile.TarInfo("home/shelves/../CURRENT"), b"x"),
    "hidden version": (tarfile.TarInfo("home/versions/.aside-1/text.utf8"), b"x"),
    "twice": (tarfile.TarInfo("home/CURRENT"), b"x"),
    "long": (tarfile.TarInfo("home/versions/1/" + "x" * 5000), b"x"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_member_that_is_no_part_of_a_backup_is_refused(file, tmp_path, kind):
    held = plain(members(file))
    packed(tmp_path / "bad", *held[:-1], HOSTILE[kind], held[-1])
    assert refused(tmp_path / "bad", tmp_path / "new").startswith("4 ")
    assert not (tmp_path / "outside").exists()
    assert not Path("/tmp/outside").exists()


def test_a_header_that_would_fill_the_memory_is_refused(file, tmp_path):
    info = tarfile.TarInfo("home/REJECTED")
    head = tarfile.TarInfo("x")
    head.type, head.size = tarfile.XHDTYPE, 1 << 40
    with gzip.open(tmp_path / "bad", "wb") as out:
        with gzip.open(file) as whole:
            out.write(whole.read(1024))  # the first member
        out.write(head.tobuf() + bytes(1 << 16) + info.tobuf())
    assert refused(tmp_path / "bad", tmp_path / "new").startswith("4 ")


def test_what_says_more_of_itself_than_there_is_to_say_is_refused(file, tmp_path):
    # A few bytes may unpack to lists that fill the memory, and to headers that are read for hours.
    for name in ("backup.json", "members.json"):
        held = members(file)
        held[name] += b" " * (1 << 17)
        packed(tmp_path / "bad", *plain(held))
        assert refused(tmp_path / "bad", tmp_path / "new").startswith("4 ")
    held = plain(members(file))
    held[1][0].pax_headers = {"comment": "x" * (1 << 17)}
    packed(tmp_path / "bad", *held)
    assert refused(tmp_path / "bad", tmp_path / "new").startswith("4 ")


def described(held: dict[str, bytes], **changes: object) -> None:
    """Describe the table of seen events as it is not."""
    head, rows = held["state/seen_events.jsonl"].split(b"\n", 1)
    made = json.dumps({**json.loads(head), **changes}).encode()
    held["state/seen_events.jsonl"] = made + b"\n" + rows


ODD_TABLES = {
    "twice a row": lambda held: held.update(
        {"state/audit.jsonl": held["state/audit.jsonl"] + held["state/audit.jsonl"].split(b"\n")[1] + b"\n"}
    ),
    "no columns": lambda held: described(held, columns=[], indexes=[]),
    "other table": lambda held: described(held, table="keys"),
    "no name": lambda held: described(held, table=None),
    "no table's name": lambda held: described(held, table="sqlite_master"),
    "number": lambda held: described(held, columns=[{"name": 5, "kind": "text", "primary": True, "nullable": False, "default": None}]),
    "default": lambda held: described(held, columns=[{"name": "event", "kind": "text", "primary": True, "nullable": False, "default": 5}]),
    "too large": lambda held: held.update(
        {"state/audit.jsonl": held["state/audit.jsonl"].replace(b'"id": 1', b'"id": 1' + b"0" * 30)}
    ),
    "list": lambda held: held.update(
        {"state/audit.jsonl": held["state/audit.jsonl"].replace(b'"shelf": "', b'"shelf": [], "x": "')}
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", ODD_TABLES)
def test_a_table_that_is_none_is_refused(file, tmp_path, kind):
    held = members(file)
    ODD_TABLES[kind](held)
    held["members.json"] = json.dumps(
        {
            name: [len(raw), hashlib.sha256(raw).hexdigest()]
            for name, raw in held.items()
            if name != "members.json"
        }
    ).encode()
    packed(tmp_path / "bad", *plain(held))
    assert refused(tmp_path / "bad", tmp_path / "new").startswith("4 ")


def test_a_member_that_would_fill_the_disk_is_refused_before_it_is_written(file, tmp_path):
    large = tarfile.TarInfo("home/REJECTED")
    large.size = 1 << 60
    with gzip.open(tmp_path / "bad", "wb") as out:
        with gzip.open(file) as whole:
            out.write(whole.read(1024))
        out.write(large.tobuf(tarfile.PAX_FORMAT) + bytes(1 << 20))
    assert refused(tmp_path / "bad", tmp_path / "new").startswith("5 ")


@pytest.mark.parametrize("change", ["lost", "more", "other", "renamed"])
def test_what_is_not_what_was_put_in_is_refused(file, tmp_path, change):
    held = members(file)
    name = next(name for name in held if name.endswith("text.utf8"))
    if change == "lost":
        del held[name]
    elif change == "other":
        held[name] = held[name].replace(b"stone", b"straw")
    last = held.pop("members.json")
    if change == "more":
        held["home/blobs/" + "0" * 64] = b"more"
    if change == "renamed":
        held["home/blobs/" + "0" * 64] = held.pop(name)
    packed(tmp_path / "bad", *plain({**held, "members.json": last}))
    assert refused(tmp_path / "bad", tmp_path / "new").startswith("4 The backup is damaged")


def unpacks_alike(changed: bytes, raw: bytes) -> bool:
    """Tell whether a changed bit is one that says nothing, such as those between two blocks."""
    with suppress(OSError, EOFError, zlib.error):
        return gzip.decompress(changed) == gzip.decompress(raw)
    return False


def test_a_file_that_was_cut_short_or_changed_anywhere_is_refused(file, tmp_path):
    raw, chance = file.read_bytes(), random.Random(7)
    for _ in range(15):
        at = chance.randrange(10, len(raw))  # the first ten say when it was packed, and by what
        changed = bytearray(raw)
        changed[at] ^= 1 << chance.randrange(8)
        (tmp_path / "bad").write_bytes(changed)
        if not unpacks_alike(changed, raw):
            assert refused(tmp_path / "bad", tmp_path / "new").startswith("4 ")
        (tmp_path / "bad").write_bytes(raw[:at])
        assert refused(tmp_path / "bad", tmp_path / "new").startswith("4 ")


def test_what_is_passed_over_is_checked_too():
    raw = bytearray(gzip.compress(bytes(5000)))
    raw[-5] ^= 1
    with pytest.raises(tarfile.ReadError, match="CRC"):
        archive._Careful(fileobj=io.BytesIO(raw)).seek(6000)


def with_head(file: Path, **changes: object) -> Path:
    held = members(file)
    held["backup.json"] = json.dumps({**json.loads(held["backup.json"]), **changes}).encode()
    return packed(file.with_name("bad"), *plain(held))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"format": 2}, "2 The backup has format 2"),
        ({"schema": 99}, "2 The database has schema 99"),
        ({"id": "../x"}, "4 "),
        ({"schema": "x"}, "4 "),
    ],
)
def test_what_only_a_newer_version_reads_is_refused(file, tmp_path, changes, said):
    assert refused(with_head(file, **changes), tmp_path / "new").startswith(said)


def test_what_is_no_backup_is_refused(tmp_path):
    (tmp_path / "text").write_text("no backup")
    (tmp_path / "empty").touch()
    packed(tmp_path / "tar", *plain({"a": b"b"}))
    (tmp_path / "folder").mkdir()
    codes = {
        name: refused(tmp_path / name, tmp_path / "new")[0]
        for name in ("text", "empty", "tar", "folder", "nowhere")
    }
    assert codes == {"text": "4", "empty": "4", "tar": "4", "folder": "2", "nowhere": "2"}
