"""A purchaser's payment methods: the provider keeps them, the gateway only its tokens, sealed."""

from gateway.engine.assurance import Assurance
from gateway.engine.complaints import Complaints
from gateway.engine.problems import ErrorCode
from gateway.engine.purchasers import PaymentMethod
from gateway.services.identity.callers import Caller
from gateway.services.identity.demands import demanded
from gateway.services.identity.parts import IdentityParts
from gateway.services.identity.personal import drawer, own_drawer
from gateway.services.identity.texts import LONGEST_LABEL, kept_text
from gateway.services.outcomes import Outcome, refused
from gateway.services.ports.database import Reading, Work
from gateway.services.ports.vault import Cipher

MOST_METHODS = 50
LONGEST_TOKEN = 255
TOKEN = ("input", "providerToken")


async def saved_methods(
    purchaser_id: str, *, reading: Reading, cipher: Cipher
) -> tuple[PaymentMethod, ...]:
    """The purchaser's payment methods, in the order they were added."""
    opener = await drawer(purchaser_id, reading, cipher)
    if opener is None:
        return ()
    return tuple(map(opener.payment_method, await reading.payment_methods.of(purchaser_id)))


async def saved_method(
    id: str, purchaser_id: str, *, reading: Reading, cipher: Cipher
) -> PaymentMethod | None:
    """The purchaser's payment method with this id; another's is not found."""
    record = await reading.payment_methods.find(id)
    opener = await drawer(purchaser_id, reading, cipher)
    if record is None or opener is None or record.purchaser_id != purchaser_id:
        return None
    return opener.payment_method(record)


async def save_method(
    provider_token: str, nickname: str | None, *, caller: Caller, parts: IdentityParts
) -> Outcome[PaymentMethod]:
    """The method as it is kept; demands a recent sign-in."""
    owner = demanded(Assurance.RECENT, caller=caller, parts=parts)
    if owner.value is None:
        return Outcome(user_errors=owner.user_errors)
    complaints = Complaints()
    token = kept_text(provider_token, TOKEN, complaints, longest=LONGEST_TOKEN)
    path = ("input", "nickname")
    name = kept_text(nickname or "", path, complaints, longest=LONGEST_LABEL) or None
    if complaints.found:
        return Outcome(user_errors=tuple(complaints.found))
    facts = await parts.wallets.facts(token)
    if facts is None:
        message = "The payment provider knows no such token."
        return refused(ErrorCode.INVALID_INPUT, TOKEN, message)
    method = PaymentMethod(
        parts.ids.new("pay"), owner.value, token, name, facts.last_four, facts.expires_on
    )
    async with parts.database.begin() as work:
        return await _keep(method, work=work, parts=parts)


async def delete_method(id: str, *, caller: Caller, parts: IdentityParts) -> Outcome[PaymentMethod]:
    """The method that is gone now; demands a recent sign-in."""
    owner = demanded(Assurance.RECENT, caller=caller, parts=parts)
    if owner.value is None:
        return Outcome(user_errors=owner.user_errors)
    async with parts.database.begin() as work:
        found = await saved_method(id, owner.value, reading=work, cipher=parts.cipher)
        if found is None or not await work.payment_methods.delete(id, owner.value):
            message = "You have no such payment method."
            return refused(ErrorCode.NOT_FOUND, ("input", "id"), message)
    return Outcome(found)


async def _keep(
    method: PaymentMethod, *, work: Work, parts: IdentityParts
) -> Outcome[PaymentMethod]:
    if len(await work.payment_methods.of(method.purchaser_id)) >= MOST_METHODS:
        message = f"At most {MOST_METHODS} payment methods are kept."
        return refused(ErrorCode.LIMIT_EXCEEDED, ("input",), message)
    opener = await own_drawer(method.purchaser_id, work, parts.cipher)
    await work.payment_methods.add(opener.payment_method_record(method), parts.clock.now())
    return Outcome(method)
