"""base64url without padding (RFC 4648 §5), as digests, keys and secrets are written."""

from base64 import b64decode, urlsafe_b64encode

__all__ = ["decode", "encode"]


def encode(octets: bytes) -> str:
    """Encode bytes as text."""
    return urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes:
    """Decode text to bytes. Raises `ValueError` for anything that `encode` does not write."""
    octets = b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if encode(octets) != text:  # another spelling of the same bytes: the other alphabet, padding, or set last bits
        raise ValueError(text)
    return octets
