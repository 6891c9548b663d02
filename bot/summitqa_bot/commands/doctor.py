"""``summitqa doctor``: every part looked at, a line each, with the mend where it is not well."""

import asyncio
import importlib.metadata
import math
import os
import shutil
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from functools import partial
from types import MappingProxyType

from summitqa.counting import counted
from summitqa.errors import IndexMissingError, InputError, SummitQAError
from summitqa.files import LOST
from summitqa.model import ENCODER, READER, Model, open_encoder, open_reader
from summitqa.settings import OFF, SHELVES
from summitqa.taught import QUESTIONS, pairs_of, read_raw
from summitqa_bot import assemble, strings
from summitqa_bot.commands.check import Check
from summitqa_bot.discord.division import unheld
from summitqa_bot.settings import SEARCHED, Settings
from summitqa_bot.state import overview, steps
from summitqa_bot.state.beginning import Beginning, beginning
from summitqa_bot.state.database import look, schema
from summitqa_bot.strings import serving as said
from summitqa_index.models import require_exportable
from summitqa_index.sources.isolation import in_force
from summitqa_index.versions import read_otherwise, verify

# A version of one article takes under 2 MB; below this a reindex of any size may not fit.
_ROOM = 200_000_000
# Seconds; of more, what is published is used here that much later.
_MOST_LAG = 10.0


Examine = Callable[[Settings], Awaitable[Sequence[Check]]]


def examine(
    settings: Settings,
    platforms: Sequence[tuple[bool, Examine]],
    malformed: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Check]:
    """Look at the machine, the models, the index and the database, then at each platform set up.

    ``malformed``: what is said of each variable that could not be read. Nothing is written: what
    is missing is told of, not made.
    """
    yield Check("version", True, importlib.metadata.version("summitqa"))
    for sentence in malformed.values():
        yield Check("setting", False, sentence)
    folder = _folder(settings)
    yield folder
    home = _home(settings)
    if home is not None:
        yield home
    look_into = () if home is not None else (_index,)
    parts = (
        _encoder,
        _reader,
        *look_into,
        _database,
        *([_snapshots] if settings.snapshots else []),
    )
    for looked in parts if folder.well else ():
        try:
            yield looked(settings)
        except SummitQAError as error:
            yield Check(looked.__name__.strip("_"), False, str(error))
    yield from _replicas(settings) if folder.well else ()
    yield from _rows(settings) if settings.database_search < SEARCHED else ()
    left = assemble.state_left(settings.home, settings.database_url)
    if left and (home is None or home.well is False):  # else the next start sees to it
        yield Check("privacy", False, left)
    yield from _taught(settings)
    yield _reading_child()
    for wanted, look_at in platforms:
        if any(_name(look_at).upper() in variable for variable in malformed):
            detail = "not looked at until its setting above is mended"
            yield Check(_name(look_at), None, detail)
        elif wanted:
            yield from asyncio.run(_platform(look_at, settings))
        else:
            yield Check(
                _name(look_at), None, "not set up: no token of it is set (see .env.example)"
            )


async def _platform(look_at: Examine, settings: Settings) -> Sequence[Check]:
    try:
        return await look_at(settings)
    except SummitQAError as error:
        return [Check(_name(look_at), False, str(error))]


def _name(look_at: Examine) -> str:
    """Name a platform by the package that looks at it."""
    return look_at.__module__.split(".")[-2:][0]


def _folder(settings: Settings) -> Check:
    home = settings.home
    there = next(path for path in (home, *home.parents) if path.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        detail = f"{home} cannot be written; set SUMMITQA_HOME to a folder of yours."
        return Check("folder", False, detail)
    free = shutil.disk_usage(there).free
    room = f"{free / 1e9:.1f} GB free in {home}{'' if there == home else ', made at first use'}"
    if free < _ROOM:
        return Check("folder", False, f"{room}: make room, 0.2 GB at least.")
    return Check("folder", True, room)


def _home(settings: Settings) -> Check | None:
    """Tell of a folder that is no mirror yet what the next start makes of it."""
    found = beginning(settings.home, settings.database_url)
    if found is None:
        return None
    well = False if found is Beginning.REFUSED else None
    return Check("home", well, said.HOMES[found.value].format(home=settings.home))


def _encoder(settings: Settings) -> Check:
    return _model(Model(ENCODER, settings.model, settings.home))


def _reader(settings: Settings) -> Check:
    if settings.reader == OFF:
        return Check("reader", None, "off: no sentence is read together with its question")
    return _model(Model(READER, settings.reader, settings.home))


def _model(model: Model) -> Check:
    name = model.role.name
    reason = model.fallback_reason
    if reason is not None:
        detail = f"{model.name}: sentence-transformers serves it, slower, for {reason}"
        return Check(name, None, detail)
    broken = model.damaged()
    if broken:
        detail = f"{', '.join(broken)} is not what was sealed; {model.mend}"
        return Check(name, False, detail)
    if not model.is_ready:
        require_exportable(model)
        return Check(name, None, f"{model.name}: not exported yet; the first start does that")
    (open_encoder if model.role is ENCODER else open_reader)(model)
    return Check(name, True, f"{model.name}: whole")


def _reading_child() -> Check:
    """Tell what holds the children that read files of unknown origin."""
    held = in_force()
    kinds = {name.split()[0] for name in held}
    if kinds == {"Landlock", "seccomp"}:
        return Check("reading child", True, f"no network, no files ({', '.join(held)})")
    missing = " nor ".join(name for name in ("Landlock", "seccomp") if name not in kinds)
    detail = f"limits of memory and time, but the system offers no {missing}"
    return Check("reading child", None, f"{detail} (in force: {', '.join(held) or 'neither'})")


def _index(settings: Settings) -> Check:
    publisher = assemble.publisher(settings)
    try:
        version = publisher.used()
    except IndexMissingError:
        return Check("index", None, "none yet; the first question or `summitqa index` builds it")
    in_rows = publisher.is_in_rows(version)
    broken = [] if in_rows else verify(publisher, version)
    if broken:
        detail = f"{version} is damaged ({', '.join(broken)}); run `summitqa rollback`."
        return Check("index", False, detail)
    facts = publisher.facts(version)
    rows = (
        "its manifest is whole; it is searched in the database (`summitqa verify` reads its rows)"
    )
    whole = f"{version}: {rows if in_rows else 'every file is whole'}"
    if read_otherwise(facts):
        return Check("index", None, f"{whole}. {strings.STATUS_READ_OTHERWISE}")
    return Check("index", True, whole)


def _taught(settings: Settings) -> Iterator[Check]:
    """Look at what every shelf was taught, and name each file that is damaged."""
    shelves = sorted(settings.home.glob(f"{SHELVES}/*/{QUESTIONS}"))
    files = [*settings.home.glob(QUESTIONS), *shelves]
    count, damaged = 0, False
    for file in files:
        try:
            count += len(pairs_of(read_raw(file.parent)))
        except InputError as error:
            damaged = True
            yield Check("taught", False, f"{error} In {file}: mend that line, or take it out.")
    if files and not damaged:
        questions = counted(count, "question", "questions")
        yield Check("taught", True, f"{questions} of {counted(len(files), 'shelf', 'shelves')}")


def _database(settings: Settings) -> Check:
    where = "the one in SUMMITQA_DATABASE_URL" if settings.database_url else "state.db"
    found, newest = schema(settings.home, settings.database_url), steps.NEWEST
    if found is None:
        return Check("database", True, f"{where} is made, with schema {newest}, by the first start")
    if found < newest:
        detail = f"{where} has schema {found}; the next start brings it to {newest}"
        return Check("database", None, detail)
    return Check("database", True, f"{where} opens and answers, schema {found}")


def _snapshots(settings: Settings) -> Check:
    assemble.require_snapshots(settings)
    return Check("snapshots", True, f"{settings.snapshots} answers, and lists what it has")


def _overview(settings: Settings) -> overview.Overview | None:
    """Tell how it stands between replicas, where some share a database that is up to date."""
    home, url = settings.home, settings.database_url
    seen = partial(overview.read, home=home, read_url=settings.database_read_url)
    try:
        return look(home, url, seen) if schema(home, url) == steps.NEWEST else None
    except SummitQAError:
        return None  # said of the database


def _replicas(settings: Settings) -> Iterator[Check]:
    found = _overview(settings)
    if found is None:
        return
    if not found.primary:
        detail = "only to be read; let SUMMITQA_DATABASE_URL name the one that may be written"
        yield Check("database", False, detail)
    if found.reads_another:
        yield Check("database", False, said.READS_ANOTHER)
    elif found.lag == math.inf:
        yield Check("database", False, "the one in SUMMITQA_DATABASE_READ_URL does not answer")
    elif settings.database_read_url:
        detail = f"the one in SUMMITQA_DATABASE_READ_URL is {found.lag:.1f} s behind"
        yield Check("database", True if found.lag < _MOST_LAG else None, detail)
    for holder, names in found.replicas.items():
        yield Check("replica", True, f"{holder} holds {', '.join(names) or 'no lease'}")
    yield from _left(found)
    yield from _lost(settings)


def _rows(settings: Settings) -> Iterator[Check]:
    """Tell of a database that cannot search shelves, though the settings have it do so."""
    try:
        lacking = look(settings.home, settings.database_url, overview.lacks_rows)
    except SummitQAError:
        return  # said of the database
    if lacking:
        yield Check("database", False, lacking)


def _lost(settings: Settings) -> Iterator[Check]:
    """Name what is here alone, and how it is had again or let go of."""
    for shelf, folder in assemble.lost_versions(settings):
        version = folder.name.removeprefix(LOST)
        detail = (
            f"the database has lost the version {version} of the shelf {shelf}; `summitqa --shelf "
            f"{shelf} rollback {version}` on this machine brings it back, removing {folder} lets "
            "go of it"
        )
        yield Check("mirror", False, detail)


def _left(found: overview.Overview) -> Iterator[Check]:
    """Name what no replica sees to."""
    behind, left, unserved = len(found.behind), found.abandoned, unheld(found.leases)
    if behind:
        detail = (
            f"{counted(behind, 'shelf is', 'shelves are')} here at another version than the one"
        )
        yield Check("mirror", None, f"{detail} in use, which is fetched when it is asked for")
    if unserved:
        detail = (
            f"{counted(unserved, 'shard is', 'shards are')} served by no replica; start another"
        )
        yield Check("shards", False, f"{detail}, or raise SUMMITQA_DISCORD_MOST_SHARDS")
    if left:
        detail = f"{counted(left, 'event waits', 'events wait')} whose replica is gone"
        yield Check("events", False, f"{detail}; start one that serves its platform")
