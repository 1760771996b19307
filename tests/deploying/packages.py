"""What an installation gets instead of downloads: the packages of the run-time lock, no others.

Used as a module with the arguments of ``python -m venv``, it makes such an environment.
"""

import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
LOCK = ROOT / "requirements" / "runtime.txt"
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[a-z,]+\])?==", re.MULTILINE)


def make(*arguments: str) -> None:
    """Make a virtual environment with the locked packages that the tests themselves run on.

    They are links, and so is its own pip, where it is to have one. pip then compares their
    versions with the lock's, and finds nothing to download.
    """
    making = [sys.executable, "-m", "venv", *{"--without-pip", *arguments[:-1]}, arguments[-1]]
    subprocess.run(making, check=True)  # noqa: S603
    names = PIN.findall(LOCK.read_text(encoding="utf-8"))
    (packages,) = Path(arguments[-1]).glob("lib/python*/site-packages")
    for name in [*names, *([] if "--without-pip" in arguments else ["pip"])]:
        for source in _parts(name):
            target = packages / source.name
            if not target.exists():
                target.symlink_to(source)


def _parts(name: str) -> set[Path]:
    """The folders and files of a package; none where this platform does without it."""
    try:
        package = distribution(name)
    except PackageNotFoundError:
        return set()
    home = Path(str(package.locate_file("")))
    first = {file.parts[0] for file in package.files or ()}
    return {home / part for part in first - {"..", "__pycache__"}}


if __name__ == "__main__":
    make(*sys.argv[1:])
