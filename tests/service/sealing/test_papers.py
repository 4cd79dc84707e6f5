"""Sealed papers open with the ballot's key, for their ballot and voter, and reveal nothing before."""

import hashlib
import hmac
import itertools
import re
import secrets
from random import Random

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from domain import base64url
from domain.events.ballot import as_digest, papers_digest
from service.sealing.papers import (
    BadPaper,
    CannotOpenPaper,
    Envelope,
    Paper,
    approvals,
    choices,
    commitment,
    new_receipt,
    open_paper,
    places,
    public_key,
    ranking,
    receipt_text,
    tracker,
)

BALLOT, OTHER_BALLOT = "ballot_01m84mt5r8es5rc7sp6wjmjab6", "ballot_01m84mt5r8es5rc7sp6wjmjab7"
ANNA, BERT = "person_01m84mt5r8es5rc7sp6wjmjab6", "person_01m84mt5r8es5rc7sp6wjmjab7"
ORDER = ("challenge_1", "challenge_2", "challenge_3")
RECEIPT = bytes(range(16))
PRIVATE = secrets.token_bytes(32)
PUBLIC = public_key(PRIVATE)
PAPER = Paper(RECEIPT, b"\x01\x00\x01")

# Made with printf, openssl and base32; the receipt is 00 01 … 0f.
TRACKER = "UNCPYBIYOH"
COMMITMENT = "2eebb51b8b9e3ee6cec0fd95246c53b5e9e06ef9b1ad4b7dda7a8ad03d7b7e05"  # of RECEIPT and 01 00 01 on BALLOT
DIGEST_OF_NONE = "ea3561d6ea06c0dc1b11a037b334b289e5a2e18e8dd36c6dae1b0122331bab2c"
DIGEST_OF_TWO = "890be44f839669eb2381c01b81ba787a4a75a142fea8fbc2d7c9c70499859fc1"  # 32 × 01 and 32 × 02
# RFC 7748 §6.1, Alice's keys.
RFC_7748_PRIVATE = bytes.fromhex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a")
RFC_7748_PUBLIC = "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"


def seal_paper(public: bytes, ballot: str, voter: str, paper: Paper) -> bytes:
    """Seal a paper in its own envelope."""
    return Envelope(public, ballot).seal(voter, paper)


class Hpke:
    """RFC 9180, base mode, this one suite, from its parts: another implementation that reads and writes our bytes."""

    KEM_ID, KDF_ID, AEAD_ID = b"\x00\x20", b"\x00\x01", b"\x00\x02"
    SUITE = b"HPKE" + KEM_ID + KDF_ID + AEAD_ID

    @staticmethod
    def extract(suite: bytes, salt: bytes, label: bytes, material: bytes) -> bytes:
        """§4 LabeledExtract."""
        return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + material, "sha256")

    @staticmethod
    def expand(suite: bytes, key: bytes, label: bytes, info: bytes, length: int) -> bytes:
        """§4 LabeledExpand, of at most one block."""
        labeled = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
        return hmac.digest(key, labeled + b"\x01", "sha256")[:length]

    @classmethod
    def cipher(cls, shared: bytes, encapsulated: bytes, public: bytes, info: bytes) -> tuple[AESGCM, bytes]:
        """§4.1 ExtractAndExpand and §5.1 KeySchedule; (cipher, nonce of the first message)."""
        kem = b"KEM" + cls.KEM_ID
        secret = cls.expand(kem, cls.extract(kem, b"", b"eae_prk", shared), b"shared_secret", encapsulated + public, 32)
        context = b"\x00" + b"".join(
            cls.extract(cls.SUITE, b"", label, text) for label, text in ((b"psk_id_hash", b""), (b"info_hash", info))
        )
        secret = cls.extract(cls.SUITE, secret, b"secret", b"")
        key, nonce = (
            cls.expand(cls.SUITE, secret, label, context, n) for label, n in ((b"key", 32), (b"base_nonce", 12))
        )
        return AESGCM(key), nonce

    @classmethod
    def open(cls, private: bytes, info: bytes, sealed: bytes) -> bytes:
        key = X25519PrivateKey.from_private_bytes(private)
        shared = key.exchange(X25519PublicKey.from_public_bytes(sealed[:32]))
        cipher, nonce = cls.cipher(shared, sealed[:32], key.public_key().public_bytes_raw(), info)
        return cipher.decrypt(nonce, sealed[32:], b"")

    @classmethod
    def seal(cls, public: bytes, info: bytes, plain: bytes) -> bytes:
        key = X25519PrivateKey.generate()
        encapsulated = key.public_key().public_bytes_raw()
        cipher, nonce = cls.cipher(key.exchange(X25519PublicKey.from_public_bytes(public)), encapsulated, public, info)
        return encapsulated + cipher.encrypt(nonce, plain, b"")


@given(receipt=st.binary(min_size=16, max_size=16), marks=st.binary(max_size=40))
def test_a_paper_opens_as_it_was_sealed(receipt: bytes, marks: bytes) -> None:
    sealed = seal_paper(PUBLIC, BALLOT, ANNA, Paper(receipt, marks))
    assert open_paper(PRIVATE, BALLOT, ANNA, sealed) == Paper(receipt, marks)


def test_another_implementation_opens_what_we_sealed() -> None:
    sealed = seal_paper(PUBLIC, BALLOT, ANNA, PAPER)
    key = Hpke.open(PRIVATE, BALLOT.encode(), sealed[:80])
    plain = AESGCM(key).decrypt(sealed[80:92], sealed[92:], (BALLOT + ANNA).encode())
    assert plain == RECEIPT + b"\x01\x00\x01"


def in_an_envelope(key: bytes, content: bytes) -> bytes:
    """Seal a paper of Anna's as another implementation would."""
    nonce, cipher = b"n" * 12, AESGCM(key[:32])
    return Hpke.seal(PUBLIC, BALLOT.encode(), key) + nonce + cipher.encrypt(nonce, content, (BALLOT + ANNA).encode())


def test_we_open_what_another_implementation_sealed() -> None:
    sealed = in_an_envelope(b"k" * 32, RECEIPT + b"\x01\x00\x01")
    assert open_paper(PRIVATE, BALLOT, ANNA, sealed) == PAPER


def test_we_open_papers_sealed_before_envelopes_existed() -> None:
    sealed = Hpke.seal(PUBLIC, (BALLOT + ANNA).encode(), RECEIPT + b"\x01\x00\x01")
    assert open_paper(PRIVATE, BALLOT, ANNA, sealed) == PAPER
    for ballot, voter in ((OTHER_BALLOT, ANNA), (BALLOT, BERT)):
        with pytest.raises(CannotOpenPaper):
            open_paper(PRIVATE, ballot, voter, sealed)


@pytest.mark.parametrize("length", [16, 31, 33])
def test_a_key_of_another_length_opens_nothing(length: int) -> None:
    key = (b"k" * 33)[:length]
    with pytest.raises(CannotOpenPaper):
        open_paper(PRIVATE, BALLOT, ANNA, Hpke.seal(PUBLIC, BALLOT.encode(), key) + bytes(12 + 19 + 16))


def test_papers_in_one_envelope_open_only_for_their_own_voter() -> None:
    envelope = Envelope(PUBLIC, BALLOT)
    for_anna, for_bert = envelope.seal(ANNA, PAPER), envelope.seal(BERT, Paper(RECEIPT, b"\x00\x01\x00"))
    assert open_paper(PRIVATE, BALLOT, BERT, for_bert).choices == b"\x00\x01\x00"
    with pytest.raises(CannotOpenPaper):
        open_paper(PRIVATE, BALLOT, BERT, for_anna)


def test_the_same_paper_in_one_envelope_twice_looks_different() -> None:
    envelope = Envelope(PUBLIC, BALLOT)
    first, second = envelope.seal(ANNA, PAPER), envelope.seal(ANNA, PAPER)
    assert first[:80] == second[:80]
    assert first[80:92] != second[80:92]
    assert first[92:] != second[92:]


def test_any_32_bytes_are_a_private_key() -> None:
    assert public_key(RFC_7748_PRIVATE).hex() == RFC_7748_PUBLIC
    assert open_paper(bytes(32), BALLOT, ANNA, seal_paper(public_key(bytes(32)), BALLOT, ANNA, PAPER)) == PAPER


@pytest.mark.parametrize(
    ("ballot", "voter"),
    [
        pytest.param(OTHER_BALLOT, ANNA, id="another ballot"),
        pytest.param(BALLOT, BERT, id="another voter"),
    ],
)
def test_a_paper_opens_for_its_own_ballot_and_voter_only(ballot: str, voter: str) -> None:
    with pytest.raises(CannotOpenPaper):
        open_paper(PRIVATE, ballot, voter, seal_paper(PUBLIC, BALLOT, ANNA, PAPER))


def test_another_ballots_key_does_not_open_it() -> None:
    with pytest.raises(CannotOpenPaper):
        open_paper(secrets.token_bytes(32), BALLOT, ANNA, seal_paper(PUBLIC, BALLOT, ANNA, PAPER))


def test_any_changed_byte_is_noticed() -> None:
    sealed = seal_paper(PUBLIC, BALLOT, ANNA, PAPER)
    for place in range(len(sealed)):
        flipped = bytearray(sealed)
        flipped[place] ^= 1
        with pytest.raises(CannotOpenPaper):
            open_paper(PRIVATE, BALLOT, ANNA, bytes(flipped))


@pytest.mark.parametrize("length", [0, 1, 31, 79, 80, 81, 91, 92, 107, 108, 126])
def test_a_truncated_paper_does_not_open(length: int) -> None:
    with pytest.raises(CannotOpenPaper):
        open_paper(PRIVATE, BALLOT, ANNA, seal_paper(PUBLIC, BALLOT, ANNA, PAPER)[:length])


def test_a_sealed_text_that_is_too_short_for_a_receipt_is_no_paper() -> None:
    with pytest.raises(BadPaper):
        open_paper(PRIVATE, BALLOT, ANNA, in_an_envelope(b"k" * 32, b"x" * 15))


def test_papers_of_one_ballot_have_one_length_whatever_they_approve() -> None:
    papers = {
        len(seal_paper(PUBLIC, BALLOT, voter, Paper(new_receipt(), choices(ORDER, approved))))
        for voter in (ANNA, BERT)
        for size in range(len(ORDER) + 1)
        for approved in itertools.combinations(ORDER, size)
    }
    assert papers == {124 + len(ORDER)}


def test_the_same_paper_sealed_twice_looks_different_everywhere() -> None:
    first, second = (seal_paper(PUBLIC, BALLOT, ANNA, PAPER) for _ in range(2))
    for part in (slice(32), slice(32, 80), slice(80, 92), slice(92, None)):
        assert first[part] != second[part]


def test_a_paper_never_shows_itself_in_a_log_or_an_error() -> None:
    assert repr(PAPER) == "Paper()"
    for wrong in (b"", RECEIPT[:15], RECEIPT + b"\x10"):
        with pytest.raises(BadPaper) as refused:
            Paper(wrong, b"\x01")
        assert refused.value.args == ()


@given(st.lists(st.sampled_from(ORDER), unique=True))
def test_choices_read_back_in_the_ballots_order(approved: list[str]) -> None:
    assert approvals(ORDER, choices(ORDER, approved)) == tuple(sorted(approved))


def test_choices_are_one_byte_per_challenge() -> None:
    assert choices(ORDER, ("challenge_3", "challenge_1")) == b"\x01\x00\x01"
    assert choices(ORDER, ()) == bytes(3)


@pytest.mark.parametrize("approved", [("challenge_4",), ("challenge_1", "challenge_1")])
def test_approvals_that_fit_no_paper_are_refused(approved: tuple[str, ...]) -> None:
    with pytest.raises(BadPaper):
        choices(ORDER, approved)


@pytest.mark.parametrize("marks", [b"", b"\x01\x00", b"\x01\x00\x01\x00", b"\x01\x02\x00", b"\xff\x00\x00"])
def test_invalid_bytes_of_approvals_are_refused(marks: bytes) -> None:
    with pytest.raises(BadPaper):
        approvals(ORDER, marks)


@given(st.permutations(ORDER).flatmap(lambda order: st.integers(0, len(ORDER)).map(lambda few: order[:few])))
def test_a_ranking_reads_back_in_the_voters_order(ranked: list[str]) -> None:
    assert ranking(ORDER, places(ORDER, ranked)) == tuple(ranked)


def test_a_ranking_is_one_byte_per_challenge_with_its_rank_or_zero() -> None:
    assert places(ORDER, ["challenge_3", "challenge_1"]) == b"\x02\x00\x01"


@pytest.mark.parametrize(
    ("order", "ranked"),
    [
        (ORDER, ("challenge_9",)),
        (ORDER, ("challenge_1", "challenge_1")),
        (tuple(f"challenge_{number}" for number in range(201)), ()),
    ],
)
def test_a_ranking_that_fits_no_paper_is_refused(order: tuple[str, ...], ranked: tuple[str, ...]) -> None:
    with pytest.raises(BadPaper):
        places(order, ranked)


def test_two_hundred_challenges_can_be_ranked() -> None:
    order = tuple(f"challenge_{number}" for number in range(200))
    assert ranking(order, places(order, order[::-1])) == order[::-1]


@pytest.mark.parametrize(
    "marks", [b"", b"\x01\x02", b"\x01\x00\x02\x00", b"\x01\x01\x00", b"\x02\x00\x00", b"\x01\x03\x00"]
)
def test_invalid_bytes_of_a_ranking_are_refused(marks: bytes) -> None:
    with pytest.raises(BadPaper):
        ranking(ORDER, marks)


def test_a_receipt_is_written_in_22_characters() -> None:
    assert receipt_text(RECEIPT) == "AAECAwQFBgcICQoLDA0ODw"


def test_the_tracker_matches_the_test_vector() -> None:
    assert tracker(RECEIPT) == TRACKER


@given(st.binary(min_size=16, max_size=16))
def test_a_tracker_can_be_read_aloud(receipt: bytes) -> None:
    assert re.fullmatch("[A-Z2-7]{10}", tracker(receipt))


def test_the_commitment_matches_the_test_vector() -> None:
    assert commitment(BALLOT, RECEIPT, b"\x01\x00\x01").hex() == COMMITMENT


def test_a_commitment_binds_ballot_receipt_and_choices() -> None:
    commitments = {
        commitment(ballot, receipt, marks)
        for ballot in (BALLOT, OTHER_BALLOT)
        for receipt in (RECEIPT, RECEIPT[::-1])
        for marks in (b"\x01\x00\x01", b"\x00\x00\x01")
    }
    assert len(commitments) == 8
    assert hashlib.sha256(RECEIPT).digest() not in commitments


@pytest.mark.parametrize("ballot", ["", "ballot_1", "team_01m84mt5r8es5rc7sp6wjmjab6", BALLOT + "\n"])
def test_ids_that_make_a_hash_input_ambiguous_are_internal_errors(ballot: str) -> None:
    with pytest.raises(AssertionError):
        commitment(ballot, RECEIPT, b"\x01")
    with pytest.raises(AssertionError):
        seal_paper(PUBLIC, ballot, ANNA, PAPER)
    with pytest.raises(AssertionError):
        seal_paper(PUBLIC, BALLOT, ballot, PAPER)


def test_the_digest_of_papers_matches_the_test_vectors() -> None:
    assert base64url.decode(papers_digest([])).hex() == DIGEST_OF_NONE
    two = [as_digest(b"\x02" * 32), as_digest(b"\x01" * 32)]
    assert base64url.decode(papers_digest(two)).hex() == DIGEST_OF_TWO


@given(st.sets(st.binary(min_size=32, max_size=32), max_size=6), st.randoms())
def test_the_digest_of_papers_does_not_depend_on_their_order(commitments: set[bytes], chance: Random) -> None:
    shuffled = [as_digest(one) for one in sorted(commitments)]
    expected = papers_digest(shuffled)
    chance.shuffle(shuffled)
    assert papers_digest(shuffled) == expected
