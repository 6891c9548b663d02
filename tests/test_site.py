"""The documentation site: whole from what stands in the project, and fetching nothing from elsewhere."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from summitqa.library import Library

ROOT = Path(__file__).parent.parent
SITE = importlib.util.spec_from_file_location("site_hook", ROOT / "docs" / "site.py")
site = importlib.util.module_from_spec(SITE)
SITE.loader.exec_module(site)


def entries(nav) -> list[str]:
    """Every page that the contents name, in their order."""
    if isinstance(nav, str):
        return [nav]
    return [
        page for one in (nav.values() if isinstance(nav, dict) else nav) for page in entries(one)
    ]


def test_the_contents_name_every_page_once():
    named = entries(yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))["nav"])
    there = [path.name for path in (ROOT / "docs").glob("*.md")] + list(site.PAGES.values())
    assert sorted(named) == sorted(there)


@pytest.mark.parametrize(
    ("source", "written", "led"),
    [
        (
            "README.md",
            "[how](docs/how-it-works.md#the-models)",
            "[how](how-it-works.md#the-models)",
        ),
        ("README.md", "![a picture](docs/terminal.svg)", "![a picture](terminal.svg)"),
        ("README.md", '<img src="docs/terminal.svg">', '<img src="terminal.svg">'),
        ("README.md", "[all](.env.example)", "[all](settings.md)"),
        ("docs/faq.md", "[safe](../SECURITY.md)", "[safe](security.md)"),
        ("docs/faq.md", "[so](privacy.md)", "[so](privacy.md)"),
        ("docs/faq.md", "[whose](../NOTICE)", "[whose](project/NOTICE)"),
        (
            "docs/faq.md",
            "[far](https://example.org/docs/faq.md)",
            "[far](https://example.org/docs/faq.md)",
        ),
        ("benchmarks/natural/README.md", "[why](../../README.md)", "[why](../../../index.md)"),
    ],
)
def test_a_link_leads_to_where_its_target_stands_on_the_site(source: str, written: str, led: str):
    assert site.relinked(written, source) == led


def test_what_is_linked_and_is_no_page_is_taken_along():
    taken = site.linked()
    assert {"NOTICE", "bot/summitqa_bot/slack/manifest.yaml"} <= taken
    assert not taken & set(site.PAGES)
    assert not [one for one in taken if one.startswith("docs/")]


@pytest.mark.parametrize(
    "page",
    [
        '<script src="https://cdn.example/a.js"></script>',
        '<link rel="stylesheet" href="//fonts.example/a.css">',
        '<img alt="" src="https://img.example/badge.svg">',
        "body { background: url('https://img.example/a.png') }",
        '@import "https://fonts.example/a.css";',
    ],
)
def test_a_page_that_would_fetch_from_elsewhere_ends_the_build(page: str, tmp_path: Path):
    (address,) = site.fetched(page)
    assert "example/" in address


@pytest.mark.parametrize(
    "page",
    [
        '<a href="https://example.org/">elsewhere</a>',
        '<script src="assets/a.js"></script><img src="terminal.svg">',
        "body { background: url(data:image/svg+xml;base64,AA==) }",
    ],
)
def test_what_is_followed_and_what_lies_beside_it_does_not(page: str):
    assert site.fetched(page) == []


def test_the_example_of_the_core_as_a_library_answers(
    bundled: Library, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    (example,) = re.findall(
        r"```python\n(.*?)```", (ROOT / "docs/api.md").read_text("utf-8"), re.DOTALL
    )
    monkeypatch.setenv("SUMMITQA_HOME", str(bundled._home))
    exec(example, {})
    assert "¶" in capsys.readouterr().out


@pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ("material", "mkdocstrings_handlers")),
    reason="the site's own packages are not here: make site",
)
def test_the_site_is_built_whole(tmp_path: Path):
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", str(tmp_path)]
    environ = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    subprocess.run(command, cwd=ROOT, check=True, env=environ)
    assert "worth_showing" in (tmp_path / "api.html").read_text("utf-8")
    assert "make ask" in (tmp_path / "index.html").read_text("utf-8")
    assert "SUMMITQA_HOME" in (tmp_path / "settings.html").read_text("utf-8")
