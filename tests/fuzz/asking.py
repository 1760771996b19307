"""Asking a running gateway, and what must hold of every answer, whatever was asked."""

import os
from dataclasses import dataclass
from typing import Any

import httpx

from tests.api.serving import RunningGateway

OPERATION_COUNT = int(os.environ.get("GATEWAY_TEST_FUZZ", "0"))
"""How many operations are wanted; 0: a few, the same each time."""

TIMEOUT_SECONDS = 40.0


@dataclass
class Device:
    """A client that keeps its identifier, and a token where it has one."""

    served: RunningGateway
    http: httpx.Client
    token: str | None = None
    identifier: str | None = None

    def answer(self, query: str, variables: dict[str, object] | None = None) -> dict[str, Any]:
        """The whole answer: JSON, no fault of ours, a code on each error."""
        body = {"query": query, "variables": variables or {}}
        answer = self.http.post(self.served.graphql, json=body, headers=self._headers())
        self.identifier = answer.headers.get("x-client-id", self.identifier)
        self.http.cookies.clear()
        assert answer.status_code < 500, (answer.text, query)
        read: dict[str, Any] = answer.json()
        codes = [each["extensions"]["code"] for each in read.get("errors", ())]
        assert "INTERNAL_SERVER_ERROR" not in codes, (read["errors"], query, variables)
        return read

    def ask(self, query: str, **variables: object) -> dict[str, Any]:
        """The data of an answer that has no errors."""
        read = self.answer(query, variables)
        assert "errors" not in read, read
        return dict(read["data"])

    def charges(self) -> list[dict[str, Any]]:
        """Every charge of the simulated provider."""
        return list(self.http.get(f"{self.served.url}/sim/charges").json())

    def _headers(self) -> dict[str, str]:
        token = {"authorization": f"Bearer {self.token}"} if self.token else {}
        return token | ({"x-client-id": self.identifier} if self.identifier else {})
