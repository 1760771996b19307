"""Registered purchasers as givers and recipients of gifts."""

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
    """The data of registered purchasers that gifts need."""

    cipher: Cipher
    clock: Clock

    async def find_giver(self, purchaser_id: str, reading: ReadSession) -> Giver | None:
        """The giver, by their own name, else as on the first saved address; None if erased."""
        record = await reading.purchasers.find(purchaser_id)
        personal_data_cipher = await find_personal_cipher(purchaser_id, reading, self.cipher)
        if record is None or personal_data_cipher is None:
            return None
        purchaser = personal_data_cipher.purchaser(record)
        name = purchaser.name or await _load_addressee(purchaser_id, personal_data_cipher, reading)
        return Giver(purchaser_id, purchaser.email, name)

    async def find_payment_method(
        self, purchaser_id: str, id: str | None, reading: ReadSession
    ) -> PaymentMethod | None:
        """The purchaser's method of this id, or their default one if ``id`` is None.

        A method found by id may have expired, which the caller reports. The default is a method
        that can be used: that of the latest one-click grant on any client, else the one saved
        first, because a later one may be for something else.
        """
        personal_data_cipher = await find_personal_cipher(purchaser_id, reading, self.cipher)
        if personal_data_cipher is None:
            return None
        today = self.clock.now().date()
        records = await reading.payment_methods.list_for(purchaser_id)
        methods = {
            method.id: method for method in map(personal_data_cipher.payment_method, records)
        }
        if id is not None:
            return methods.get(id)
        usable_methods = {
            key: method for key, method in methods.items() if not method.is_expired(today)
        }
        enabled_ids = await reading.one_click_grants.list_latest_method_ids(purchaser_id)
        return next(
            (
                usable_methods[method_id]
                for method_id in (*enabled_ids, *usable_methods)
                if method_id in usable_methods
            ),
            None,
        )

    async def list_gift_addresses(
        self, email: str, reading: ReadSession
    ) -> tuple[PostalAddress, ...]:
        """The addresses that the purchaser with this verified e-mail has allowed gifts to use."""
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


async def _load_addressee(
    purchaser_id: str, personal_data_cipher: PersonalCipher, reading: ReadSession
) -> str:
    """The name on the purchaser's first address; empty if they have none."""
    records = await reading.addresses.list_for(purchaser_id)
    return personal_data_cipher.address(records[0]).name if records else ""
