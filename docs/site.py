"""What MkDocs cannot know of the documentation site (``make site``); a hook of ``mkdocs.yml``.

Pages that stand at the root of the project are pages of the site, too; a link to a file that is no
page takes the file along; and whatever a built page would fetch from elsewhere ends the build.
"""

import posixpath
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
DOCS = "docs/"
PAGES = {
    "README.md": "index.md",
    "SECURITY.md": "security.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    ".env.example": "settings.md",
}
OTHERS = "project/"
"""Where on the site files lie that are linked and are no pages of it."""
_LINK = re.compile(r"""(\]\(|\b(?:src|srcset|href)=")([^)"#\s]+)""")
_FETCHED = {"script": "src", "img": "src", "iframe": "src", "source": "srcset", "link": "href"}
_FETCHED_BY_STYLE = re.compile(r"""(?:url\(|@import)\s*['"]?((?:https?:)?//[^'")\s]+)""")


def on_files(files: Any, config: Any) -> Any:
    """Add the pages of the root, and what any page links."""
    from mkdocs.structure.files import File

    made = {page: ROOT / source for source, page in PAGES.items()}
    made |= {OTHERS + source: ROOT / source for source in linked()}
    for uri, path in made.items():
        content = settings_page(path) if path.name == ".env.example" else path.read_bytes()
        files.append(File.generated(config, uri, content=content))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Lead every link to where its target stands on the site."""
    return relinked(markdown, source_of(page.file.src_uri))


def on_post_build(config: Any) -> None:
    """Raise PluginError, naming page and address, where a page would fetch from elsewhere."""
    from mkdocs.exceptions import PluginError

    for path in sorted(Path(config.site_dir).rglob("*")):
        if path.suffix in {".html", ".css"} and (found := fetched(path.read_text("utf-8"))):
            raise PluginError(f"{path.name} would fetch {found[0]}")


def settings_page(path: Path) -> str:
    """Give ``.env.example`` as a page."""
    return f"# Settings\n\n```ini\n{path.read_text('utf-8')}```\n"


def source_of(uri: str) -> str:
    """Give the path in the project of a page of the site."""
    at_root = {page: source for source, page in PAGES.items()}
    if uri.startswith(OTHERS):
        return uri.removeprefix(OTHERS)
    return at_root.get(uri, DOCS + uri)


def place_of(source: str) -> str:
    """Give the path on the site of a file of the project."""
    if source in PAGES:
        return PAGES[source]
    return source.removeprefix(DOCS) if source.startswith(DOCS) else OTHERS + source


def relinked(markdown: str, source: str) -> str:
    """Write the links of a page as they are on the site."""

    def lead(link: re.Match[str]) -> str:
        target = _target(link[2], source)
        if target is None:
            return link[0]
        return link[1] + posixpath.relpath(place_of(target), posixpath.dirname(place_of(source)))

    return _LINK.sub(lead, markdown)


def linked() -> set[str]:
    """Give the files that pages link, or that those link, and that are no pages themselves."""
    found: set[str] = set()
    seen = [*PAGES, *(f"{DOCS}{path.name}" for path in (ROOT / "docs").glob("*.md"))]
    for source in seen:
        if source.endswith(".md"):
            new = set(_targets(source)) - set(seen)
            found |= {one for one in new if place_of(one).startswith(OTHERS)}
            seen += sorted(new)
    return found


def _targets(source: str) -> Iterator[str]:
    for _, written in _LINK.findall((ROOT / source).read_text("utf-8")):
        target = _target(written, source)
        if target is not None:
            yield target


def _target(written: str, source: str) -> str | None:
    """Give the file of the project that a link leads to, ``None`` where it leads elsewhere."""
    target = posixpath.normpath(posixpath.join(posixpath.dirname(source), written))
    return target if "://" not in written and (ROOT / target).is_file() else None


class _Fetches(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        address = said.get(_FETCHED.get(tag, "")) or ""
        if re.match(r"(https?:)?//", address) and said.get("rel") != "canonical":
            self.found.append(address)


def fetched(page: str) -> list[str]:
    """Give the addresses that a browser would fetch from elsewhere for a page or a style sheet."""
    parser = _Fetches()
    parser.feed(page)
    return parser.found + _FETCHED_BY_STYLE.findall(page)
