"""Trusted documents and automatically persisted queries, found by the SHA-256 of their text."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

import orjson

from gateway.transport.errors import Code, DocumentRejected
from gateway.transport.requests import GraphQLRequest, malformed_request

_HASH_PREFIX = "sha256:"
_HASH_LENGTH = 64


class TrustMode(StrEnum):
    """Whether only documents registered in advance are executed."""

    OFF = "off"
    PREFER = "prefer"
    ONLY = "only"


@dataclass(frozen=True, slots=True)
class TrustedDocuments:
    """Documents registered in advance, by the SHA-256 of their text in lower-case hexadecimal."""

    mode: TrustMode = TrustMode.OFF
    texts: Mapping[str, str] = field(default_factory=dict)


class InvalidRegistry(ValueError):
    """A registry file is not a JSON object of hashes to texts."""


def load_registry(file: Path) -> Mapping[str, str]:
    """The texts of a JSON file of hashes to texts, as graphql-codegen writes it with ``sha256``.

    Raises:
        InvalidRegistry: the file has another format, or a hash is not the hash of its text.

    """
    try:
        texts = orjson.loads(file.read_bytes())
    except orjson.JSONDecodeError as error:
        raise InvalidRegistry(f"{file} is not JSON: {error}") from error
    if not isinstance(texts, dict):
        raise InvalidRegistry(f"{file} does not hold an object of hashes to texts")
    for digest, text in texts.items():
        if not isinstance(text, str) or _sha256(text) != digest:
            raise InvalidRegistry(f"{file}: {digest} is not the SHA-256 of its text")
    return texts


class PersistedTexts:
    """Finds the text of the document of a request, and stores persisted queries."""

    def __init__(
        self, trusted: TrustedDocuments, *, automatic: bool = True, max_bytes: int
    ) -> None:
        self._mode = trusted.mode
        self._trusted = {} if trusted.mode is TrustMode.OFF else dict(trusted.texts)
        self._automatic = automatic and trusted.mode is not TrustMode.ONLY
        self._max_bytes = max_bytes
        self._stored: OrderedDict[str, str] = OrderedDict()
        self._stored_bytes = 0

    def text(self, request: GraphQLRequest) -> str | DocumentRejected:
        """The text to execute for ``request``.

        Raises:
            RequestRefused: the request names no document, or its hash is malformed.

        """
        digest = _digest(request)
        if request.query is None or not request.query.strip():
            if digest is None:
                raise malformed_request('A "query" is missing.')
            return self._find_text(digest)
        if self._mode is TrustMode.ONLY:
            return self._require_trusted(request.query)
        if digest is not None and _sha256(request.query) != digest:
            return DocumentRejected.with_code(
                Code.BAD_USER_INPUT, "provided sha does not match query"
            )
        return request.query

    def store(self, request: GraphQLRequest) -> None:
        """Store the text of ``request`` if it gives a hash; call this only after validation."""
        digest = _digest(request)
        if digest is None or not request.query or not self._automatic or digest in self._stored:
            return
        size = len(request.query)
        if size > self._max_bytes // 8:
            return
        self._stored[digest] = request.query
        self._stored_bytes += size
        while self._stored_bytes > self._max_bytes:
            _, evicted = self._stored.popitem(last=False)
            self._stored_bytes -= len(evicted)

    def _find_text(self, digest: str) -> str | DocumentRejected:
        text = self._trusted.get(digest) or self._stored.get(digest)
        if text is not None:
            if digest in self._stored:
                self._stored.move_to_end(digest)
            return text
        if self._automatic or self._trusted:
            return DocumentRejected.with_code(
                Code.PERSISTED_QUERY_NOT_FOUND, "PersistedQueryNotFound"
            )
        return DocumentRejected.with_code(
            Code.PERSISTED_QUERY_NOT_SUPPORTED, "PersistedQueryNotSupported"
        )

    def _require_trusted(self, query: str) -> str | DocumentRejected:
        if _sha256(query) in self._trusted:
            return query
        return DocumentRejected.with_code(
            Code.PERSISTED_QUERY_REQUIRED, "Only documents registered beforehand are executed."
        )


def _sha256(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _digest(request: GraphQLRequest) -> str | None:
    """The hash in ``documentId`` or in ``extensions.persistedQuery``; None without either."""
    if request.document_id is not None:
        return request.document_id.removeprefix(_HASH_PREFIX)
    persisted = request.extensions.get("persistedQuery")
    if persisted is None:
        return None
    if not isinstance(persisted, dict) or persisted.get("version") != 1:
        raise malformed_request('"extensions.persistedQuery" must be an object of version 1.')
    digest = persisted.get("sha256Hash")
    if not isinstance(digest, str) or len(digest) != _HASH_LENGTH:
        raise malformed_request('"sha256Hash" must be 64 hexadecimal digits.')
    return digest.lower()
