"""What the README and docs show is what the product produces."""

import importlib.util
import re
from pathlib import Path

DOCS = Path(__file__).parent.parent / "docs"


def test_the_pages_of_the_showcase_are_up_to_date(bundled):
    spec = importlib.util.spec_from_file_location("showcase", DOCS / "showcase.py")
    showcase = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(showcase)
    for name, text in showcase.pages(bundled).items():
        assert steady(text) == steady((DOCS / name).read_text("utf-8")), f"{name}: run `make docs`"


def steady(text: str) -> str:
    """Leave out what another processor's arithmetic may round otherwise."""
    return re.sub(r"\d+(&#160;| )?%", "n %", text)
