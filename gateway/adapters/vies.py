"""VIES, the European Commission's register of VAT ids, by its REST interface.

``POST URL/check-vat-number`` with ``countryCode`` and ``vatNumber``, and for a consultation number
the merchant's own as ``requesterMemberStateCode`` and ``requesterNumber``. Only a whole answer that
says ``valid: false`` is taken as that: what a member state does not answer is UNAVAILABLE.
"""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated

import httpx
from pydantic import BaseModel, ConfigDict, Field, StrictBool, ValidationError

from gateway.adapters.circuit_breakers import CircuitBreaker
from gateway.adapters.http_answers import send_bounded_request
from gateway.engine.pricing.purchase_details import TaxIdConsultation
from gateway.engine.tax.business_supplies import MEMBER_STATES, NORTHERN_IRELAND
from gateway.services.ports.clock import Clock
from gateway.services.ports.tax_ids import RegisterAnswer, Registration, TaxId

TIMEOUT_SECONDS = 3.0
"""A look-up that takes longer is UNAVAILABLE: a buyer waits for it."""
MAX_RESPONSE_BYTES = 64 * 1024
"""A larger answer counts as none."""
MAX_LOOK_UPS = 8
"""Look-ups at once; a further one is UNAVAILABLE."""
MAX_CACHED_ANSWERS = 4_096
REGISTERED_LIFETIME = timedelta(hours=24)
"""So long a confirmation answers for later look-ups of the same id."""
UNREGISTERED_LIFETIME = timedelta(minutes=10)
"""The same for what is not registered, which may be soon."""
COUNTRIES = MEMBER_STATES | {NORTHERN_IRELAND}
UNAVAILABLE = RegisterAnswer(Registration.UNAVAILABLE)


class _ViesAnswer(BaseModel):
    model_config = ConfigDict(extra="ignore")

    valid: StrictBool
    request_identifier: Annotated[str | None, Field(alias="requestIdentifier", max_length=64)] = (
        None
    )
    user_error: Annotated[str | None, Field(alias="userError", max_length=64)] = None


@dataclass(frozen=True, slots=True)
class _CachedAnswer:
    answer: RegisterAnswer
    until: datetime


@dataclass(slots=True)
class ViesRegister:
    """The register at ``url``; ``requester`` is the merchant's own id, with its prefix."""

    url: str
    client: httpx.AsyncClient
    clock: Clock
    requester: str | None = field(default=None, repr=False)
    breaker: CircuitBreaker = field(init=False, repr=False)
    _cache: OrderedDict[str, _CachedAnswer] = field(
        init=False, repr=False, default_factory=OrderedDict
    )
    _slots: asyncio.Semaphore = field(
        init=False, repr=False, default_factory=lambda: asyncio.Semaphore(MAX_LOOK_UPS)
    )

    def __post_init__(self) -> None:
        """Begin with a breaker that is closed."""
        self.breaker = CircuitBreaker(self.clock)

    async def look_up(self, tax_id: TaxId) -> RegisterAnswer:
        """What VIES says of ``tax_id``, or said of late; UNAVAILABLE where it does not answer."""
        if tax_id.country not in COUNTRIES:
            return RegisterAnswer(Registration.NOT_KEPT)
        cached = self._cache.get(tax_id.text)
        if cached is not None and self.clock.now() < cached.until:
            return cached.answer
        if self._slots.locked() or not self.breaker.allows_call():
            return UNAVAILABLE
        async with self._slots:
            answer = await self._ask(tax_id)
        self._keep(tax_id, answer)
        return answer

    async def _ask(self, tax_id: TaxId) -> RegisterAnswer:
        began_at = self.clock.now()
        try:
            vies_answer = await self._fetch(tax_id)
        except (httpx.HTTPError, ValidationError):
            self.breaker.record_failure(began_at)
            return UNAVAILABLE
        self.breaker.record_success()
        if vies_answer.valid:
            number = vies_answer.request_identifier or None
            evidence = TaxIdConsultation(self.clock.now(), number)
            return RegisterAnswer(Registration.REGISTERED, evidence)
        if vies_answer.user_error in (None, "INVALID"):
            return RegisterAnswer(Registration.UNREGISTERED)
        return UNAVAILABLE

    async def _fetch(self, tax_id: TaxId) -> _ViesAnswer:
        body = {"countryCode": tax_id.text[:2], "vatNumber": tax_id.text[2:]}
        if self.requester is not None:
            body["requesterMemberStateCode"] = self.requester[:2]
            body["requesterNumber"] = self.requester[2:]
        response = await send_bounded_request(
            self.client,
            "POST",
            f"{self.url.rstrip('/')}/check-vat-number",
            timeout_seconds=TIMEOUT_SECONDS,
            max_bytes=MAX_RESPONSE_BYTES,
            json=body,
        )
        response.raise_for_status()
        return _ViesAnswer.model_validate_json(response.content)

    def _keep(self, tax_id: TaxId, answer: RegisterAnswer) -> None:
        if answer.registration is Registration.UNAVAILABLE:
            return
        is_registered = answer.registration is Registration.REGISTERED
        lifetime = REGISTERED_LIFETIME if is_registered else UNREGISTERED_LIFETIME
        self._cache[tax_id.text] = _CachedAnswer(answer, self.clock.now() + lifetime)
        while len(self._cache) > MAX_CACHED_ANSWERS:
            self._cache.popitem(last=False)
