"""Parsing of telephone numbers with the data of the library phonenumbers."""

import phonenumbers

MAX_NUMBER_LENGTH = 40
"""Characters, separators included; a longer text is not a telephone number."""


class PhoneNumberPlans:
    """The numbering plans of the library phonenumbers."""

    def to_e164(self, text: str, country: str) -> str | None:
        """``text``, as it is dialled in ``country``, in E.164 form (``+`` and digits).

        None if it is not a valid number, or one that can be dialled only locally.
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
