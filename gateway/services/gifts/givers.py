"""Purchasers as gifts see them: who gives, by which method, and whose address may be used."""

from dataclasses import dataclass

from gateway.engine.places import PostalAddress
from gateway.engine.purchasers import PaymentMethod
from gateway.services.identity.personal import Drawer, drawer
from gateway.services.identity.registering import by_email
from gateway.services.ports.clock import Clock
from gateway.services.ports.database import Reading
from gateway.services.ports.givers import Giver
from gateway.services.ports.vault import Cipher


@dataclass(frozen=True, slots=True)
class PurchasersWhoGive:
    """The registered purchasers."""

    cipher: Cipher
    clock: Clock

    async def giver(self, purchaser_id: str, reading: Reading) -> Giver | None:
        """Who the purchaser is, by the name on the first address they saved."""
        record = await reading.purchasers.find(purchaser_id)
        opener = await drawer(purchaser_id, reading, self.cipher)
        if record is None or opener is None:
            return None
        email = opener.purchaser(record).email
        return Giver(purchaser_id, email, await _name(purchaser_id, opener, reading))

    async def payment_method(
        self, purchaser_id: str, id: str | None, reading: Reading
    ) -> PaymentMethod | None:
        """The purchaser's own method of this id, or (None) the one to be used unasked.

        The one that is named may have expired, and the caller says so. Unasked it is a usable one:
        the default profile's: what they enabled last for one click, on whatever device.
        Else the one saved first that can be used: a later one may be for something else.
        """
        opener = await drawer(purchaser_id, reading, self.cipher)
        if opener is None:
            return None
        today = self.clock.now().date()
        records = await reading.payment_methods.of(purchaser_id)
        methods = {each.id: each for each in map(opener.payment_method, records)}
        if id is not None:
            return methods.get(id)
        usable = {key: each for key, each in methods.items() if not each.expired(today)}
        enabled = await reading.grants.latest_methods(purchaser_id)
        return next((usable[each] for each in (*enabled, *usable) if each in usable), None)

    async def addresses_for_gifts(self, email: str, reading: Reading) -> tuple[PostalAddress, ...]:
        """Addresses that the purchaser with this verified e-mail lets gifts use unasked."""
        purchaser_id = await by_email(email, reading=reading, cipher=self.cipher)
        if purchaser_id is None:
            return ()
        opener = await drawer(purchaser_id, reading, self.cipher)
        records = await reading.addresses.of(purchaser_id)
        if opener is None:
            return ()
        return tuple(opener.address(each).postal for each in records if each.use_for_gifts)


async def _name(purchaser_id: str, opener: Drawer, reading: Reading) -> str:
    records = await reading.addresses.of(purchaser_id)
    return opener.address(records[0]).name if records else ""
