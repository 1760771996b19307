"""Places that the deployment files name, each in a scratch folder instead."""

import re
from pathlib import Path

MACHINE_FOLDERS = (
    "/etc/gateway",
    "/etc/nginx",
    "/etc/systemd/system",
    "/opt/gateway",
    "/release",
    "/usr/local/sbin",
    "/var/backups/gateway",
    "/var/lib/gateway",
    "/var/log/nginx",
)
"""Every folder of a machine that the files and docs/deploying.md may name."""
FOLDER_PATTERN = re.compile(
    rf"(?<![\w.$-])(?:{'|'.join(map(re.escape, MACHINE_FOLDERS))})(?![\w-])"
)


def map_folders(root: Path, text: str) -> str:
    """``text`` with each place below ``root``."""
    return FOLDER_PATTERN.sub(lambda place: f"{root}{place[0]}", text)
