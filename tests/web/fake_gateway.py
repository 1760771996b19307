"""A gateway small enough to be told what to answer; it serves the pages and keeps all requests."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from graphql import FieldNode, OperationDefinitionNode, parse
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.adapters.reference.countries import CountryDataSet
from gateway.engine.addresses.country_rules import AddressField, build_address_format
from gateway.transport.static_pages import page_routes
from tests.web.fake_orders import FakeOrders, Json, JsonValue

TOKEN = "4kq9Zr0mVt7cWx2LbY5nDf8sGh1jKp3aQe6uRiToMvE"


@dataclass(frozen=True)
class Claim:
    """The gift as the recipient sees it."""

    status: str = "AWAITING_RECIPIENT"
    sender: str | None = "Anna Berg"
    message: str | None = "Happy birthday!\nMay the tea be strong and the biscuits plenty."
    item: str = "Breakfast tea, 250 g tin"
    can_accept: bool = True
    can_decline: bool = True
    exchange: tuple[str, ...] = ("Green tea, 250 g tin", "Filter coffee, 500 g")

    def json(self) -> Json:
        """The fields the page selects."""
        return {
            "status": self.status,
            "from": self.sender,
            "message": self.message,
            "itemTitle": self.item,
            "expiresAt": "2026-12-01T12:00:00Z",
            "canAccept": self.can_accept,
            "canDecline": self.can_decline,
            "canExchange": bool(self.exchange),
            "exchangeOptions": [
                {"variantId": f"var_{index}", "title": title}
                for index, title in enumerate(self.exchange)
            ],
        }


@dataclass(frozen=True)
class ReceivedRequest:
    """One GraphQL request as it came in."""

    field: str
    variables: Json
    headers: Mapping[str, str]
    url: str


@dataclass
class FakeGateway:
    """The gift, the order, the requests so far, the HTTP status to fail with, if any, the delay,
    and whether browsers are known by a cookie.
    """

    claim: Claim | None = field(default_factory=Claim)
    orders: FakeOrders = field(default_factory=FakeOrders)
    requests: list[ReceivedRequest] = field(default_factory=list)
    failing: int | None = None
    seconds: float = 0.0
    sets_cookies: bool = True

    def app(self) -> Starlette:
        """The ASGI application."""
        return Starlette(routes=[*page_routes(), Route("/graphql", self.graphql, methods=["POST"])])

    async def graphql(self, request: Request) -> Response:
        """Answer one operation, or fail as told."""
        body = await request.json()
        asked = ReceivedRequest(
            _root_field(body["query"]), body["variables"], dict(request.headers), str(request.url)
        )
        self.requests.append(asked)
        await asyncio.sleep(self.seconds)
        if self.failing is not None:
            return Response("", status_code=self.failing, headers={"Retry-After": "30"})
        answers = {
            "giftClaim": self._claim,
            "countries": _countries,
            "addressFormat": _format,
            "giftAccept": self._accept,
            "giftDecline": self._decline,
            "giftExchange": self._exchange,
            "giftThank": self._same,
            "giftReport": self._report,
            "giftForget": self._forget,
            "orderAccess": self.orders.access,
            "order": self.orders.read,
            "orderLineUpdate": self.orders.update_line,
            "orderAddressSet": self.orders.set_address,
            "orderCancel": self.orders.cancel,
        }
        answer: Callable[[Json], JsonValue] = answers[asked.field]
        is_known = request.cookies.get("client") == "device"
        value = None if asked.field == "order" and not is_known else answer(body["variables"])
        response = JSONResponse({"data": {asked.field: value}})
        if asked.field == "orderAccess" and self.sets_cookies:
            response.set_cookie("client", "device", httponly=True, samesite="lax")
        return response

    def mutations(self) -> list[ReceivedRequest]:
        """The requests that could have changed anything."""
        reads = {"giftClaim", "countries", "addressFormat", "orderAccess", "order"}
        return [asked for asked in self.requests if asked.field not in reads]

    def _claim(self, variables: Json) -> JsonValue:
        is_known = self.claim is not None and variables["token"] == TOKEN
        return self.claim.json() if is_known and self.claim is not None else None

    def _payload(
        self, errors: list[JsonValue] | None = None, warnings: list[JsonValue] | None = None
    ) -> Json:
        claim = None if self.claim is None else self.claim.json()
        return {"claim": claim, "userErrors": errors or [], "warnings": warnings or []}

    def _change(self, **changes: object) -> Json:
        assert self.claim is not None
        self.claim = replace(self.claim, **changes)  # type: ignore[arg-type]
        return self._payload()

    def _accept(self, variables: Json) -> JsonValue:
        accept_input = variables["input"]
        assert isinstance(accept_input, dict)
        address = accept_input["address"]
        assert isinstance(address, dict)
        if self.claim is not None and not self.claim.can_accept:
            return self._payload([error("NOT_MODIFIABLE", None, "The gift has moved on.")])
        path: list[JsonValue] = ["input", "address", "postalCode"]
        if address["postalCode"] == "00000":
            return self._payload(
                [error("ADDRESS_INSUFFICIENT", path, "ZIP code 00000 is not used.")]
            )
        if address["region"] == "NY" and not accept_input["confirmWarnings"]:
            doubt = "94043 does not belong to New York."
            warning: Json = {"code": "ADDRESS_DOUBTFUL", "target": "postalCode", "message": doubt}
            doubted = error("ADDRESS_INSUFFICIENT", path, doubt) | {"confirmable": True}
            return self._payload([doubted], [warning])
        return self._change(status="RESOLVED", can_accept=False, exchange=())

    def _decline(self, _: Json) -> JsonValue:
        return self._change(status="DECLINED", can_accept=False, can_decline=False, exchange=())

    def _exchange(self, variables: Json) -> JsonValue:
        exchange_input = variables["input"]
        assert isinstance(exchange_input, dict)
        assert self.claim is not None
        chosen = int(str(exchange_input["variantId"]).removeprefix("var_"))
        return self._change(item=self.claim.exchange[chosen])

    def _same(self, _: Json) -> JsonValue:
        return self._payload()

    def _report(self, _: Json) -> JsonValue:
        return self._change(status="DECLINED", can_accept=False, can_decline=False, exchange=())

    def _forget(self, _: Json) -> JsonValue:
        answer = self._change(status="DECLINED", can_accept=False, can_decline=False, exchange=())
        self.claim = None
        return answer


def error(code: str, path: list[JsonValue] | None, message: str) -> Json:
    """A user error."""
    return {"code": code, "field": path, "message": message, "confirmable": False}


def _root_field(query: str) -> str:
    definition = parse(query).definitions[0]
    assert isinstance(definition, OperationDefinitionNode)
    selected = definition.selection_set.selections[0]
    assert isinstance(selected, FieldNode)
    return selected.name.value


def _countries(_: Json) -> JsonValue:
    return [{"code": each.code, "name": each.name} for each in CountryDataSet().country_options()]


def _format(variables: Json) -> JsonValue:
    rules = CountryDataSet().rules_for(str(variables["country"]))
    assert rules is not None
    form = build_address_format(rules)
    return {"country": form.country, "fields": [_form_field(each) for each in form.fields]}


def _form_field(asked: AddressField) -> Json:
    return {
        "name": asked.name.value,
        "label": asked.label,
        "required": asked.required,
        "example": asked.example,
        "options": [{"code": each.code, "name": each.name} for each in asked.options],
    }
