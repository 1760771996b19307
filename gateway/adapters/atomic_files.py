"""Files that are there only when they are whole."""

import os
import secrets
from pathlib import Path


def write_atomically(folder: Path, name: str, content: bytes) -> None:
    """Write a file for its owner only, so that a reader sees the whole content or none."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary_file = folder / f".{secrets.token_hex(8)}"
    descriptor = os.open(temporary_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary_file.replace(folder / name)
    except BaseException:
        temporary_file.unlink(missing_ok=True)
        raise
