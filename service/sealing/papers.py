"""Sealed ballot papers. They can be read with the ballot's private key only, which is destroyed after the count.

Byte for byte (‖ joins; ids and the quoted words as ASCII; ids are TypeIDs, of fixed length per kind, so joins are unambiguous):

    receipt     16 random bytes, for one paper, known to its voter only; written in base64url without padding
    choices     one byte per challenge in the ballot's order. Approvals: 1 approved, 0 not. A ranking: its place, 1 the best,
                2 the next …, 0 not ranked; so at most 200 challenges
    tracker     the first 10 characters of base32 (RFC 4648 §6) of SHA-256("kring/tracker/1" ‖ receipt)
    commitment  SHA-256("kring/paper/1" ‖ ballot id ‖ receipt ‖ choices)
    envelope    HPKE single-shot, base mode (RFC 9180 §6.1; DHKEM X25519-HKDF-SHA256, HKDF-SHA256, AES-256-GCM),
                info = ballot id, no additional data, plaintext = 32 random bytes, the key of a few papers; written as
                encapsulated key (32) ‖ ciphertext (32) ‖ tag (16)
    sealed      AES-256-GCM under the key in the envelope with 12 random bytes as nonce, additional data = ballot id ‖
                voter id, plaintext = receipt ‖ choices; written as envelope (80) ‖ nonce (12) ‖ ciphertext ‖ tag (16),
                so 124 + the number of challenges
                Until decision 0025: HPKE as above of receipt ‖ choices itself, info = ballot id ‖ voter id
    digest      of a ballot's papers: SHA-256("kring/papers/1" ‖ the commitments, ascending)

    PaperError
    ├── BadPaper         not a paper of this ballot
    └── CannotOpenPaper  cannot be decrypted with this key, for this ballot and voter
"""

import base64
import hashlib
import re
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from domain import base64url

RECEIPT_BYTES: Final = 16
MAX_CHALLENGES: Final = 200
TRACKER_LENGTH: Final = 10  # characters: 50 bits, a clash among 1 000 papers once in two thousand million ballots

_SUITE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_BALLOT_ID: Final = re.compile(r"ballot_[0-9a-z]{26}")
_VOTER_ID: Final = re.compile(r"person_[0-9a-z]{26}")

_APPROVED: Final = 1
_KEY_BYTES: Final = 32
_ENVELOPE_BYTES: Final = 80
_NONCE_BYTES: Final = 12


class PaperError(Exception):
    """A paper is invalid or cannot be opened. The message never contains a choice or a receipt."""


class BadPaper(PaperError):
    """Not a paper of this ballot: a challenge is not on the ballot or is named twice, or the bytes are invalid."""


class CannotOpenPaper(PaperError):
    """The paper cannot be decrypted: the key, ballot or voter is wrong, or bytes were changed."""


@dataclass(frozen=True, slots=True)
class Paper:
    """One elector's decrypted paper: `receipt`, 16 bytes, and `choices`, one byte per challenge. Its repr shows neither."""

    receipt: bytes = field(repr=False)
    choices: bytes = field(repr=False)

    def __post_init__(self) -> None:
        """Raises BadPaper for a receipt of another length."""
        if len(self.receipt) != RECEIPT_BYTES:
            raise BadPaper


def public_key(private: bytes) -> bytes:
    """The public key, 32 bytes, which `ballot.opened` holds. Any 32 random bytes are a private key (RFC 7748 §5)."""
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def new_receipt() -> bytes:
    """A receipt, 16 random bytes, for a voter whose browser did not create one."""
    return secrets.token_bytes(RECEIPT_BYTES)


def receipt_text(receipt: bytes) -> str:
    """The receipt as its voter is shown it, once: 22 characters."""
    assert len(receipt) == RECEIPT_BYTES
    return base64url.encode(receipt)


class Envelope:
    """A new key for a few papers of one ballot, sealed under the ballot's `public` key.

    The caller must discard it soon (decision 0025): as long as it is in memory, it can open the papers that it sealed.
    """

    __slots__ = ("_cipher", "_sealed", "ballot")

    def __init__(self, public: bytes, ballot: str) -> None:
        key = secrets.token_bytes(_KEY_BYTES)
        self.ballot = ballot
        self._cipher = AESGCM(key)
        self._sealed = _SUITE.encrypt(key, X25519PublicKey.from_public_bytes(public), info=_ballot_info(ballot))

    def seal(self, voter: str, paper: Paper) -> bytes:
        """Seal the paper of `voter`. All papers of a ballot have the same length."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        content = paper.receipt + paper.choices
        return self._sealed + nonce + self._cipher.encrypt(nonce, content, _voter_info(self.ballot, voter))


def open_paper(private: bytes, ballot: str, voter: str, sealed: bytes) -> Paper:
    """Decrypt the paper of this ballot and voter. Raises CannotOpenPaper, BadPaper."""
    key = X25519PrivateKey.from_private_bytes(private)
    try:
        plain = _open(key, ballot, voter, sealed)
    except InvalidTag:
        try:
            plain = _SUITE.decrypt(sealed, key, info=_voter_info(ballot, voter))
        except InvalidTag:
            raise CannotOpenPaper from None
    return Paper(plain[:RECEIPT_BYTES], plain[RECEIPT_BYTES:])


def _open(private: X25519PrivateKey, ballot: str, voter: str, sealed: bytes) -> bytes:
    """Decrypt a paper with an envelope. Raises InvalidTag."""
    envelope, sealed = sealed[:_ENVELOPE_BYTES], sealed[_ENVELOPE_BYTES:]
    nonce, content = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    key = _SUITE.decrypt(envelope, private, info=_ballot_info(ballot))
    if len(key) != _KEY_BYTES or len(nonce) != _NONCE_BYTES:
        raise InvalidTag
    return AESGCM(key).decrypt(nonce, content, _voter_info(ballot, voter))


def choices(order: Sequence[str], approvals: Collection[str]) -> bytes:
    """`approvals` as bytes: one per challenge of `order`, the ballot's. Raises BadPaper."""
    approved = set(approvals)
    if len(approved) != len(approvals) or not approved <= set(order):
        raise BadPaper
    return bytes(challenge in approved for challenge in order)


def approvals(order: Sequence[str], choices: bytes) -> tuple[str, ...]:
    """The challenges that `choices` approve, in the ballot's `order`. Raises BadPaper."""
    if len(choices) != len(order) or any(choice > _APPROVED for choice in choices):
        raise BadPaper
    return tuple(challenge for challenge, choice in zip(order, choices, strict=True) if choice == _APPROVED)


def places(order: Sequence[str], ranking: Sequence[str]) -> bytes:
    """`ranking`, the best first, as bytes: one per challenge of `order`, the ballot's. Raises BadPaper."""
    place = {challenge: number for number, challenge in enumerate(ranking, 1)}
    if len(place) != len(ranking) or not place.keys() <= set(order) or len(order) > MAX_CHALLENGES:
        raise BadPaper
    return bytes(place.get(challenge, 0) for challenge in order)


def ranking(order: Sequence[str], choices: bytes) -> tuple[str, ...]:
    """The challenges that `choices` rank, the best first. Raises BadPaper."""
    placed = sorted((place, challenge) for place, challenge in zip(choices, order, strict=False) if place)
    if len(choices) != len(order) or [place for place, _ in placed] != list(range(1, len(placed) + 1)):
        raise BadPaper
    return tuple(challenge for _, challenge in placed)


def tracker(receipt: bytes) -> str:
    """The code by which voters find their paper after the count of a secret ballot: 10 characters, A to Z and 2 to 7."""
    assert len(receipt) == RECEIPT_BYTES
    return base64.b32encode(hashlib.sha256(b"kring/tracker/1" + receipt).digest())[:TRACKER_LENGTH].decode("ascii")


def commitment(ballot: str, receipt: bytes, choices: bytes) -> bytes:
    """The commitment to a paper in `ballot.vote_cast`, 32 bytes: binding to the choices, and hiding them by the receipt."""
    assert _BALLOT_ID.fullmatch(ballot)
    assert len(receipt) == RECEIPT_BYTES
    return hashlib.sha256(b"kring/paper/1" + ballot.encode("ascii") + receipt + choices).digest()


def _ballot_info(ballot: str) -> bytes:
    assert _BALLOT_ID.fullmatch(ballot)
    return ballot.encode("ascii")


def _voter_info(ballot: str, voter: str) -> bytes:
    assert _BALLOT_ID.fullmatch(ballot)
    assert _VOTER_ID.fullmatch(voter)
    return (ballot + voter).encode("ascii")
