"""``python -m tests.mutants MODULE...``: break each thing of a module, and name what no test tells.

``MODULE``: as it is imported (``summitqa.evidence``), or a package for all its modules; default:
all of ``[tool.mutants]``. The file of a module is never written: each mutant is put to a process
of its own, forked from one that has imported numpy and the like, and lives in its memory alone.
"""

import argparse
import contextlib
import importlib
import importlib.machinery
import json
import os
import signal
import sys
import tempfile
import time
import tomllib
from pathlib import Path

import pytest

from tests.mutants.making import Mutant, mutants

ROOT = Path(__file__).parents[2]
ROOTS = ("src", "bot", "index")
EQUIVALENT = Path(__file__).with_name("equivalent.md")
# Of pytest's plugins the one that tests need: what starts threads must not be there at a fork.
_LATE = ("pytest", "_pytest", "hypothesis", "_hypothesis", "xdist", "anyio", "simcord", "pluggy")
_PYTEST = ("-x", "--no-summary", "--assert=plain", "-p", "pytest_asyncio.plugin")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("modules", nargs="*", help="default: all of [tool.mutants]")
    given = parser.parse_args()
    known = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["mutants"]
    survived = sum(_module(name, known) for name in _named(given.modules or known["modules"]))
    return 1 if survived else 0


def _named(names: list[str]) -> list[str]:
    """Give the modules meant, those of a package for the package."""
    found = []
    for name in names:
        path = _path(name)
        inside = sorted(path.glob("*.py")) if path.is_dir() else []
        found += [f"{name}.{one.stem}" for one in inside if one.stem != "__init__"] or [name]
    return found


def _path(module: str) -> Path:
    paths = [ROOT.joinpath(root, *module.split(".")) for root in ROOTS]
    both = [one for path in paths for one in (path, path.with_suffix(".py")) if one.exists()]
    if not both:
        sys.exit(f"there is no module {module}; expected one such as summitqa.evidence")
    return both[0]


def _module(module: str, known: dict) -> int:
    """Try all mutants of a module; print those that survive, and give how many."""
    path = _path(module)
    own = ROOT / "tests" / f"test_{path.stem}.py"
    also = (ROOT / "tests" / f"test_{name}.py" for name in _also(module, known["also"]))
    tests = [str(one) for one in (own, *also) if one.exists()]
    # Twice: what the first has imported must not be what lets a mutant fail.
    for _ in range(2):
        began = time.monotonic()
        if not tests or _fails(path, None, tests, 120):
            sys.exit(f"{module}: its tests fail as it is: {' '.join(tests) or 'there are none'}")
    limit = 10 + 5 * (time.monotonic() - began)
    listed = EQUIVALENT.read_text("utf-8").partition(f"## {module}\n")[2].partition("\n## ")[0]
    made = [one for one in mutants(path) if f"`{one.now}`" not in listed]
    print(f"{module}: {len(made)} mutants, {' '.join(Path(one).name for one in tests)}", flush=True)
    left = 0
    for one in made:
        if not _fails(path, one, tests, limit):
            left += 1
            print(f"  {path.relative_to(ROOT)}:{one}", flush=True)
    seconds = time.monotonic() - began
    print(f"  {len(made) - left} killed, {left} survived, {seconds:.0f} s", flush=True)
    return left


def _also(module: str, also: dict[str, list[str]]) -> list[str]:
    return also.get(module, also.get(module.rpartition(".")[0], []))


def _fails(path: Path, mutant: Mutant | None, tests: list[str], limit: float) -> bool:
    """Run the tests in a fork, with a mutant in place of the module; what hangs fails, too."""
    with tempfile.NamedTemporaryFile("r", prefix="summitqa-mutants-") as imported:
        child = os.fork()
        if not child:
            os.setsid()
            _run(path, mutant, tests, imported.name)
        until = time.monotonic() + limit
        ended, status = 0, 0
        while not ended and time.monotonic() < until:
            time.sleep(0.02)
            ended, status = os.waitpid(child, os.WNOHANG)
        if not ended:
            os.killpg(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
        if mutant is None:
            # What the tests imported is here from now on, and so in each fork.
            for name in json.loads(imported.read() or "[]"):
                with contextlib.suppress(Exception):
                    importlib.import_module(name)
    return status != 0


def _run(path: Path, mutant: Mutant | None, tests: list[str], imported: str) -> None:
    code = 3
    try:
        if mutant is not None:
            _put(path, mutant)
            null = os.open(os.devnull, os.O_WRONLY)
            for stream in (1, 2):
                os.dup2(null, stream)
        os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        code = int(pytest.main([*_PYTEST, *tests]))
        sys.stdout.flush()
        if mutant is None:
            Path(imported).write_text(json.dumps(_foreign()))
    finally:
        os._exit(code)


def _put(path: Path, mutant: Mutant) -> None:
    """Have the module imported as the mutant."""
    loader = importlib.machinery.SourceFileLoader
    get_code = loader.get_code

    def instead(self: importlib.machinery.SourceFileLoader, name: str) -> object:
        if Path(self.path) == path:
            return compile(mutant.code, str(path), "exec")
        return get_code(self, name)

    loader.get_code = instead


def _foreign() -> list[str]:
    """Name what is imported and not ours."""
    files = {name: getattr(one, "__file__", None) for name, one in sys.modules.items()}
    ours = [str(ROOT / root) for root in (*ROOTS, "tests", "benchmarks", "training")]
    return [
        name
        for name, file in files.items()
        if file and not file.startswith(tuple(ours)) and not name.startswith(_LATE)
    ]


if __name__ == "__main__":
    sys.exit(main())
