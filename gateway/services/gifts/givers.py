"""Purchasers as gifts see them: who gives, by which method, and whose address may be used."""

from dataclasses import dataclass

from gateway.engine.addresses.address import PostalAddress
from gateway.engine.identity.purchasers import PaymentMethod
from gateway.services.identity.registration import find_purchaser_id
from gateway.services.identity.sealed_records import PersonalCipher, find_personal_cipher
from gateway.services.ports.clock import Clock
from gateway.services.ports.database import ReadSession
from gateway.services.ports.encryption import Cipher
from gateway.services.ports.givers import Giver


@dataclass(frozen=True, slots=True)
class PurchaserGivers:
    """The registered purchasers."""

    cipher: Cipher
    clock: Clock

    async def find_giver(self, purchaser_id: str, reading: ReadSession) -> Giver | None:
        """The name of the purchaser: the one on the first address they saved."""
        record = await reading.purchasers.find(purchaser_id)
        personal_data_cipher = await find_personal_cipher(purchaser_id, reading, self.cipher)
        if record is None or personal_data_cipher is None:
            return None
        email = personal_data_cipher.purchaser(record).email
        return Giver(
            purchaser_id, email, await _load_giver_name(purchaser_id, personal_data_cipher, reading)
        )

    async def find_payment_method(
        self, purchaser_id: str, id: str | None, reading: ReadSession
    ) -> PaymentMethod | None:
        """The purchaser's own method of this id, or (None) the one to be used unasked.

        The one that is named may have expired, and the caller says so. Unasked it is a usable one:
        the default profile's: what they enabled last for one click, on whatever device.
        Else the one saved first that can be used: a later one may be for something else.
        """
        personal_data_cipher = await find_personal_cipher(purchaser_id, reading, self.cipher)
        if personal_data_cipher is None:
            return None
        today = self.clock.now().date()
        records = await reading.payment_methods.list_for(purchaser_id)
        methods = {each.id: each for each in map(personal_data_cipher.payment_method, records)}
        if id is not None:
            return methods.get(id)
        usable_methods = {key: each for key, each in methods.items() if not each.is_expired(today)}
        enabled_ids = await reading.one_click_grants.list_latest_method_ids(purchaser_id)
        return next(
            (
                usable_methods[each]
                for each in (*enabled_ids, *usable_methods)
                if each in usable_methods
            ),
            None,
        )

    async def list_gift_addresses(
        self, email: str, reading: ReadSession
    ) -> tuple[PostalAddress, ...]:
        """Addresses that the purchaser with this verified e-mail lets gifts use unasked."""
        purchaser_id = await find_purchaser_id(email, reading=reading, cipher=self.cipher)
        if purchaser_id is None:
            return ()
        personal_data_cipher = await find_personal_cipher(purchaser_id, reading, self.cipher)
        records = await reading.addresses.list_for(purchaser_id)
        if personal_data_cipher is None:
            return ()
        return tuple(
            personal_data_cipher.address(each).postal for each in records if each.use_for_gifts
        )


async def _load_giver_name(
    purchaser_id: str, personal_data_cipher: PersonalCipher, reading: ReadSession
) -> str:
    records = await reading.addresses.list_for(purchaser_id)
    return personal_data_cipher.address(records[0]).name if records else ""
