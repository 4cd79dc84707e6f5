"""E-mail addresses: the form that mail is sent to, and the form in which they are compared."""

from email_validator import EmailNotValidError, validate_email


class BadEmail(ValueError):
    """The address cannot receive mail."""


def deliverable(address: str) -> str:
    """The address in ASCII, as an envelope may contain it (RFC 5321), with its domain by IDNA 2008 and UTS 46, as in browsers.

    Quoted and non-ASCII local parts are refused: the latter need SMTPUTF8 at every server on the way (decision 0040).
    Raises `BadEmail`.
    """
    try:
        found = validate_email(address, check_deliverability=False, allow_smtputf8=False, strict=True)
    except EmailNotValidError:
        raise BadEmail from None
    assert found.ascii_email is not None, "without SMTPUTF8 every address can be written in ASCII"
    return found.ascii_email


def canonical(address: str) -> str:
    """The deliverable address in lower case.

    Hosts may distinguish case in local parts (RFC 5321 §2.4), but hardly any do, and two accounts of one person are worse.
    Raises `BadEmail`.
    """
    return deliverable(address).lower()
