"""Signing in, what is kept for a purchaser, and one-click, asked as a client asks."""

import json
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from strawberry.types import ExecutionResult

from gateway.adapters.clocks import ManualClock
from gateway.resolvers.context import Context
from gateway.schema import schema
from gateway.services import encryption
from gateway.services.demo.purchasers import create_token
from gateway.services.dependencies import Dependencies
from gateway.services.identity.authentication import Authenticator
from gateway.services.identity.callers import Credentials
from gateway.services.ports.outbox import MessageKind
from tests.api.conftest import offline_gift_dependencies

REQUEST_CODE = """mutation ($email: String!) {
  signInRequest(input: {email: $email}) { userErrors { code field } warnings { code } }
}"""
SIGN_IN = """mutation ($email: String!, $code: String!) {
  signIn(input: {email: $email, code: $code}) {
    purchaser { id email } token clientIdentifier userErrors { code field message }
  }
}"""
VIEWER = "{ viewer { client { id } purchaser { id email } } }"
SAVE_ADDRESS = """mutation ($input: AddressSaveInput!) {
  addressSave(input: $input) {
    address { id label name country region city postalCode lines useForGifts }
    userErrors { code field }
  }
}"""
SAVE_PAYMENT_METHOD = """mutation ($input: PaymentMethodSaveInput!) {
  paymentMethodSave(input: $input) {
    paymentMethod { id nickname hint } userErrors { code field }
  }
}"""
ENABLE_ONE_CLICK = """mutation ($input: OneClickEnableInput!) {
  oneClickEnable(input: $input) { enabled missing userErrors { code field } }
}"""
HOME = {
    "label": "home",
    "address": {
        "name": "Ada Lovelace",
        "country": "GB",
        "city": "London",
        "postalCode": "sw1y 4jh",
        "lines": ["12 St James's Square"],
    },
}


@dataclass
class Browser:
    """A client that keeps its identifier and its token."""

    dependencies: Dependencies
    identifier: str | None = None
    token: str | None = None

    async def ask(self, document: str, **variables: object) -> dict[str, Any]:
        """The data of an answer; errors fail the test."""
        authorization = f"Bearer {self.token}" if self.token else None
        recogniser = Authenticator(parts=self.dependencies.identity)
        caller = await recogniser.authenticate(Credentials(self.identifier, authorization))
        context = Context(self.dependencies, caller, offline_gift_dependencies(self.dependencies))
        result = await schema.execute(document, variables, context_value=context)
        assert isinstance(result, ExecutionResult)
        assert result.errors is None
        assert result.data is not None
        self.identifier = context.caller.client.new_identifier or self.identifier
        return result.data

    async def mailed_code(self) -> str:
        """The six digits of the newest mail."""
        identity = self.dependencies.identity
        async with identity.database.begin() as work:
            now = identity.clock.now()
            message = (
                await work.outbox.claim(now, now + timedelta(days=1), 100, MessageKind.MAIL)
            )[-1]
            body = await encryption.unseal(
                message.sealed,
                subject=message.subject,
                context=f"outbox.payload of {message.id}",
                reading=work,
                cipher=identity.cipher,
            )
        (code,) = re.findall(r"\b\d{6}\b", json.loads(body or b"")["text"])
        return str(code)


@pytest.fixture
def browser(parts: Dependencies) -> Browser:
    return Browser(parts)


async def sign_in(browser: Browser, email: str = "ada@example.com") -> Browser:
    browser.token = await create_token(email, dependencies=browser.dependencies.identity)
    await browser.ask(VIEWER)
    await browser.ask(VIEWER)
    return browser


async def test_a_stranger_is_a_client_and_no_purchaser(browser: Browser) -> None:  # R01, R13
    first = await browser.ask(VIEWER)
    client = first["viewer"]["client"]["id"]
    assert client.startswith("cli_")
    assert first == {"viewer": {"client": {"id": client}, "purchaser": None}}
    assert await browser.ask(VIEWER) == first


async def test_signing_in_by_code(browser: Browser) -> None:
    answer = await browser.ask(REQUEST_CODE, email="ada@example.com")
    assert answer == {"signInRequest": {"userErrors": [], "warnings": []}}
    before = await browser.ask(VIEWER)
    code, old = await browser.mailed_code(), browser.identifier
    answer = await browser.ask(SIGN_IN, email="ada@example.com", code=code)
    ada = answer["signIn"]["purchaser"]["id"]
    token = answer["signIn"]["token"]
    assert browser.identifier != old
    assert answer == {
        "signIn": {
            "purchaser": {"id": ada, "email": "ada@example.com"},
            "token": token,
            "clientIdentifier": browser.identifier,
            "userErrors": [],
        }
    }
    browser.token = token
    assert await browser.ask(VIEWER) == {
        "viewer": {
            "client": before["viewer"]["client"],
            "purchaser": {"id": ada, "email": "ada@example.com"},
        }
    }


async def test_a_wrong_code_is_refused(browser: Browser) -> None:
    answer = await browser.ask(SIGN_IN, email="ada@example.com", code="123456")
    assert answer == {
        "signIn": {
            "purchaser": None,
            "token": None,
            "clientIdentifier": None,
            "userErrors": [
                {
                    "code": "INVALID_TOKEN",
                    "field": ["input", "code"],
                    "message": "This code is wrong, was used or has expired.",
                }
            ],
        }
    }


async def test_the_rest_of_an_operation_acts_as_who_signed_in_and_out(browser: Browser) -> None:
    await browser.ask(REQUEST_CODE, email="ada@example.com")
    code = await browser.mailed_code()
    document = """mutation ($code: String!, $home: AddressSaveInput!) {
      signIn(input: {email: "ada@example.com", code: $code}) { userErrors { code } }
      addressSave(input: $home) { address { label } userErrors { code } }
      signOut { userErrors { code } warnings { code } }
      again: addressSave(input: $home) { address { label } userErrors { code field } }
    }"""
    assert await browser.ask(document, code=code, home=HOME) == {
        "signIn": {"userErrors": []},
        "addressSave": {"address": {"label": "home"}, "userErrors": []},
        "signOut": {"userErrors": [], "warnings": []},
        "again": {
            "address": None,
            "userErrors": [{"code": "SIGN_IN_REQUIRED", "field": None}],
        },
    }


async def test_a_recognised_client_sees_no_purchaser(browser: Browser) -> None:  # R13
    await sign_in(browser)
    browser.token = None
    answer = await browser.ask("{ viewer { purchaser { id } client { candidates { hint } } } }")
    assert answer == {
        "viewer": {"purchaser": None, "client": {"candidates": [{"hint": "a…"}]}}
    }  # R12


async def test_what_is_kept_for_a_purchaser(browser: Browser) -> None:  # R14, R15
    await sign_in(browser)
    saved = await browser.ask(SAVE_ADDRESS, input={**HOME, "useForGifts": True})
    address = {
        "id": saved["addressSave"]["address"]["id"],
        "label": "home",
        "name": "Ada Lovelace",
        "country": "GB",
        "region": None,
        "city": "London",
        "postalCode": "SW1Y 4JH",
        "lines": ["12 St James's Square"],
        "useForGifts": True,
    }
    assert saved == {"addressSave": {"address": address, "userErrors": []}}
    card = await browser.ask(SAVE_PAYMENT_METHOD, input={"providerToken": "sim_ok"})
    method = {
        "id": card["paymentMethodSave"]["paymentMethod"]["id"],
        "nickname": None,
        "hint": "0001",
    }
    assert card == {"paymentMethodSave": {"paymentMethod": method, "userErrors": []}}
    everything = await browser.ask("""{ viewer { purchaser {
      addresses { id label name country region city postalCode lines useForGifts }
      paymentMethods { id nickname hint }
    } } }""")
    assert everything == {
        "viewer": {"purchaser": {"addresses": [address], "paymentMethods": [method]}}
    }


async def test_the_simulation_says_that_nothing_has_to_be_set_up(browser: Browser) -> None:
    await sign_in(browser)
    answer = await browser.ask("""mutation { paymentSetup {
      clientSecret publishableKey userErrors { code field message } warnings { code }
    } }""")
    message = (
        "This payment provider needs no setup: save the method by its token (`paymentMethodSave`)."
    )
    assert answer == {
        "paymentSetup": {
            "clientSecret": None,
            "publishableKey": None,
            "userErrors": [{"code": "INVALID_INPUT", "field": None, "message": message}],
            "warnings": [],
        }
    }


async def test_what_is_kept_can_be_deleted(browser: Browser) -> None:
    await sign_in(browser)
    address = (await browser.ask(SAVE_ADDRESS, input=HOME))["addressSave"]["address"]["id"]
    saved = await browser.ask(
        SAVE_PAYMENT_METHOD, input={"providerToken": "sim_ok", "nickname": "blue"}
    )
    method = saved["paymentMethodSave"]["paymentMethod"]["id"]
    document = """mutation ($address: ID!, $method: ID!) {
      addressDelete(input: {id: $address}) { address { id } userErrors { code } }
      paymentMethodDelete(input: {id: $method}) {
        paymentMethod { id hint } userErrors { code field } warnings { code }
      }
      again: addressDelete(input: {id: $address}) { address { id } userErrors { code field } }
    }"""
    assert await browser.ask(document, address=address, method=method) == {
        "addressDelete": {"address": {"id": address}, "userErrors": []},
        "paymentMethodDelete": {
            "paymentMethod": {"id": method, "hint": "blue"},
            "userErrors": [],
            "warnings": [],
        },
        "again": {
            "address": None,
            "userErrors": [{"code": "NOT_FOUND", "field": ["input", "id"]}],
        },
    }


async def test_an_address_is_refused_where_it_is_wrong(browser: Browser) -> None:
    await sign_in(browser)
    wrong = {**HOME, "address": {**HOME["address"], "postalCode": "12345"}}  # type: ignore[dict-item]
    assert await browser.ask(SAVE_ADDRESS, input=wrong) == {
        "addressSave": {
            "address": None,
            "userErrors": [
                {
                    "code": "ADDRESS_INSUFFICIENT",
                    "field": ["input", "address", "postalCode"],
                }
            ],
        }
    }


async def test_one_click_on_and_off(browser: Browser) -> None:  # R06, R09
    await sign_in(browser)
    address = (await browser.ask(SAVE_ADDRESS, input=HOME))["addressSave"]["address"]["id"]
    missing = {"addressId": address, "paymentMethodId": "pay_gone"}
    assert await browser.ask(ENABLE_ONE_CLICK, input=missing) == {
        "oneClickEnable": {"enabled": False, "missing": ["paymentMethod"], "userErrors": []}
    }
    card = await browser.ask(SAVE_PAYMENT_METHOD, input={"providerToken": "sim_ok"})
    method = card["paymentMethodSave"]["paymentMethod"]["id"]
    choice = {"addressId": address, "paymentMethodId": method}
    assert await browser.ask(ENABLE_ONE_CLICK, input=choice) == {
        "oneClickEnable": {"enabled": True, "missing": [], "userErrors": []}
    }
    browser.token = None
    assert await browser.ask(ENABLE_ONE_CLICK, input=choice) == {
        "oneClickEnable": {
            "enabled": False,
            "missing": [],
            "userErrors": [{"code": "REAUTHENTICATION_REQUIRED", "field": None}],
        }
    }  # R10
    off = """mutation { oneClickDisable(input: {scope: ALL}) {
      enabled missing userErrors { code } warnings { code }
    } }"""
    assert await browser.ask(off) == {
        "oneClickDisable": {"enabled": False, "missing": [], "userErrors": [], "warnings": []}
    }


NODE = """query ($id: ID!) { node(id: $id) {
  __typename id ... on Address { label } ... on PaymentMethod { hint } ... on Purchaser { email }
} }"""


async def test_ones_own_things_are_found_by_id_and_others_are_not(browser: Browser) -> None:
    await sign_in(browser)
    ada = (await browser.ask(VIEWER))["viewer"]["purchaser"]["id"]
    address = (await browser.ask(SAVE_ADDRESS, input=HOME))["addressSave"]["address"]["id"]
    card = await browser.ask(SAVE_PAYMENT_METHOD, input={"providerToken": "sim_ok"})
    method = card["paymentMethodSave"]["paymentMethod"]["id"]
    nodes = [
        {"__typename": "Purchaser", "id": ada, "email": "ada@example.com"},
        {"__typename": "Address", "id": address, "label": "home"},
        {"__typename": "PaymentMethod", "id": method, "hint": "0001"},
    ]
    for node in nodes:
        assert await browser.ask(NODE, id=node["id"]) == {"node": node}
    bob = await sign_in(Browser(browser.dependencies), "bob@example.com")
    stranger = Browser(browser.dependencies)
    for node in nodes:
        assert await bob.ask(NODE, id=node["id"]) == {"node": None}
        assert await stranger.ask(NODE, id=node["id"]) == {"node": None}


@pytest.mark.parametrize(
    "unknown",
    ["", "adr", "adr_", "xyz_1", "adr_" + "x" * 2000, "crt_1", "ord_1", "pay_1", "prd_1", "var_1"],
)
async def test_an_unknown_id_is_no_node(browser: Browser, unknown: str) -> None:
    await sign_in(browser)
    assert await browser.ask(NODE, id=unknown) == {"node": None}


async def test_a_cart_is_found_by_whoever_has_its_id(browser: Browser) -> None:
    made = await browser.ask("mutation { cartCreate(input: {}) { cart { id version } } }")
    cart = made["cartCreate"]["cart"]
    document = "query ($id: ID!) { node(id: $id) { id ... on Cart { version } } }"
    assert await Browser(browser.dependencies).ask(document, id=cart["id"]) == {"node": cart}


UPDATE_PURCHASER = """mutation ($input: PurchaserUpdateInput!) {
  purchaserUpdate(input: $input) {
    purchaser { name phone locale } userErrors { code field message }
  }
}"""
PROFILES = """{ viewer { purchaser {
  name phone locale
  addresses { phone }
  profiles { label isDefault address { label phone } paymentMethod { hint } }
} } }"""


async def test_a_purchaser_says_who_they_are_and_sees_their_profiles(browser: Browser) -> None:
    await sign_in(browser)
    details = {"name": "Ada Lovelace", "phone": "+442079460018", "locale": "en-GB"}
    answer = await browser.ask(UPDATE_PURCHASER, input=details)
    assert answer == {"purchaserUpdate": {"purchaser": details, "userErrors": []}}
    wrong = {"name": "x", "phone": "no number", "locale": None}
    answer = await browser.ask(UPDATE_PURCHASER, input=wrong)
    assert answer == {
        "purchaserUpdate": {
            "purchaser": None,
            "userErrors": [
                {
                    "code": "INVALID_INPUT",
                    "field": ["input", "phone"],
                    "message": "This is not a telephone number. Write it with the country's "
                    "prefix, such as +44 20 7946 0018.",
                }
            ],
        }
    }
    answer = await browser.ask(UPDATE_PURCHASER, input={"locale": None})
    assert answer == {
        "purchaserUpdate": {"purchaser": {**details, "locale": None}, "userErrors": []}
    }
    home = {**HOME, "address": {**HOME["address"], "phone": "020 7946 0018"}}  # type: ignore[dict-item]
    saved = await browser.ask(SAVE_ADDRESS, input=home)
    address = saved["addressSave"]["address"]["id"]
    saved = await browser.ask(SAVE_PAYMENT_METHOD, input={"providerToken": "sim_ok"})
    method = saved["paymentMethodSave"]["paymentMethod"]
    clock = browser.dependencies.clock
    assert isinstance(clock, ManualClock)
    for label in ("work", "home"):
        clock.advance(timedelta(seconds=1))
        grant = {"addressId": address, "paymentMethodId": method["id"], "label": label}
        await browser.ask(ENABLE_ONE_CLICK, input=grant)
    profile = {
        "address": {"label": "home", "phone": "+442079460018"},
        "paymentMethod": {"hint": method["hint"]},
    }
    assert await browser.ask(PROFILES) == {
        "viewer": {
            "purchaser": {
                "name": "Ada Lovelace",
                "phone": "+442079460018",
                "locale": None,
                "addresses": [{"phone": "+442079460018"}],
                "profiles": [
                    {"label": "work", "isDefault": False, **profile},
                    {"label": "home", "isDefault": True, **profile},
                ],
            }
        }
    }
    other_device = Browser(browser.dependencies, token=browser.token)
    answer = await other_device.ask(PROFILES)
    assert answer["viewer"]["purchaser"]["profiles"] == []
    await browser.ask(
        "mutation ($id: ID!) { paymentMethodDelete(input: {id: $id}) { userErrors { code } } }",
        id=method["id"],
    )
    answer = await browser.ask(PROFILES)
    assert answer["viewer"]["purchaser"]["profiles"] == []
