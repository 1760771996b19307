"""The secret that personal data is sealed under: set, or kept in the data folder."""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from tempfile import mkstemp

from gateway.adapters.databases import OpenDatabase
from gateway.adapters.vault import EnvelopeCipher
from gateway.services import vault
from gateway.services.ports.vault import Unreadable
from gateway.settings import MIN_SECRET_LENGTH, Settings, WrongSettings, variable

SECRET_FILE = "secret_key"  # noqa: S105 - a file's name


def cipher_of(settings: Settings) -> EnvelopeCipher:
    """The cipher of personal data: sealing under the present secret, opening under earlier ones."""
    return EnvelopeCipher(secret_key(settings), settings.earlier_secrets)


async def require_secret(settings: Settings, database: OpenDatabase) -> None:
    """Refuse a secret that does not open what the database holds.

    Raises:
        WrongSettings: it does not, or the file that held it is gone.

    """
    file = settings.data_dir / SECRET_FILE
    own = settings.secret_key is None
    if own and not file.exists() and await vault.has_keys(database=database):
        raise WrongSettings(
            f"{variable('secret_key')}: must be set: this database holds data sealed under a "
            f"secret, and {file} is not there"
        )
    try:
        await vault.require_secret(database=database, cipher=cipher_of(settings))
    except Unreadable:
        where = f"{file} holds another secret" if own else "is another secret"
        raise WrongSettings(
            f"{variable('secret_key')}: {where} than the one this database's data is sealed under; "
            f"a secret that was replaced stands in {variable('earlier_secret_keys')}"
        ) from None


def secret_key(settings: Settings) -> str:
    """The secret that is set, else one made at the first start and kept in the data folder.

    Raises:
        WrongSettings: the file that keeps it cannot be read, or holds none.

    """
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value()
    file = settings.data_dir / SECRET_FILE
    try:
        if not file.exists():
            _write_once(file, secrets.token_urlsafe(32))
        kept = file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as refusal:
        raise WrongSettings(f"{variable('data_dir')}: {file}: {refusal}") from refusal
    if len(kept) < MIN_SECRET_LENGTH:
        raise WrongSettings(
            f"{variable('data_dir')}: {file} holds no secret of {MIN_SECRET_LENGTH} characters"
        )
    return kept


def _write_once(file: Path, text: str) -> None:
    """Write ``file``, unless another process has meanwhile; it is never seen half written."""
    descriptor, draft = mkstemp(prefix=f"{SECRET_FILE}-", dir=file.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            stream.write(text)
        with suppress(FileExistsError):
            os.link(draft, file)
    finally:
        Path(draft).unlink()
