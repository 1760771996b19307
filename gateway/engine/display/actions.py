"""What a buyer can do with a purchase: for which a client shows buttons."""

from enum import StrEnum


class DisplayAction(StrEnum):
    """Something that the gateway would carry out now."""

    CHECK_OUT = "CHECK_OUT"
    CHANGE_LINES = "CHANGE_LINES"
    ENTER_CODE = "ENTER_CODE"
    GIVE_DESTINATION = "GIVE_DESTINATION"
    CHOOSE_SHIPPING = "CHOOSE_SHIPPING"
    CANCEL = "CANCEL"
