"""What installing distributions puts on the disk, with all they require, in this environment.

``python sizes.py NAME...`` prints megabytes; runs in the peers' environment, too.
"""

import re
import sys
from collections.abc import Iterable
from importlib.metadata import Distribution, PackageNotFoundError, distribution

_NAME = re.compile(r"[A-Za-z0-9._-]+")


def installed(names: Iterable[str]) -> float:
    """Give the MB of distributions and what they require."""
    seen: dict[str, Distribution] = {}
    waiting = [_normal(name) for name in names]
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        try:
            seen[name] = distribution(name)
        except PackageNotFoundError:  # for another platform or Python
            continue
        waiting += _required(seen[name])
    return sum(_size(one) for one in seen.values()) / 1e6


def _required(one: Distribution) -> list[str]:
    """Give the names it requires without any extra."""
    found = [line for line in one.requires or () if "extra ==" not in line]
    return [_normal(match[0]) for line in found if (match := _NAME.match(line))]


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _size(one: Distribution) -> int:
    places = [one.locate_file(file) for file in one.files or ()]
    return sum(place.stat().st_size for place in places if place.is_file())  # type: ignore[attr-defined]


if __name__ == "__main__":
    print(installed(sys.argv[1:]))
