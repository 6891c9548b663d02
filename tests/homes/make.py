"""Make a home with the code of an earlier commit: ``python tests/homes/make.py COMMIT NUMBER``.

The commit is checked out aside; a process with its code on the path builds an index twice, asks,
rates, chooses an article for a channel and writes down what it remembers. What can be made anew
(models, locks, readings) is left out, and the rest packed into ``NUMBER.tar.gz`` beside this file.
"""

import asyncio
import importlib
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
QUESTION = "Where do boats tie up?"
ADMIN = "200000000000000002"
_LEFT_OUT = (
    "models",
    "model",
    "readings",
    "fetched",
    ".lock",
    "-wal",
    "-shm",
    ".holder",
    ".journal",
)


def main(commit: str, number: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        tree, home = Path(folder, "tree"), Path(folder, "home")
        git = ["git", "-C", str(HERE), "worktree"]
        subprocess.run([*git, "add", "--detach", str(tree), commit], check=True)
        try:
            roots = [tree / "src", tree / "bot", tree / "index"]
            if (tree / "bot" / "__init__.py").exists():  # the packages were named bot and index
                roots = [tree, tree / "src"]
            environ = {
                **os.environ,
                "PYTHONPATH": os.pathsep.join(map(str, roots)),
                "SUMMITQA_HOME": str(home),
                "HF_HUB_OFFLINE": "1",
            }
            command = [sys.executable, str(Path(__file__).resolve()), "--fill", str(home)]
            subprocess.run(command, check=True, cwd=folder, env=environ)
        finally:
            subprocess.run([*git, "remove", "--force", str(tree)], check=True)
        pack(home, HERE / f"{number}.tar.gz")


def pack(home: Path, file: Path) -> None:
    with tarfile.open(file, "w:gz", compresslevel=9) as tar:
        for path in sorted(home.rglob("*")):
            name = path.relative_to(home)
            if path.is_file() and not any(part.endswith(_LEFT_OUT) for part in name.parts):
                tar.add(path, f"home/{name}")


def fill(home: Path) -> None:
    """Fill a home with whatever code is on the path."""
    sources = home.parent / "sources"
    sources.mkdir()
    text = (HERE / "harbour.md").read_text("utf-8")
    first = text.rpartition("\n\n")[0] + "\n"
    for one in (first, text):
        (sources / "harbour.md").write_text(one, "utf-8")
        command("index", str(sources / "harbour.md"))
    asyncio.run(serve(home))
    told = remembered(home)
    (home / "remembered.json").write_text(json.dumps(told, indent=1), "utf-8")


def found(*names: str) -> Any:
    """Give the first of these modules, or things in modules, that there is; older names first.

    Today's packages may be installed, too.
    """
    for name in names:
        module, _, thing = name.partition(":")
        with suppress(ModuleNotFoundError, AttributeError):
            loaded = importlib.import_module(module)
            return getattr(loaded, thing) if thing else loaded
    raise LookupError(names)


def command(*arguments: str) -> None:
    cli = found("bot.cli", "summitqa_bot.cli", "summitqa_bot.commands.cli")
    sys.argv = ["summitqa", *arguments]
    try:
        cli.main()
    except SystemExit as end:
        if end.code:
            raise


async def serve(home: Path) -> None:
    """Ask, rate and choose, through the desk."""
    assemble = found("bot.assemble", "summitqa_bot.assemble")
    make_desk = found("bot.desk:Desk", "summitqa_bot.desk:Desk", "summitqa_bot.service.desk:Desk")
    make_state = found("bot.state:State", "summitqa_bot.state:State")
    actor = found(
        "bot.permissions:Actor",
        "summitqa_bot.permissions:Actor",
        "summitqa_bot.service.permissions:Actor",
    )
    chosen = assemble.settings()
    library, encoder, _ = assemble.open_library(chosen, lambda _: None)
    state = make_state(home)
    desk = make_desk(chosen, library, state, encoder)
    admin = actor("discord", ADMIN, "1", "10", "t1", manages=True)
    with suppress(TypeError):
        admin = actor("discord", ADMIN, "1", "10", "t1", manages=True, workspaces=("1",))
    await desk.ask(admin, QUESTION)
    ref = state.recent(30, found=True)[0].ref
    state.posted(ref, "m1", "t1")
    state.rate(ref, ADMIN, good=False, reason="too short")
    claim = state.events.claim if hasattr(state, "events") else state.first_time
    claim("event-1")
    state.audit(ADMIN, "reindex", "done")
    if hasattr(desk, "articles"):
        await fill_shelf(desk, admin)
    else:
        await desk.set_channel(admin, "harbour")
    await desk.close()


async def fill_shelf(desk: Any, admin: Any) -> None:
    """Put an article on the community's own shelf, teach it, and choose for it."""
    material = found("summitqa_bot.service.material:Material")
    text = "# Pool\n\nThe pool opens at six in the morning.\n"
    put = await desk.articles.add(admin, material(text=text))
    await desk.press(admin, put.buttons[0].id)
    await desk.choosing.editors(admin, "77")
    desk._state.communities.rule(admin.community, "10", articles=("harbour",))
    taught, shelf = found("summitqa.taught"), desk._shelves.get(admin.community)
    pair = taught.Pair.of("When may I swim?", shelf.library.store.article("pool"), 1)
    taught.teach(desk._shelves.folder(admin.community), pair)


def remembered(home: Path) -> dict[str, Any]:
    """Tell what is to be there afterwards, as this code has it."""
    state = found("bot.state:State", "summitqa_bot.state:State")(home)
    answer = state.recent(365, found=True)[0]
    told = {
        "ref": answer.ref,
        "question": answer.question,
        "asker": answer.asker,
        "version": answer.version,
        "hashed": state.hashed(ADMIN),
        "cited": [list(one[:5]) for one in answer.cited],
        "audit": sorted(line[:3] for line in state.audit_log(20)),
        "versions": sorted(path.name for path in (home / "versions").iterdir()),
    }
    state.close()
    return told


if __name__ == "__main__":
    if sys.argv[1] == "--fill":
        fill(Path(sys.argv[2]))
    else:
        main(sys.argv[1], sys.argv[2])
