"""E-mail addresses as mail is sent to them, and as they are compared."""

from email_validator import EmailNotValidError, validate_email


class BadEmail(ValueError):
    """Not an address that a mail can be sent to."""


def deliverable(address: str) -> str:
    """The address in ASCII, as RFC 5321 lets it stand in an envelope; its domain by IDNA 2008 and UTS 46, as browsers do.

    No quoted or non-ASCII local part: the latter needs SMTPUTF8 at every server on the way (decision 0040). Raises BadEmail.
    """
    try:
        found = validate_email(address, check_deliverability=False, allow_smtputf8=False, strict=True)
    except EmailNotValidError:
        raise BadEmail from None
    assert found.ascii_email is not None, "without SMTPUTF8 every address can be written in ASCII"
    return found.ascii_email


def canonical(address: str) -> str:
    """The deliverable address without case: the local part too, which hosts may tell apart (RFC 5321 §2.4) and hardly one does.

    Two accounts of one person are worse. Raises BadEmail.
    """
    return deliverable(address).lower()
