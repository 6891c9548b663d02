"""Files of versions in object storage, or in a folder that all replicas reach.

An address has a place for each version, which is written once and never changed. What lies there
is only found by what the database says of it, so that a place that is half written is nobody's.
"""

import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from summitqa.errors import SettingsError, UnreachableError
from summitqa.settings import objects

if TYPE_CHECKING:
    from obstore.store import ObjectStore

SETTING = "SUMMITQA_SNAPSHOTS"
_PIECE = 4 << 20  # bytes
_AT_ONCE = 4  # parts of a file, of 5 MB each
_PATIENCE = 30.0  # seconds, of a server that says nothing
_STATUS = re.compile(r"status code: (\d{3})")  # of HTTP; the library has no field for it
# Where the rights of a machine are asked for, if it has no others.
_NOBODY = "169.254.169.254"


class Objects:
    """A place in object storage, by its address; ``patience``: seconds without a byte.

    What may be done there is found in the environment, as the libraries of each cloud do. All
    methods raise UnreachableError where the place cannot be reached, and SettingsError where it is
    not there or refuses us.
    """

    def __init__(self, address: str, patience: float = _PATIENCE) -> None:
        self._address = objects(SETTING, address)
        self._patience = patience

    def require(self) -> None:
        """Look whether what was named is there, and lets us look."""
        if self._folder is not None and not self._folder.is_dir():
            raise SettingsError(
                f"{SETTING} is {self._address}, but expects a folder that is there."
            )
        self.below()

    def put(self, folder: Path, files: Mapping[str, tuple[int, str]]) -> None:
        """Put files of a folder there; ``files``: of each its bytes, as a manifest has them.

        OSError where one of them cannot be read.
        """
        with self._reaching() as (obstore, store):
            for name in files:
                with (folder / name).open("rb") as file:
                    obstore.put(store, name, file, max_concurrency=_AT_ONCE)
            found = {one["path"]: one["size"] for one in obstore.list(store).collect()}
        for name, (size, _) in files.items():
            if found.get(name) != size:
                raise UnreachableError(f"{self._address} did not take the whole of {name}.")

    def read(self, names: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Give files, of each its name and its bytes piece by piece; none of what is not there."""
        with self._reaching() as (obstore, store):
            for name in names:
                with suppress(FileNotFoundError):
                    found = obstore.get(store, name)
                    yield name, b""  # a file may be empty
                    for piece in found.stream(_PIECE):
                        yield name, bytes(piece)

    def below(self) -> list[str]:
        """Give the addresses right below this one."""
        with self._reaching() as (obstore, store):
            found = obstore.list_with_delimiter(store)["common_prefixes"]
            return [f"{self._address}/{name}" for name in found]

    def remove(self) -> None:
        """Remove all that lies there; where nothing does, nothing is amiss."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            return
        with self._reaching() as (obstore, store):
            for some in obstore.list(store):
                obstore.delete(store, [one["path"] for one in some])

    @property
    def _folder(self) -> Path | None:
        parts = urlsplit(self._address)
        return Path(unquote(parts.path)) if parts.scheme == "file" else None

    def _store(self) -> "ObjectStore":
        from obstore.store import LocalStore, from_url

        if self._folder is not None:
            return LocalStore(self._folder, mkdir=True)
        patience = timedelta(seconds=self._patience)
        backoff: Any = {"init_backoff": patience / 100, "max_backoff": patience / 10}
        return from_url(
            self._address,
            client_options={
                "allow_http": True,  # where AWS_ENDPOINT_URL says so
                "connect_timeout": patience / 6,
                "read_timeout": patience,
                "timeout": timedelta(days=1),
            },
            retry_config={"max_retries": 3, "retry_timeout": patience * 2, "backoff": backoff},
        )

    @contextmanager
    def _reaching(self) -> Iterator[tuple[Any, "ObjectStore"]]:
        """Give the library and the place; say in one sentence what is amiss with it.

        What the library says of that may be long, and show keys.
        """
        try:
            import obstore
            from obstore import exceptions as wrong
        except ImportError:
            raise SettingsError(
                f"{SETTING} is set, whose library is not installed: "
                ".venv/bin/pip install -e '.[objects]' in the checkout installs it."
            ) from None
        try:
            yield obstore, self._store()
        except (wrong.BaseError, FileNotFoundError) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise  # a file of ours
            raise self._told(str(error)) from error

    def _told(self, said: str) -> UnreachableError | SettingsError:
        found = _STATUS.search(said)
        if _NOBODY in said:
            return SettingsError(
                f"There are no keys for {self._address} in the environment, such as "
                "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
            )
        if found and found[1] in {"401", "403"}:
            return SettingsError(
                f"{self._address} refused us, but is to let us read, write, list and remove; look "
                "at the keys in the environment, such as AWS_ACCESS_KEY_ID."
            )
        if found and found[1] == "404":
            return SettingsError(f"{SETTING} is {self._address}, but there is no such bucket.")
        return UnreachableError(
            f"{self._address} cannot be reached now; what was to be kept there is not. Try again "
            "in a moment."
        )
