"""What an installation gets instead of downloads: the packages of the run-time lock, no others.

Used as a module, it furnishes the virtual environment that its argument names.
"""

import re
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
LOCK = ROOT / "requirements" / "runtime.txt"
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[a-z,]+\])?==", re.MULTILINE)


def furnish(environment: Path) -> None:
    """Link the locked packages that the tests themselves run on into a virtual environment.

    pip then compares their versions with the lock's, and finds nothing to download.
    """
    (packages,) = environment.glob("lib/python*/site-packages")
    for name in PIN.findall(LOCK.read_text(encoding="utf-8")):
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
    furnish(Path(sys.argv[1]))
