"""E-mail addresses as people type them."""

from email_validator import EmailNotValidError, validate_email


def normalised(text: str) -> str | None:
    """``text`` as an e-mail address in one spelling; nothing if it cannot be one."""
    try:
        # Whether its domain receives mail is for the mail to find out: no network here.
        return validate_email(text.strip(), check_deliverability=False).normalized
    except EmailNotValidError:
        return None
