"""The bodies of calls to a merchant's calculator: what it is asked, and what a valid answer says.

Amounts are decimal strings. The question says what is bought and roughly where it goes: no name,
no street, no city, no contact, no id of a buyer or of a cart (R85).
"""

import re
from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from gateway.engine.money import MAX_MINOR, Currency, InvalidAmount, Money, money_from_major_units
from gateway.engine.pricing.calculations import (
    CalculatedCode,
    CalculatedShipping,
    CalculatedTaxes,
    Calculation,
    CalculationPart,
    CalculationRequest,
)
from gateway.engine.pricing.discount_codes import normalize_code
from gateway.engine.tax.stated_taxes import StatedTax

MAX_SHIPPING_METHODS = 20
MAX_TAXES = 20
"""The most taxes on a line, or on a way to ship."""
MAX_RATE_PERCENT = 1000
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_AMOUNT = re.compile(r"[0-9]{1,15}(?:\.([0-9]{1,15}))?")
T = TypeVar("T")


class InvalidCalculation(Exception):
    """An answer that is not valid. The message says why, without any value of it."""


def _require_visible(text: str) -> str:
    if _CONTROLS.search(text) or not text.strip():
        raise ValueError("must be a line of text")
    return text


def _to_text(value: object) -> object:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number else value


Line = Annotated[str, Field(max_length=200), AfterValidator(_require_visible)]
Id = Annotated[str, Field(max_length=255), AfterValidator(_require_visible)]
RateText = Annotated[
    str, BeforeValidator(_to_text), Field(pattern=r"^[0-9]{1,4}(\.[0-9]{1,8})?$", max_length=13)
]


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")


class _Shipping(_Part):
    id: Id
    name: Line
    net: str


class _Tax(_Part):
    line_id: Annotated[Id | None, Field(alias="lineId")] = None
    shipping_id: Annotated[Id | None, Field(alias="shippingId")] = None
    name: Line
    rate_percent: Annotated[RateText, Field(alias="ratePercent")]
    tax: str


def _none_if_empty(text: object) -> object:
    return None if isinstance(text, str) and not text.strip() else text


class _Code(_Part):
    code: str
    applied: bool
    reason: Annotated[Line | None, BeforeValidator(_none_if_empty)] = None
    amount: str | None = None


class _CalculationBody(_Part):
    currency: str | None = None
    shipping: list[_Shipping] | None = None
    tax: list[_Tax] | None = None
    codes: list[_Code] | None = None
    reference: Id | None = None


def build_question(request: CalculationRequest) -> dict[str, object]:
    """The ``data`` of a call that asks for ``request``."""
    currency, destination = request.currency, request.destination
    question: dict[str, object] = {
        "currency": currency.code,
        "wants": [part.value for part in CalculationPart if part in request.parts],
        "destination": None
        if destination is None
        else {
            "country": destination.country,
            "region": destination.region,
            "postalCode": destination.postal_code,
        },
        "customer": {"kind": request.customer.value, "taxId": request.tax_id},
        "lines": [
            {
                "id": line.id,
                "sku": line.sku,
                "quantity": line.quantity,
                "net": _write_amount(line.minor, currency),
            }
            for line in request.lines
        ],
        "codes": list(_codes_by_key(request).values()),
        "orderNumber": request.order_number,
    }
    if request.shipping:
        question["shipping"] = [
            {"id": method.id, "name": method.name, "net": _write_amount(method.minor, currency)}
            for method in request.shipping
        ]
    return question


def parse_answer(content: bytes, request: CalculationRequest) -> Calculation:
    """The calculation that ``content`` holds, the answer to ``request``.

    Each part that was asked for must be there; what was not asked for is left out.

    Raises:
        InvalidCalculation: it is none, or breaks a rule of docs/calculator.md.

    """
    try:
        answer = _CalculationBody.model_validate_json(content)
    except ValidationError as error:
        raise InvalidCalculation(_describe(error)) from None
    if answer.currency not in (None, request.currency.code):
        raise InvalidCalculation("currency: not the one asked for")
    shipping: tuple[CalculatedShipping, ...] | None = None
    line_taxes: tuple[CalculatedTaxes, ...] | None = None
    shipping_taxes: tuple[CalculatedTaxes, ...] = ()
    if CalculationPart.SHIPPING in request.parts:
        shipping = _read_shipping(_require_part(answer.shipping, "shipping"), request.currency)
    if CalculationPart.TAX in request.parts:
        taxes = _require_part(answer.tax, "tax")
        offered = request.shipping if shipping is None else shipping
        line_taxes = _read_line_taxes(taxes, request)
        shipping_taxes = _read_shipping_taxes(taxes, {method.id for method in offered}, request)
    codes = (
        _read_codes(_require_part(answer.codes, "codes"), request)
        if CalculationPart.CODES in request.parts
        else None
    )
    _require_sum(
        (
            *(line.minor for line in request.lines),
            *(method.minor for method in shipping or ()),
            *(
                tax.minor
                for stated in (*(line_taxes or ()), *shipping_taxes)
                for tax in stated.taxes
            ),
        )
    )
    return Calculation(shipping, line_taxes, shipping_taxes, codes, answer.reference)


def _describe(error: ValidationError) -> str:
    """The first problem: the field and the kind, without a value."""
    problem = error.errors(include_url=False, include_context=False, include_input=False)[0]
    path = ".".join(step for step in problem["loc"] if isinstance(step, str))
    return f"{path or 'body'}: {problem['type']}"


def _require_part(part: list[T] | None, name: str) -> list[T]:
    if part is None:
        raise InvalidCalculation(f"{name}: asked for and missing")
    return part


def _read_shipping(
    entries: Sequence[_Shipping], currency: Currency
) -> tuple[CalculatedShipping, ...]:
    if len(entries) > MAX_SHIPPING_METHODS:
        raise InvalidCalculation(f"shipping: more than {MAX_SHIPPING_METHODS} ways")
    if len({entry.id for entry in entries}) < len(entries):
        raise InvalidCalculation("shipping.id: there twice")
    return tuple(
        CalculatedShipping(entry.id, entry.name, _parse_amount(entry.net, currency, "shipping.net"))
        for entry in entries
    )


def _read_line_taxes(
    entries: Sequence[_Tax], request: CalculationRequest
) -> tuple[CalculatedTaxes, ...]:
    line_ids = {line.id for line in request.lines}
    for entry in entries:
        if (entry.line_id is None) == (entry.shipping_id is None):
            raise InvalidCalculation("tax: neither or both of lineId and shippingId")
    taxes = _group_taxes(
        ((entry.line_id, entry) for entry in entries), line_ids, request.currency, "tax.lineId"
    )
    if len(taxes) < len(line_ids):
        raise InvalidCalculation("tax: a line is missing")
    return taxes


def _read_shipping_taxes(
    entries: Sequence[_Tax], shipping_ids: Collection[str], request: CalculationRequest
) -> tuple[CalculatedTaxes, ...]:
    return _group_taxes(
        ((entry.shipping_id, entry) for entry in entries),
        shipping_ids,
        request.currency,
        "tax.shippingId",
    )


def _group_taxes(
    entries: Iterable[tuple[str | None, _Tax]],
    known_ids: Collection[str],
    currency: Currency,
    path: str,
) -> tuple[CalculatedTaxes, ...]:
    """The taxes by what they are of, which ``known_ids`` names."""
    taxes_by_id: dict[str, list[StatedTax]] = {}
    for id, entry in entries:
        if id is None:
            continue
        if id not in known_ids:
            raise InvalidCalculation(f"{path}: unknown")
        rate_percent = Decimal(entry.rate_percent)
        if rate_percent > MAX_RATE_PERCENT:
            raise InvalidCalculation(f"tax.ratePercent: more than {MAX_RATE_PERCENT}")
        minor = _parse_amount(entry.tax, currency, "tax.tax")
        taxes_by_id.setdefault(id, []).append(StatedTax(entry.name, rate_percent, minor))
        if len(taxes_by_id[id]) > MAX_TAXES:
            raise InvalidCalculation(f"tax: more than {MAX_TAXES} of one line")
    return tuple(CalculatedTaxes(id, tuple(taxes)) for id, taxes in taxes_by_id.items())


def _read_codes(
    entries: Iterable[_Code], request: CalculationRequest
) -> tuple[CalculatedCode, ...]:
    """The codes that were sent and that the answer names, each as it is named first.

    Others are left out: what a buyer types must not make the whole answer invalid.
    """
    sent_codes = _codes_by_key(request)
    codes: dict[str, CalculatedCode] = {}
    for entry in entries:
        key = normalize_code(entry.code)
        minor = 0
        if entry.applied:
            if entry.amount is None:
                raise InvalidCalculation("codes.amount: missing of a code that applies")
            minor = _parse_amount(entry.amount, request.currency, "codes.amount")
        if key in sent_codes:
            code = CalculatedCode(sent_codes[key], entry.applied, entry.reason, minor)
            codes.setdefault(key, code)
    return tuple(codes.values())


def _codes_by_key(request: CalculationRequest) -> dict[str, str]:
    """The codes of ``request`` by the form in which they are compared, each once."""
    codes: dict[str, str] = {}
    for code in request.codes:
        codes.setdefault(normalize_code(code), code.strip())
    return codes


def _write_amount(minor: int, currency: Currency) -> str:
    return f"{Money(minor, currency).amount:f}"


def _parse_amount(text: str, currency: Currency, path: str) -> int:
    """The minor units of ``text``, which has at most the currency's decimals."""
    amount = _AMOUNT.fullmatch(text)
    if amount is None or len(amount[1] or "") > currency.digits:
        raise InvalidCalculation(f"{path}: no amount of the currency")
    try:
        return money_from_major_units(Decimal(text), currency).minor
    except InvalidAmount:
        raise InvalidCalculation(f"{path}: too large") from None


def _require_sum(amounts: Iterable[int]) -> None:
    if sum(amounts) >= MAX_MINOR:
        raise InvalidCalculation("the sum is too large")
