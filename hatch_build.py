"""What a wheel and a source distribution hold besides the code: the pages, built from `web`."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PAGES = (
    "gift.html",
    "order.html",
    "pay.html",
    "shop.html",
    "graphiql.html",
    "operations.json",
    "first-list.json",
)
ASSET = re.compile(r"/assets/([\w.-]+)")
MIN_NODE = (20, 19)
HOW_TO_BUILD = "run `make web` first"


class PagesHook(BuildHookInterface[Any]):
    """Builds the pages where they are missing or older than their sources, or fails."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """See that the pages are whole; an editable installation comes before them."""
        del build_data
        if version == "editable":
            return
        root = Path(self.root)
        if is_outdated(root):
            build(root)
        missing = sorted(missing_files(root))
        if missing:
            sys.exit(f"the pages are not whole, {', '.join(missing)} is missing: {HOW_TO_BUILD}")


def missing_files(root: Path) -> Iterator[str]:
    """The pages, and what they load, that are not there."""
    folder = root / "gateway" / "web"
    for name in PAGES:
        page = folder / name
        if not page.is_file():
            yield name
        elif page.suffix == ".html":
            loaded = ASSET.findall(page.read_text(encoding="utf-8"))
            yield from (asset for asset in loaded if not (folder / "assets" / asset).is_file())


def is_outdated(root: Path) -> bool:
    """Whether a page is missing, or older than what it is built from, where that is here."""
    if any(missing_files(root)):
        return True
    built = (root / "gateway" / "web" / PAGES[0]).stat().st_mtime
    return any(source.stat().st_mtime > built for source in sources(root))


def sources(root: Path) -> Iterator[Path]:
    """What the pages are built from; nothing in a source distribution's wheel."""
    if not (root / "web" / "package-lock.json").is_file():
        return
    yield root / "schema.graphql"
    for path in (root / "web").rglob("*"):
        if path.is_file() and not {"node_modules", "generated"} & set(path.parts):
            yield path


def build(root: Path) -> None:
    """Build the pages by the machine's Node."""
    web, npm = root / "web", shutil.which("npm")
    if not (web / "package-lock.json").is_file() or npm is None or node_version() < MIN_NODE:
        sys.exit(f"the pages are not built, and here is no Node to build them with: {HOW_TO_BUILD}")
    modules = web / "node_modules"
    own = not modules.exists()
    if own:
        run_command(npm, "--prefix", str(web), "ci", "--silent", "--omit=dev")
    run_command(npm, "--prefix", str(web), "run", "--silent", "build")
    if own:
        shutil.rmtree(modules)


def node_version() -> tuple[int, ...]:
    """Major and minor version of the machine's Node; empty where there is none."""
    node = shutil.which("node")
    if node is None:
        return ()
    asked = [node, "-p", "JSON.stringify(process.versions.node.split('.').map(Number))"]
    return tuple(json.loads(subprocess.run(asked, check=True, capture_output=True).stdout)[:2])


def run_command(*command: str) -> None:
    """Run ``command``; what it prints is shown as trouble is."""
    if subprocess.run(command, check=False, stdout=sys.stderr).returncode:
        sys.exit(f"the pages cannot be built: {' '.join(command)} failed")
