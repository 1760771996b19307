"""Trusted documents and automatically persisted queries: texts named by their SHA-256."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

import orjson

from gateway.transport.errors import Code, Rejected
from gateway.transport.requests import GraphQLRequest, malformed

_HASH_PREFIX = "sha256:"
_HASH_LENGTH = 64


class Trust(StrEnum):
    """Whether operations must be known beforehand."""

    OFF = "off"
    PREFER = "prefer"
    ONLY = "only"


@dataclass(frozen=True, slots=True)
class TrustedDocuments:
    """Documents known at release, by the lower-case hexadecimal SHA-256 of their text."""

    mode: Trust = Trust.OFF
    texts: Mapping[str, str] = field(default_factory=dict)


class WrongRegistry(ValueError):
    """A registry file that does not hold texts by their hashes."""


def read_registry(file: Path) -> Mapping[str, str]:
    """The texts of a JSON file of hashes to texts, as graphql-codegen writes it with ``sha256``.

    Raises:
        WrongRegistry: the file is no such thing, or a hash is not that of its text.

    """
    try:
        texts = orjson.loads(file.read_bytes())
    except orjson.JSONDecodeError as error:
        raise WrongRegistry(f"{file} is not JSON: {error}") from error
    if not isinstance(texts, dict):
        raise WrongRegistry(f"{file} does not hold an object of hashes to texts")
    for digest, text in texts.items():
        if not isinstance(text, str) or _sha256(text) != digest:
            raise WrongRegistry(f"{file}: {digest} is not the SHA-256 of its text")
    return texts


class PersistedTexts:
    """Finds the text that a request means."""

    def __init__(
        self, trusted: TrustedDocuments, *, automatic: bool = True, most_bytes: int
    ) -> None:
        self._mode = trusted.mode
        self._trusted = {} if trusted.mode is Trust.OFF else dict(trusted.texts)
        self._automatic = automatic and trusted.mode is not Trust.ONLY
        self._most_bytes = most_bytes
        self._kept: OrderedDict[str, str] = OrderedDict()
        self._kept_bytes = 0

    def text(self, request: GraphQLRequest) -> str | Rejected:
        """The text to execute for ``request``.

        Raises:
            Refused: nothing names a document, or what names it is malformed.

        """
        digest = _digest(request)
        if request.query is None or not request.query.strip():
            if digest is None:
                raise malformed('A "query" is missing.')
            return self._named(digest)
        if self._mode is Trust.ONLY:
            return self._only_trusted(request.query)
        if digest is not None and _sha256(request.query) != digest:
            return Rejected.because(Code.BAD_USER_INPUT, "provided sha does not match query")
        return request.query

    def keep(self, request: GraphQLRequest) -> None:
        """Remember the text of ``request``, which proved valid, if its client asked for that."""
        digest = _digest(request)
        if digest is None or not request.query or not self._automatic or digest in self._kept:
            return
        size = len(request.query)
        if size > self._most_bytes // 8:
            return
        self._kept[digest] = request.query
        self._kept_bytes += size
        while self._kept_bytes > self._most_bytes:
            _, evicted = self._kept.popitem(last=False)
            self._kept_bytes -= len(evicted)

    def _named(self, digest: str) -> str | Rejected:
        text = self._trusted.get(digest) or self._kept.get(digest)
        if text is not None:
            if digest in self._kept:
                self._kept.move_to_end(digest)
            return text
        if self._automatic or self._trusted:
            return Rejected.because(Code.PERSISTED_QUERY_NOT_FOUND, "PersistedQueryNotFound")
        return Rejected.because(Code.PERSISTED_QUERY_NOT_SUPPORTED, "PersistedQueryNotSupported")

    def _only_trusted(self, query: str) -> str | Rejected:
        if _sha256(query) in self._trusted:
            return query
        return Rejected.because(
            Code.PERSISTED_QUERY_REQUIRED, "Only documents registered beforehand are executed."
        )


def _sha256(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _digest(request: GraphQLRequest) -> str | None:
    """The hash that ``request`` names a document by; either of the two customary ways."""
    if request.document_id is not None:
        return request.document_id.removeprefix(_HASH_PREFIX)
    persisted = request.extensions.get("persistedQuery")
    if persisted is None:
        return None
    if not isinstance(persisted, dict) or persisted.get("version") != 1:
        raise malformed('"extensions.persistedQuery" must be an object of version 1.')
    digest = persisted.get("sha256Hash")
    if not isinstance(digest, str) or len(digest) != _HASH_LENGTH:
        raise malformed('"sha256Hash" must be 64 hexadecimal digits.')
    return digest.lower()
