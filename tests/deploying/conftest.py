"""What the tests of deployment share: a release, and an installation of it by the Containerfile."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploying.containerfiles import Stage, build
from tests.deploying.stand_ins import OFFLINE, machine

ROOT = Path(__file__).parent.parent.parent
DEPLOY = ROOT / "deploy"


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What docs/deploying.md calls a release, made as it says; the pages are built already."""
    folder = tmp_path_factory.mktemp("release")
    page = (ROOT / "docs" / "deploying.md").read_text(encoding="utf-8")
    (commands,) = re.findall(r"^```sh\nmake web\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    script = commands.replace(".venv/bin/python", sys.executable).replace(" dist", f" {folder}")
    subprocess.run(  # noqa: S603
        ["/bin/sh", "-euc", script],
        cwd=ROOT,
        env={**os.environ, **OFFLINE},
        check=True,
        capture_output=True,
    )
    return folder


@pytest.fixture(scope="session")
def image(release: Path, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """What the Containerfile makes of the release."""
    folder = tmp_path_factory.mktemp("image")
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    return build(text, release, folder, machine(folder / "bin"))
