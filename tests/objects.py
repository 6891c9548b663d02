"""An S3 server of the tests' own, and what they break of it."""

import contextlib
import logging
import sys
import warnings
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest

from tests.proxy import free_port

BUCKET = "quotes"
_KEYS = {
    "AWS_ACCESS_KEY_ID": "tests",
    "AWS_SECRET_ACCESS_KEY": "no secret",
    "AWS_REGION": "us-east-1",
}


class Bucket:
    """A bucket on a server of the loopback; ``port`` is what a proxy is put before."""

    def __init__(self, port: int) -> None:
        self.port = port

    def environment(self, port: int | None = None) -> dict[str, str]:
        """Give what a process finds it by, there or behind a proxy."""
        return {**_KEYS, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port or self.port}"}

    def names(self) -> list[str]:
        """Name what it holds."""
        return sorted(one.name for one in self._objects().values())

    def spoil(self, key: str) -> None:
        """Change a byte of an object."""
        one = self._objects()[key]
        one.value = bytes([one.value[0] ^ 1]) + one.value[1:]

    def empty(self) -> None:
        """Let it hold nothing, as at first."""
        from moto.s3.models import s3_backends

        self.refuse(after=sys.maxsize)
        s3_backends.reset()
        self._backend().create_bucket(BUCKET, "us-east-1")

    def refuse(self, after: int) -> None:
        """Take so many requests more of anybody, then refuse them as those of a stranger."""
        from moto import settings
        from moto.core.authorization import ActionAuthenticatorMixin

        settings.INITIAL_NO_AUTH_ACTION_COUNT = after
        ActionAuthenticatorMixin.request_count = 0

    def _backend(self) -> Any:
        from moto.s3.models import s3_backends

        return s3_backends["123456789012"]["aws"]

    def _objects(self) -> Any:
        return self._backend().buckets[BUCKET].keys


@contextlib.contextmanager
def serving() -> Iterator[Bucket]:
    """Run the server for a while."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    port = free_port()
    # It reads credentials of its own from the environment.
    with mock.patch.dict("os.environ", _KEYS):
        server = ThreadedMotoServer("127.0.0.1", port, verbose=False)
        server.start()
        try:
            bucket = Bucket(port)
            bucket.empty()
            yield bucket
        finally:
            server.stop()


@pytest.fixture(scope="module")
def server() -> Iterator[Bucket]:
    with serving() as bucket:
        yield bucket


@pytest.fixture
def bucket(server: Bucket, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    server.empty()
    for name, value in server.environment().items():
        monkeypatch.setenv(name, value)
    return server
