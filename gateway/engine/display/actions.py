"""The actions that a buyer can take on a purchase, for which clients show buttons."""

from enum import StrEnum


class DisplayAction(StrEnum):
    """An action that the gateway would carry out now."""

    CHECK_OUT = "CHECK_OUT"
    CHANGE_LINES = "CHANGE_LINES"
    ENTER_CODE = "ENTER_CODE"
    GIVE_DESTINATION = "GIVE_DESTINATION"
    CHOOSE_SHIPPING = "CHOOSE_SHIPPING"
    CANCEL = "CANCEL"
