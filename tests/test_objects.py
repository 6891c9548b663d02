"""Files of versions in object storage: put whole or not at all, read as they were put, removed."""

# ruff: noqa: F811 - fixtures of another module

import hashlib
import os
import sys
from pathlib import Path

import pytest

from summitqa.errors import SettingsError, UnreachableError
from summitqa.postgres.objects import Objects
from tests.objects import BUCKET, Bucket, bucket, server  # noqa: F401
from tests.proxy import proxied

LARGE = 12 << 20  # more than one part of an upload


@pytest.fixture(params=["s3", "file"])
def address(request, tmp_path) -> str:
    if request.param == "s3":
        request.getfixturevalue("bucket")
        return f"s3://{BUCKET}/some/prefix"
    (tmp_path / "shared").mkdir()
    return (tmp_path / "shared").as_uri()


@pytest.fixture
def folder(tmp_path) -> Path:
    folder = tmp_path / "20260101-000000-000000"
    folder.mkdir()
    (folder / "articles.jsonl").write_bytes(b"")
    (folder / "passages.jsonl").write_bytes(b"The bridge is of stone.\n")
    (folder / "tokens.bin").write_bytes(os.urandom(LARGE))
    return folder


def described(folder: Path) -> dict[str, tuple[int, str]]:
    read = {path.name: path.read_bytes() for path in folder.iterdir()}
    return {name: (len(raw), hashlib.sha256(raw).hexdigest()) for name, raw in read.items()}


def put(address: str, folder: Path) -> None:
    Objects(address).put(folder, described(folder))


def read(address: str, names) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for name, piece in Objects(address).read(names):
        found[name] = found.get(name, b"") + piece
    return found


def test_files_are_read_as_they_were_put(address, folder):
    put(f"{address}/one", folder)
    there = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert read(f"{address}/one", described(folder)) == there


def test_what_is_not_there_is_not_read(address, folder):
    assert read(f"{address}/none", described(folder)) == {}


def test_what_lies_below_an_address_is_named_and_goes_when_it_is_removed(address, folder):
    put(f"{address}/shelf/one", folder)
    put(f"{address}/shelf/two", folder)
    put(f"{address}/other/one", folder)
    shelf = Objects(f"{address}/shelf")
    assert sorted(shelf.below()) == [f"{address}/shelf/one", f"{address}/shelf/two"]
    Objects(f"{address}/shelf/one").remove()
    assert shelf.below() == [f"{address}/shelf/two"]
    assert read(f"{address}/shelf/one", described(folder)) == {}
    assert read(f"{address}/other/one", described(folder)) != {}


def test_what_is_removed_twice_is_gone(address, folder):
    put(f"{address}/one", folder)
    for _ in range(2):
        Objects(f"{address}/one").remove()
    assert Objects(address).below() == []


def test_an_object_that_is_shorter_than_the_file_is_not_taken_for_it(address, folder):
    names = described(folder)
    (folder / "tokens.bin").write_bytes(b"short")
    with pytest.raises(UnreachableError, match=r"tokens\.bin"):
        Objects(f"{address}/one").put(folder, names)


def test_an_upload_that_breaks_off_is_told_of_and_can_be_made_again(bucket, folder, monkeypatch):
    with proxied(bucket.port) as proxy:
        place = f"s3://{BUCKET}/one"
        for name, value in bucket.environment(proxy.port).items():
            monkeypatch.setenv(name, value)
        put(f"s3://{BUCKET}/zero", folder)
        proxy.cut()
        with pytest.raises(UnreachableError, match=f"s3://{BUCKET}/one cannot be reached now"):
            put(place, folder)
        assert not any(name.startswith("one/") for name in bucket.names())
        proxy.mend()
        put(place, folder)
        assert read(place, described(folder)).keys() == described(folder).keys()


def test_what_a_server_takes_no_more_of_in_the_middle_is_removed_as_it_is(bucket, folder):
    put(f"s3://{BUCKET}/whole", folder)
    bucket.refuse(after=5)
    with pytest.raises(SettingsError, match="refused"):
        put(f"s3://{BUCKET}/part", folder)
    bucket.refuse(after=sys.maxsize)
    assert sorted(Objects(f"s3://{BUCKET}").below()) == [
        f"s3://{BUCKET}/part",
        f"s3://{BUCKET}/whole",
    ]
    Objects(f"s3://{BUCKET}/part").remove()
    assert Objects(f"s3://{BUCKET}").below() == [f"s3://{BUCKET}/whole"]


def test_a_server_that_answers_no_more_is_given_up(bucket, folder, monkeypatch):
    with proxied(bucket.port) as proxy:
        for name, value in bucket.environment(proxy.port).items():
            monkeypatch.setenv(name, value)
        proxy.freeze()
        with pytest.raises(UnreachableError, match="cannot be reached now"):
            Objects(f"s3://{BUCKET}/one", patience=0.2).put(folder, described(folder))


def test_a_server_that_is_slow_is_waited_for(bucket, folder, monkeypatch):
    (folder / "tokens.bin").write_bytes(b"a few bytes")
    with proxied(bucket.port) as proxy:
        for name, value in bucket.environment(proxy.port).items():
            monkeypatch.setenv(name, value)
        proxy.delay = 0.05
        put(f"s3://{BUCKET}/one", folder)
        assert read(f"s3://{BUCKET}/one", ["tokens.bin"]) == {"tokens.bin": b"a few bytes"}


def test_a_read_that_breaks_off_goes_on_where_it_was(bucket, folder, monkeypatch):
    put(f"s3://{BUCKET}/one", folder)
    with proxied(bucket.port) as proxy:
        for name, value in bucket.environment(proxy.port).items():
            monkeypatch.setenv(name, value)
        pieces = Objects(f"s3://{BUCKET}/one").read(["tokens.bin"])
        raw = next(pieces)[1]
        proxy.cut()
        proxy.mend()
        assert raw + b"".join(piece for _, piece in pieces) == (folder / "tokens.bin").read_bytes()


def test_a_bucket_that_is_not_there_is_named(bucket, folder):
    for act in (lambda place: place.put(folder, described(folder)), Objects.require):
        with pytest.raises(SettingsError, match="s3://nowhere/one, but there is no such bucket"):
            act(Objects("s3://nowhere/one"))


def test_a_folder_that_is_not_there_is_named(tmp_path):
    missing = (tmp_path / "missing").as_uri()
    with pytest.raises(SettingsError, match="expects a folder that is there"):
        Objects(missing).require()


def test_credentials_that_are_refused_are_said_to_be(bucket, folder, monkeypatch):
    bucket.refuse(after=0)
    with pytest.raises(SettingsError, match="refused"):
        Objects(f"s3://{BUCKET}/one").require()


@pytest.mark.parametrize(
    "address",
    ["", "bucket/prefix", "ftp://host/path", "s3://", "s3:///path", "s3://key:secret@bucket/x",
     "s3://bucket/../x", "file://host/path", "s3://bucket/x?y=1"],
)  # fmt: skip
def test_an_address_that_is_none_is_said_to_be(address):
    with pytest.raises(
        SettingsError, match="but expects an address such as s3://bucket/prefix"
    ) as caught:
        Objects(address)
    assert "secret" not in str(caught.value)


def test_without_the_extra_it_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "obstore", None)
    with pytest.raises(SettingsError, match=r"\[objects\]"):
        Objects(f"s3://{BUCKET}").require()
