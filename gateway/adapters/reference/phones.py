"""Telephone numbers by the world's numbering plans, from phonenumbers' data."""

import phonenumbers

MAX_NUMBER_LENGTH = 40
"""Characters, with everything people write between the digits."""


class PhoneNumberPlans:
    """The numbering plans as phonenumbers knows them."""

    def to_e164(self, text: str, country: str) -> str | None:
        """``text`` as ``+`` and digits, dialled from ``country``.

        Nothing for what only some numbering plan could hold, or can be dialled only near by.
        """
        if len(text) > MAX_NUMBER_LENGTH:
            return None
        try:
            number = phonenumbers.parse(text, country.upper())
        except phonenumbers.NumberParseException:
            return None
        if not phonenumbers.is_valid_number(number):
            return None
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
