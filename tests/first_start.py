"""What the first start of a gateway leaves in its data folder, made once to be copied."""

import asyncio
import atexit
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path


@cache
def first_start_folder() -> Path:
    """A data folder with the demonstration shop, of this process's own."""
    # Not for those who test rules alone: the whole gateway takes its time to import.
    from gateway.server import prepare_first_start
    from gateway.settings import Settings

    parent = Path(tempfile.mkdtemp(prefix="gateway-first-start-"))
    atexit.register(shutil.rmtree, parent, ignore_errors=True)
    folder = parent / "data"
    # In a thread: whoever asks may be in an event loop.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, prepare_first_start(Settings(data_dir=folder))).result()
    return folder


def copy_first_start(folder: Path) -> None:
    """Make ``folder`` a data folder with the demonstration shop."""
    shutil.copytree(first_start_folder(), folder)
