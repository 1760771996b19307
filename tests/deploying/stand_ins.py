"""Programs of a machine that tests put others in the place of."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
OFFLINE = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
PYTHON = """#!/bin/sh
# Python; a virtual environment that it makes has the locked packages, instead of downloading them.
[ "$1 $2" = "-m venv" ] || exec "{python}" "$@"
shift 2
PYTHONPATH="{root}" exec "{python}" -m tests.deploying.packages "$@"
"""


def install_program(folder: Path, name: str, script: str) -> None:
    """A program called ``name``, found before any other of that name."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / name
    program.write_text(script, encoding="utf-8")
    program.chmod(0o755)


def machine(folder: Path) -> dict[str, str]:
    """The environment of a machine whose ``python`` and ``pip`` fetch nothing."""
    for name in ("python", "python3"):
        install_program(folder, name, PYTHON.format(python=sys.executable, root=ROOT))
    install_program(folder, "pip", f'#!/bin/sh\nexec "{sys.executable}" -m pip "$@"\n')
    plain = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}
    return {**plain, **OFFLINE, "PATH": f"{folder}:{os.environ['PATH']}"}
