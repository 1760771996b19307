"""Records of a purchaser's personal data, sealed under the purchaser's own key."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

from gateway.engine.addresses.address import PostalAddress
from gateway.engine.identity.purchasers import (
    OneClickProfile,
    PaymentMethod,
    Purchaser,
    SavedAddress,
)
from gateway.services.ports.database import ReadSession, UnitOfWork
from gateway.services.ports.encryption import Cipher
from gateway.services.ports.one_click_grants import OneClickGrantRecord
from gateway.services.ports.provider_clearances import ClearanceKind, ProviderClearance
from gateway.services.ports.purchasers import AddressRecord, PaymentMethodRecord, PurchaserRecord

PlainRecord: TypeAlias = Mapping[str, str | list[str] | None]


@dataclass(frozen=True, slots=True)
class PersonalCipher:
    """Seals and unseals one person's data, with a key that is read once for many rows."""

    subject: str
    wrapped_key: bytes
    cipher: Cipher

    def seal(self, plain: PlainRecord, context: str) -> bytes:
        """``plain`` sealed for ``context``, which names its row."""
        return self.cipher.seal(self.subject, self.wrapped_key, json.dumps(plain).encode(), context)

    def seal_text(self, text: str, context: str) -> bytes:
        """``text`` sealed for ``context``, which names its row."""
        return self.cipher.seal(self.subject, self.wrapped_key, text.encode(), context)

    def unseal_text(self, sealed: bytes, context: str) -> str:
        """The text that was sealed for ``context``."""
        return self.cipher.unseal(self.subject, self.wrapped_key, sealed, context).decode()

    def purchaser(self, record: PurchaserRecord) -> Purchaser:
        """The purchaser of ``record``."""
        email = self.unseal_text(record.sealed, _purchaser_context(record.id))
        if record.details is None:
            return Purchaser(record.id, email)
        details = json.loads(self.unseal_text(record.details, _details_context(record.id)))
        return Purchaser(record.id, email, **details)

    def purchaser_details(self, purchaser: Purchaser) -> bytes | None:
        """The name, phone and language of ``purchaser``, sealed; None if there are none."""
        plain: PlainRecord = {
            "name": purchaser.name,
            "phone": purchaser.phone,
            "locale": purchaser.locale,
        }
        if not any(plain.values()):
            return None
        return self.seal(plain, _details_context(purchaser.id))

    def purchaser_record(self, purchaser: Purchaser, email: str | None) -> PurchaserRecord:
        """The record of ``purchaser``; ``email`` is the blind index of a verified e-mail."""
        sealed = self.seal_text(purchaser.email, _purchaser_context(purchaser.id))
        return PurchaserRecord(purchaser.id, email, sealed, self.purchaser_details(purchaser))

    def address(self, record: AddressRecord) -> SavedAddress:
        """The address of ``record``."""
        plain = json.loads(self.unseal_text(record.sealed, _address_context(record.id)))
        label, lines = plain.pop("label"), tuple(plain.pop("lines"))
        postal = PostalAddress(**plain, lines=lines)
        return SavedAddress(record.id, record.purchaser_id, label, postal, record.use_for_gifts)

    def address_record(self, address: SavedAddress, label: str) -> AddressRecord:
        """The record of ``address``; ``label`` is the blind index of its label."""
        plain: PlainRecord = {
            "label": address.label,
            "name": address.name,
            "country": address.country,
            "region": address.region,
            "city": address.city,
            "postal_code": address.postal_code,
            "lines": list(address.lines),
            "phone": address.postal.phone,
        }
        sealed = self.seal(plain, _address_context(address.id))
        return AddressRecord(address.id, address.purchaser_id, label, sealed, address.use_for_gifts)

    def payment_method(self, record: PaymentMethodRecord) -> PaymentMethod:
        """The payment method of ``record``."""
        plain = json.loads(self.unseal_text(record.sealed, _method_context(record.id)))
        day = plain.pop("expires_on")
        expires_on = date.fromisoformat(day) if day else None
        return PaymentMethod(record.id, record.purchaser_id, **plain, expires_on=expires_on)

    def payment_method_record(self, method: PaymentMethod) -> PaymentMethodRecord:
        """The record of ``method``."""
        plain: PlainRecord = {
            "provider_token": method.provider_token,
            "nickname": method.nickname,
            "last_four": method.last_four,
            "expires_on": method.expires_on.isoformat() if method.expires_on else None,
            "brand": method.brand,
        }
        sealed = self.seal(plain, _method_context(method.id))
        return PaymentMethodRecord(method.id, method.purchaser_id, sealed)

    def clearance(self, method: PaymentMethod, now: datetime) -> ProviderClearance:
        """What waits to go at the provider once ``method`` was given up at ``now``."""
        return ProviderClearance(
            method.id,
            ClearanceKind.METHOD,
            method.purchaser_id,
            self.seal_text(method.provider_token, _clearance_context(method.id)),
            now,
        )

    def cleared_token(self, clearance: ProviderClearance) -> str | None:
        """The provider's token of the method that is to go; None if a customer is."""
        if clearance.sealed is None:
            return None
        return self.unseal_text(clearance.sealed, _clearance_context(clearance.id))

    def profile(self, record: OneClickGrantRecord) -> OneClickProfile:
        """The profile of ``record``."""
        label = self.unseal_text(
            record.sealed, _grant_context(record.client_id, record.label_index)
        )
        return OneClickProfile(
            label, record.address_id, record.payment_method_id, record.enabled_at
        )

    def grant_record(
        self, profile: OneClickProfile, client_id: str, key: str
    ) -> OneClickGrantRecord:
        """The record of ``profile`` on a client; ``key`` is the blind index of its label."""
        return OneClickGrantRecord(
            client_id,
            self.subject,
            key,
            self.seal_text(profile.label, _grant_context(client_id, key)),
            profile.address_id,
            profile.payment_method_id,
            profile.enabled_at,
        )


async def find_personal_cipher(
    purchaser_id: str, reading: ReadSession, cipher: Cipher
) -> PersonalCipher | None:
    """The cipher of the purchaser's data; None if they have none or were erased."""
    wrapped = await reading.data_keys.find(purchaser_id)
    return None if wrapped is None else PersonalCipher(purchaser_id, wrapped, cipher)


async def create_personal_cipher(
    purchaser_id: str, work: UnitOfWork, cipher: Cipher
) -> PersonalCipher:
    """The cipher of the purchaser's data, with a new key if they have none."""
    existing = await find_personal_cipher(purchaser_id, work, cipher)
    if existing is not None:
        return existing
    wrapped = await work.data_keys.add(purchaser_id, cipher.new_key(purchaser_id))
    return PersonalCipher(purchaser_id, wrapped, cipher)


def _purchaser_context(id: str) -> str:
    return f"purchasers.sealed of {id}"


def _details_context(id: str) -> str:
    return f"purchasers.details of {id}"


def _address_context(id: str) -> str:
    return f"addresses.sealed of {id}"


def _method_context(id: str) -> str:
    return f"payment_methods.sealed of {id}"


def _clearance_context(id: str) -> str:
    return f"provider_clearances.sealed of {id}"


def _grant_context(client_id: str, key: str) -> str:
    return f"one_click_grants.sealed of {client_id} {key}"
