"""Ready or not: what is looked at, and that a look never waits for ever."""

import asyncio
import threading
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from aiohttp import ClientSession
from sqlalchemy.exc import OperationalError

from summitqa.settings import HOUSE, Settings
from summitqa_bot import health
from summitqa_bot.discord.division import replica_lease, shard_lease
from summitqa_bot.health import Health
from summitqa_bot.metrics import Metrics
from summitqa_bot.service.duties import Duties
from summitqa_bot.settings import HostPort
from summitqa_bot.state import State, steadfast
from summitqa_bot.strings.serving import NOT_CONNECTED, NOT_WRITABLE
from summitqa_index.build import Job, build
from summitqa_index.postgres.publisher import SharedPublisher
from tests import sharing
from tests.fakes import FakeEncoder, index, library, write
from tests.proxy import proxied


@pytest.fixture
def home(tmp_path: Path) -> Path:
    shelf = write(tmp_path / "shelf", {"toll.txt": "The toll is two shillings a cart."})
    index(tmp_path / "home", shelf)
    return tmp_path / "home"


@asynccontextmanager
async def served(found: Health, port: int):
    """Serve what is found; give what asks for one of its pages."""
    async with found.serving(HostPort("127.0.0.1", port)), ClientSession() as client:
        yield lambda page: client.get(f"http://127.0.0.1:{port}/{page}")


async def test_all_is_well_where_nothing_is_amiss(home):
    metrics = Metrics()
    found = Health(metrics, home, State(home), ["slack"])

    async def connected() -> bool:
        return True

    assert await found.look() == {"index": "", "database": "", "slack": NOT_CONNECTED}
    with metrics.connected("slack", connected):
        assert not any((await found.look()).values())
    assert (await found.look())["slack"] == NOT_CONNECTED


async def test_an_index_that_names_no_version_is_not_ready(home):
    (home / "CURRENT").write_text("no-such")
    found = await Health(Metrics(), home, State(home), []).look()
    assert "CURRENT is damaged" in found["index"]
    assert not found["database"]


async def test_a_database_that_cannot_be_written_is_not_ready_until_it_can(home, caplog):
    state = State(home)
    found = Health(Metrics(), home, state, [])
    write_it = state.note

    def fail(*_: str) -> None:
        raise OperationalError("insert", {}, Exception("disk I/O error"))

    state.note = fail
    assert (await found.look())["database"] == NOT_WRITABLE
    assert "the database cannot be written (OperationalError)" in caplog.text
    state.note = write_it
    assert not (await found.look())["database"]


async def test_however_many_look_at_a_database_that_hangs_one_waits_for_it(home, monkeypatch):
    monkeypatch.setattr(health, "SECONDS", 0.05)
    state, begun, go_on = State(home), [], threading.Event()

    def hang(name: str, _: str) -> None:
        begun.append(name)
        go_on.wait(30)

    state.note = hang
    found = Health(Metrics(), home, state, [])
    looks = await asyncio.gather(*(found.look() for _ in range(20)))
    assert {one["database"] for one in looks} == {NOT_WRITABLE}
    assert len(begun) == 1
    go_on.set()


async def test_of_a_replica_it_tells_how_it_stands_between_all(
    home, postgres_databases, tmp_path, unused_tcp_port
):
    url, metrics = postgres_databases(), Metrics()
    with closing(State(home, url)) as one, closing(State(tmp_path / "other", url)) as other:
        found = Health(metrics, home, one, [])
        assert await found.look() == {"index": "", "database": ""}
        assert found.shared()["replicas"] == 0
        other.leases.take(replica_lease(4, other.replica, 9), 3600.0)
        await Duties(other.leases, asyncio.to_thread).keep()
        other.leases.take(shard_lease(4, 2), 3600.0)
        async with served(found, unused_tcp_port) as get:
            told = await (await get("readyz")).json()
        assert told["ready"]
        assert told["replica"] == one.replica
        assert told["leases"] == {
            other.replica: [replica_lease(4, other.replica, 9), shard_lease(4, 2)]
        }
        assert told["shared"] == {
            "replicas": 1,
            "shelves_behind": 1,  # what is here is in no database
            "shards_unheld": 3,
            "events_abandoned": 0,
            "read_lag_seconds": 0.0,
        }
        assert b"summitqa_shards_unheld 3.0" in metrics.text()[0]


async def test_a_database_to_be_searched_that_does_not_answer_makes_nobody_unready(
    home, postgres_databases, unused_tcp_port, monkeypatch
):
    metrics, url = Metrics(), postgres_databases()
    with closing(State(home, url)) as state:
        found = Health(metrics, home, state, [], "postgresql://nobody@127.0.0.1:1/none")
        async with served(found, unused_tcp_port) as get:
            told = await (await get("readyz")).json()
        assert told["ready"]
        assert told["shared"]["read_lag_seconds"] is None
        assert b"summitqa_read_lag_seconds +Inf" in metrics.text()[0]


async def test_one_machine_tells_of_no_replicas(home):
    metrics = Metrics()
    await Health(metrics, home, State(home), []).look()
    assert b"summitqa_replicas" not in metrics.text()[0]


async def test_a_replica_without_its_database_is_not_ready_but_alive_and_its_mirror_answers(
    tmp_path, cluster, monkeypatch, unused_tcp_port
):
    monkeypatch.setattr(health, "SECONDS", 0.2)
    monkeypatch.setattr(steadfast, "SECONDS", 1.0)
    sources = write(tmp_path / "sources", {"toll.txt": "The toll is two shillings a cart."})
    name, home = cluster.fresh(), tmp_path / "home"
    with proxied(cluster.primary.port) as way, sharing.replica(home, cluster.url(name)) as mirror:
        settings = Settings(home=home, sources=(str(sources),))
        build(Job(SharedPublisher(mirror, HOUSE), settings, FakeEncoder()))
        with closing(State(home, cluster.url(name, [way.port]))) as state:
            found = Health(Metrics(), home, state, [])
            assert not any((await found.look()).values())
            way.cut()
            assert await found.look() == {"index": "", "database": NOT_WRITABLE}
            assert found.shared() == {}
            async with served(found, unused_tcp_port) as get:
                assert (await get("healthz")).status == 200
                assert (await get("readyz")).status == 503
            assert library(home).ask("What is the toll?").matches
            way.mend()
            async with asyncio.timeout(30):
                while any((await found.look()).values()):  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
            assert found.shared()["shelves_behind"] == 0
