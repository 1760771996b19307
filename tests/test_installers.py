"""What fetches packages runs none of their programs: what is published may be somebody else's."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES_WITH_DOWNLOADS = ("Makefile", ".ci/run", "deploy/Containerfile", "docs/deploying.md")
NODE_FOLDERS = ("web", "conformance")
# hatch_build.py runs `npm --prefix web ci` as well, by its arguments.
ALLOWED_INSTALL_SCRIPTS: dict[str, str] = {}
"""Packages whose own installation has to run, and why; there are none."""


@pytest.mark.parametrize("folder", NODE_FOLDERS)
def test_npm_runs_no_scripts_of_packages(folder: str) -> None:
    settings = (ROOT / folder / ".npmrc").read_text(encoding="utf-8").splitlines()
    assert "ignore-scripts=true" in settings
    packages = json.loads((ROOT / folder / "package-lock.json").read_text())["packages"]
    asking = {name for name, package in packages.items() if package.get("hasInstallScript")}
    assert asking == set(ALLOWED_INSTALL_SCRIPTS)


def test_npm_is_run_nowhere_else() -> None:
    """Its settings are those of the folder that it is told; they hold where it is told one."""
    npm_lines = [
        line
        for name in FILES_WITH_DOWNLOADS
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines()
        if re.search(r"\bnpm\b.*\b(ci|install|add)\b|\bnpx\b", line)
    ]
    assert npm_lines != []
    assert [
        line for line in npm_lines if not re.search(r"--prefix (web|conformance) ci", line)
    ] == []


def test_pip_builds_nothing_that_it_fetches() -> None:
    """A source distribution's build is a program of whoever published it."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    [install] = re.findall(r"^INSTALL = (.*)$", makefile, re.MULTILINE)
    for option in ("--only-binary=:all:", "--require-hashes", "--no-deps"):
        assert option in install.split()
