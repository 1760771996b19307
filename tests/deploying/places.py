"""Places that the deployment files name, each in a scratch folder instead."""

import re
from pathlib import Path

PLACES = (
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
PLACE = re.compile(rf"(?<![\w.$-])(?:{'|'.join(map(re.escape, PLACES))})(?![\w-])")


def within(root: Path, text: str) -> str:
    """``text`` with each place below ``root``."""
    return PLACE.sub(lambda place: f"{root}{place[0]}", text)
