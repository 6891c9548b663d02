"""Build the container's image, run it as it is meant to be run, and measure it: ``make image``.

Takes buildah and podman. The base image is the one of the Dockerfile, pulled before; with
``--make-base`` and none there, ``base.sh`` makes a stand-in. What runs has no network, no root, no
capability and no place to write but ``/data`` and ``/tmp``. Prints the figures as JSON, and ends
with 77 and a reason where a machine lacks what it takes.
"""

import configparser
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent
IMAGE, NAME = "localhost/summitqa", f"summitqa-tried-{os.getpid()}"
SKIPPED = 77  # as automake's tests say it
PATIENCE = 120  # seconds until a container must be ready
QUESTION = "Did the summit bring a ceasefire?"
WALLS = (
    "--network=none", "--read-only", "--cap-drop=all", "--security-opt=no-new-privileges",
    "--ulimit=nofile=1024:1024", "--ulimit=nproc=1024:1024",
)  # fmt: skip
GET = "import sys, urllib.request as r; print(r.urlopen(sys.argv[1], timeout=5).read().decode())"
CPU = """
import os, pathlib
spent = pathlib.Path("/proc/1/stat").read_text().rpartition(")")[2].split()[11:15]
print(sum(map(int, spent)) / os.sysconf("SC_CLK_TCK"))
"""
MEMORY = """
import re, pathlib
found = {"Rss": 0, "Pss": 0}
for each in pathlib.Path("/proc").glob("[0-9]*/smaps_rollup"):
    text = each.read_text() if "summitqa" in (each.parent / "cmdline").read_text() else ""
    for name, kb in re.findall(r"^(Rss|Pss): +(\\d+) kB", text, re.M):
        found[name] += int(kb)
print(found["Rss"], found["Pss"])
"""


class CannotError(Exception):
    """What it takes is not here; the message says what."""


def out(*command: str, seconds: float = 1800) -> str:
    """Run a command and give what it prints; CalledProcessError where it fails."""
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=seconds, cwd=ROOT
    )
    return done.stdout.strip()


def tools() -> None:
    """Raise CannotError for the first program that is not there."""
    for tool in ("buildah", "podman"):
        if shutil.which(tool) is None:
            raise CannotError(f"{tool} is not installed")


def base(*, make: bool) -> str:
    """Give the Dockerfile's base image, by its whole name."""
    (name,) = set(re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text("utf-8"), re.M))
    name = f"docker.io/library/{name}"
    if subprocess.run(["podman", "image", "exists", name], check=False).returncode == 0:
        return name
    if not make:
        raise CannotError(f"{name} is not there: podman pull it, or run `make image`")
    if shutil.which("debootstrap") is None or os.geteuid() != 0:
        raise CannotError(f"{name} is not there, and a stand-in takes debootstrap and root")
    out("deploy/base.sh")
    return name


def runner(image: str) -> list[str]:
    """Give the podman that can run a container here: with its own runtime, or with runc."""
    said = ""
    for podman in (["podman"], ["podman", "--runtime=runc"]):
        try:
            out(*podman, "run", "--rm", *WALLS, image, "true")
        except subprocess.CalledProcessError as failed:
            said = failed.stderr.strip().splitlines()[-1]
        else:
            return podman
    raise CannotError(f"containers cannot be run here ({said})")


@contextmanager
def pip_settings() -> Iterator[list[str]]:
    """Hand the build what pip is set to on this machine, as a secret that stays in no layer."""
    listed = out(sys.executable, "-m", "pip", "config", "list")
    said = dict(re.findall(r"^(?:global|:env:)\.([\w-]+)='(.*)'$", listed, re.M))
    taken = {key: said[key] for key in ("cert", "index-url", "proxy", "timeout") if key in said}
    config = configparser.ConfigParser(interpolation=None)
    config["global"] = taken
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
        config.write(file)
        file.flush()
        given = [f"--secret=id=pip,src={file.name}"]
        if "cert" in taken:
            given.append(f"--volume={taken['cert']}:{taken['cert']}:ro")
        yield given


def build() -> float:
    """Build the image; give the seconds it took."""
    began = time.monotonic()
    with pip_settings() as given:
        # chroot: the steps of a build are our own, and need no runtime that this machine may lack.
        out(
            "buildah", "build", "--format=docker", "--isolation=chroot", "--network=host",
            "--layers", "--pull-never", f"--tag={IMAGE}", *given, ".",
        )  # fmt: skip
    return time.monotonic() - began


class Container:
    """One that serves the page, to be looked into."""

    def __init__(self, podman: list[str], *given: str) -> None:
        self._podman = podman
        self._began = time.monotonic()
        out(*podman, "run", "--detach", f"--name={NAME}", *WALLS, *given, IMAGE)

    def run(self, *command: str) -> str:
        """Run a command in it, and give what it prints."""
        return out(*self._podman, "exec", NAME, *command)

    def until(self, *command: str) -> float:
        """Wait until a command works in it; give the seconds since its start.

        TimeoutError, with what it has logged, where that takes too long.
        """
        while True:
            try:
                self.run(*command)
            except subprocess.CalledProcessError as failed:
                if time.monotonic() - self._began > PATIENCE:
                    raise TimeoutError(failed.stderr + self.log()) from None
                time.sleep(0.1)
            else:
                return time.monotonic() - self._began

    def again(self) -> None:
        """Start it again once it is stopped, on the volume that it has."""
        self._began = time.monotonic()
        out(*self._podman, "start", NAME)

    def log(self) -> str:
        """Give what it has logged."""
        done = subprocess.run(
            [*self._podman, "logs", NAME], capture_output=True, text=True, check=False
        )
        return done.stdout + done.stderr

    def stop(self) -> tuple[int, float]:
        """Stop it as a service manager does; give its exit code, and the seconds that took."""
        began = time.monotonic()
        out(*self._podman, "stop", "--time=10", NAME)
        took = time.monotonic() - began
        return int(out(*self._podman, "inspect", "--format={{.State.ExitCode}}", NAME)), took

    def remove(self) -> None:
        """Leave nothing of it."""
        command = [*self._podman, "rm", "--force", "--volumes", NAME]
        subprocess.run(command, capture_output=True, check=False)


def tried(podman: list[str]) -> dict[str, object]:
    """Run the image twice, once to ask and once to serve, and measure it."""
    answer = json.loads(
        out(*podman, "run", "--rm", "--no-healthcheck", *WALLS, IMAGE, "ask", QUESTION, "--json")
    )
    page = "http://localhost:8080"
    served = Container(podman, f"--env=SUMMITQA_WEB_URL={page}", "--env=SUMMITQA_WEB_ACCESS=public")
    try:
        health = "http://127.0.0.1:9464"
        alive = served.until("python", "-c", GET, f"{health}/healthz")
        ready = served.until("python", "-c", GET, f"{health}/readyz")
        cpu = float(served.run("python", "-c", CPU))
        out(*podman, "healthcheck", "run", NAME)
        served.run("python", "-c", GET, f"{page}/?q={QUESTION.replace(' ', '+')}")
        rss, pss = map(int, served.run("python", "-c", MEMORY).split())
        walls = served.run(
            "sh", "-c", "id -u; touch /x /opt/summitqa/x 2>&1 | wc -l; command -v cc gcc ld || true"
        ).split()  # fmt: skip
        reading = re.search(r"reading child: .*", served.run("sh", "-c", "summitqa doctor || true"))
        set_mb = int(served.run("du", "-sm", "/opt/summitqa").split()[0])
        code, stop = served.stop()
        served.again()
        again = served.until("python", "-c", GET, f"{health}/readyz")
        cpu_again = float(served.run("python", "-c", CPU))
    finally:
        served.remove()
    return {
        "found": answer["found"],
        "image_mb": int(out("podman", "image", "inspect", "--format={{.Size}}", IMAGE)) // 10**6,
        "serving_set_mb": set_mb,
        "alive_s": round(alive, 1),
        "ready_s": round(ready, 1),
        "ready_cpu_s": round(cpu, 1),
        "ready_again_s": round(again, 1),
        "ready_again_cpu_s": round(cpu_again, 1),
        "rss_mb": rss // 1000,
        "pss_mb": pss // 1000,
        "user": int(walls[0]),
        "refused_writes": int(walls[1]),
        "compilers": walls[2:],
        "reading": reading[0] if reading else "",
        "stop_s": round(stop, 1),
        "exit_code": code,
    }


def main() -> None:
    """Build, try, print."""
    try:
        tools()
        podman = runner(base(make="--make-base" in sys.argv))
    except CannotError as missing:
        print(missing, file=sys.stderr)
        raise SystemExit(SKIPPED) from None
    seconds = build()
    print(json.dumps({"build_s": round(seconds), **tried(podman)}, indent=1))


if __name__ == "__main__":
    main()
