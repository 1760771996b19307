"""The secret under which personal data is sealed, from the settings or the data folder."""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from tempfile import mkstemp

from gateway.adapters.databases.opening import OpenDatabase
from gateway.adapters.encryption import EnvelopeCipher
from gateway.services import encryption
from gateway.services.ports.encryption import UnsealFailed
from gateway.settings import MIN_SECRET_LENGTH, InvalidSettings, Settings, variable_name

SECRET_FILE = "secret_key"  # noqa: S105 - a file's name


def build_cipher(settings: Settings) -> EnvelopeCipher:
    """The cipher of personal data, which seals under the present secret and unseals under all."""
    return EnvelopeCipher(load_secret_key(settings), settings.earlier_secrets)


async def require_secret(settings: Settings, database: OpenDatabase) -> None:
    """Check that the secret unseals the data in the database.

    Raises:
        InvalidSettings: it does not, or the file with the secret is missing.

    """
    file = settings.data_dir / SECRET_FILE
    is_kept_in_file = settings.secret_key is None
    if is_kept_in_file and not file.exists() and await encryption.has_data_keys(database=database):
        raise InvalidSettings(
            f"{variable_name('secret_key')}: must be set: this database holds data sealed under a "
            f"secret, and {file} is not there"
        )
    try:
        await encryption.require_secret(database=database, cipher=build_cipher(settings))
    except UnsealFailed:
        finding = f"{file} holds another secret" if is_kept_in_file else "is another secret"
        raise InvalidSettings(
            f"{variable_name('secret_key')}: {finding} "
            "than the one this database's data is sealed under; "
            f"a secret that was replaced stands in {variable_name('earlier_secret_keys')}"
        ) from None


def load_secret_key(settings: Settings) -> str:
    """The secret from the settings, or the one made at the first start in the data folder.

    Raises:
        InvalidSettings: the file of the secret cannot be read, or its secret is too short.

    """
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value()
    file = settings.data_dir / SECRET_FILE
    try:
        if not file.exists():
            _write_if_absent(file, secrets.token_urlsafe(32))
        secret = file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidSettings(f"{variable_name('data_dir')}: {file}: {error}") from error
    if len(secret) < MIN_SECRET_LENGTH:
        raise InvalidSettings(
            f"{variable_name('data_dir')}: {file} holds no secret of {MIN_SECRET_LENGTH} characters"
        )
    return secret


def _write_if_absent(file: Path, text: str) -> None:
    """Write ``file`` unless it exists; other processes never see a part of its text."""
    descriptor, temporary_path = mkstemp(prefix=f"{SECRET_FILE}-", dir=file.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            stream.write(text)
        with suppress(FileExistsError):
            os.link(temporary_path, file)
    finally:
        Path(temporary_path).unlink()
