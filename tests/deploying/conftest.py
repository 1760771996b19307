"""What the tests of deployment share: a release, and an installation of it by the Containerfile."""

import os
import shutil
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
    """A folder with what is released: the wheel and the lock of what it needs."""
    folder = tmp_path_factory.mktemp("release")
    build_wheel = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
    subprocess.run(  # noqa: S603
        [*build_wheel, "--no-build-isolation", "--wheel-dir", folder, ROOT],
        env={**os.environ, **OFFLINE},
        check=True,
    )
    shutil.copy(ROOT / "requirements" / "runtime.txt", folder)
    return folder


@pytest.fixture(scope="session")
def image(release: Path, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """What the Containerfile makes of the release."""
    folder = tmp_path_factory.mktemp("image")
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    return build(text, release, folder, machine(folder / "bin"))
