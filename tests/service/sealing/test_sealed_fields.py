"""Sealed fields open to the original text, and to nothing else."""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from service.addresses import BadEmail, deliverable
from service.sealing import sealed_fields as under_test
from service.sealing.disclosure import Disclosure
from service.sealing.sealed_fields import (
    BadDigest,
    BadText,
    Tampered,
    WrongKey,
    digest_bytes,
    digest_text,
    email_key,
    open_,
    seal,
)

KEY, OTHER_KEY = bytes(range(32)), bytes(range(1, 33))
ANNA = "person_01m84mt5r8es5rc7sp6wjmjab6"
BERT = "person_01m84mt5r8es5rc7sp6wjmjab7"
UNICODE = st.text(st.characters(exclude_categories=["Cs"]))

# RFC 9901 §4.2.1 and §4.2.3: a disclosure as another implementation wrote it (with spaces in its JSON), and its digest.
RFC_9901_DISCLOSURE = b"WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0"
RFC_9901_DIGEST = "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0"


def sealed_by_hand(text: bytes, digest: bytes, subject: str = ANNA, key: bytes = KEY) -> Disclosure:
    nonce = secrets.token_bytes(12)
    return Disclosure(
        digest=digest,
        subject=subject,
        nonce=nonce,
        sealed=AESGCMSIV(key).encrypt(nonce, text, digest + subject.encode()),
    )


@given(name=UNICODE, value=UNICODE)
def test_any_text_opens_code_point_for_code_point(name: str, value: str) -> None:
    assert open_(seal(name, value, subject=ANNA, key=KEY).disclosure, KEY) == value


@pytest.mark.parametrize(
    "value",
    [
        "",
        "\0",
        "Zwolle",
        "é",
        "e\N{COMBINING ACUTE ACCENT}",
        "👩‍👩‍👧‍👦 🏳️‍🌈",
        "\N{RIGHT-TO-LEFT OVERRIDE}שלום مرحبا",
        "\N{BYTE ORDER MARK}",
        "\U0010ffff\uffff",
        '","',
        "\\ud800",
        "a\r\nb\u2028c",
    ],
)
def test_difficult_texts_open_unchanged(value: str) -> None:
    assert open_(seal("text", value, subject=ANNA, key=KEY).disclosure, KEY) == value


@pytest.mark.parametrize(("name", "value"), [("text", "half \ud83d"), ("text", "\udc00"), ("na\ud800me", "x")])
def test_a_lone_surrogate_is_refused_without_being_quoted(name: str, value: str) -> None:
    with pytest.raises(BadText) as refused:
        seal(name, value, subject=ANNA, key=KEY)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


def test_a_text_of_a_mebibyte_is_refused() -> None:
    longest = under_test.MAX_VALUE_BYTES - 100
    assert len(open_(seal("text", "x" * longest, subject=ANNA, key=KEY).disclosure, KEY)) == longest
    with pytest.raises(BadText):
        seal("text", "é" * (under_test.MAX_VALUE_BYTES // 2), subject=ANNA, key=KEY)


def test_the_digest_matches_rfc_9901() -> None:
    opened = sealed_by_hand(RFC_9901_DISCLOSURE, digest_bytes(RFC_9901_DIGEST))
    assert open_(opened, KEY) == "Möbius"


def test_a_sealed_field_is_a_disclosure_that_anyone_can_verify() -> None:
    made = seal("title", "Hoe behouden we start-ups?", subject=ANNA, key=KEY)
    text = AESGCMSIV(KEY).decrypt(made.disclosure.nonce, made.disclosure.sealed, made.digest + ANNA.encode())
    assert hashlib.sha256(text).digest() == made.digest == made.disclosure.digest
    assert b"=" not in text
    salt, name, value = json.loads(base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4)))
    assert (name, value) == ("title", "Hoe behouden we start-ups?")
    assert len(base64.urlsafe_b64decode(salt + "=")) == 32


def test_the_same_text_sealed_twice_has_nothing_in_common() -> None:
    first, second = (seal("name", "Anna", subject=ANNA, key=KEY) for _ in range(2))
    assert first.digest != second.digest
    assert first.disclosure.nonce != second.disclosure.nonce
    assert first.disclosure.sealed != second.disclosure.sealed


def test_another_key_does_not_open_it() -> None:
    with pytest.raises(WrongKey):
        open_(seal("name", "Anna", subject=ANNA, key=KEY).disclosure, OTHER_KEY)


def test_a_field_does_not_open_under_another_owner() -> None:
    with pytest.raises(WrongKey):
        open_(replace(seal("name", "Anna", subject=ANNA, key=KEY).disclosure, subject=BERT), KEY)


def test_a_field_does_not_open_for_another_event() -> None:
    anna, bert = (seal("name", name, subject=ANNA, key=KEY) for name in ("Anna", "Bert"))
    with pytest.raises(WrongKey):
        open_(replace(anna.disclosure, digest=bert.digest), KEY)


def test_any_flipped_bit_is_noticed() -> None:
    disclosure = seal("name", "Anna", subject=ANNA, key=KEY).disclosure
    for field in ("digest", "nonce", "sealed"):
        octets: bytes = getattr(disclosure, field)
        for bit in range(len(octets) * 8):
            flipped = bytearray(octets)
            flipped[bit // 8] ^= 1 << bit % 8
            with pytest.raises(WrongKey):
                open_(replace(disclosure, **{field: bytes(flipped)}), KEY)


@pytest.mark.parametrize("cut", [0, 1, 15, 16, 17])
def test_a_truncated_field_does_not_open(cut: int) -> None:
    disclosure = seal("name", "Anna", subject=ANNA, key=KEY).disclosure
    for field in ("nonce", "sealed"):
        octets: bytes = getattr(disclosure, field)
        if cut < len(octets):
            with pytest.raises(WrongKey):
                open_(replace(disclosure, **{field: octets[:cut]}), KEY)


def test_a_text_replaced_by_a_key_holder_does_not_match_the_event() -> None:
    recorded = seal("verdict", "rejected", subject=ANNA, key=KEY)
    salt = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")
    other = base64.urlsafe_b64encode(json.dumps([salt, "verdict", "accepted"]).encode()).rstrip(b"=")
    with pytest.raises(Tampered):
        open_(sealed_by_hand(other, recorded.digest), KEY)


def test_a_key_of_another_length_is_an_internal_error() -> None:
    with pytest.raises(AssertionError):
        seal("name", "Anna", subject=ANNA, key=KEY[:16])


def test_no_trace_of_the_plaintext_is_in_the_disclosure() -> None:
    canary = "kanarie-4f1c9a"
    made = seal("name", canary, subject=ANNA, key=KEY)
    stored = made.disclosure.nonce + made.disclosure.sealed + made.digest + repr(made).encode()
    # A text in base64 looks otherwise at each of three offsets; the first and last characters depend on the neighbours.
    spellings = [base64.b64encode(b"x" * offset + canary.encode())[4:-4] for offset in range(3)]
    assert not [spelling for spelling in (canary.encode(), *spellings) if spelling in stored]


@given(st.binary(min_size=32, max_size=32))
def test_a_digest_round_trips_as_text(digest: bytes) -> None:
    assert len(digest_text(digest)) == 43
    assert digest_bytes(digest_text(digest)) == digest


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A" * 42,
        "A" * 44,
        "A" * 43 + "=",
        "A" * 42 + "B",  # the two last bits are not zero: a second spelling of "A" * 43
        "A" * 41 + "==",
        "+" + "A" * 42,
        "/" + "A" * 42,
        " " + "A" * 42,
        "A" * 42 + "\n",
        "é" + "A" * 42,
    ],
)
def test_a_digest_has_one_spelling(text: str) -> None:
    with pytest.raises(BadDigest):
        digest_bytes(text)


@dataclass(frozen=True)
class Same:
    left: str
    right: str


@pytest.mark.parametrize(
    "same",
    [
        Same("anna@example.org", "Anna@Example.ORG"),
        Same("anna@example.org", "anna@ex\N{FULLWIDTH LATIN SMALL LETTER A}mple\N{IDEOGRAPHIC FULL STOP}org"),
        Same(
            "info@fa\N{LATIN SMALL LETTER SHARP S}.example", "info@xn--fa-hia.example"
        ),  # browsers, not "fass": UTS 46 §4
        Same("info@b\N{LATIN SMALL LETTER U WITH DIAERESIS}cher.example", "info@bu\N{COMBINING DIAERESIS}cher.example"),
        Same("info@bücher.example", "info@xn--bcher-kva.example"),
        Same("info@bücher.example", "INFO@BÜCHER.EXAMPLE"),
        Same("info@xn--bcher-kva.example", "info@XN--BCHER-KVA.example"),
    ],
)
def test_an_address_is_found_in_any_spelling(same: Same) -> None:
    assert email_key(KEY, same.left) == email_key(KEY, same.right)


def test_other_addresses_and_other_secrets_find_nothing() -> None:
    anna = email_key(KEY, "anna@example.org")
    others = {
        email_key(KEY, "ana@example.org"),
        email_key(KEY, "anna@example.com"),
        email_key(KEY, "anna+1@example.org"),
    }
    assert anna not in others | {email_key(OTHER_KEY, "anna@example.org")}


def test_the_look_up_key_is_a_plain_hmac() -> None:
    # printf %s anna@example.org | openssl dgst -sha256 -mac HMAC -macopt hexkey:0001…1f
    assert email_key(KEY, "Anna@Example.org").hex() == EMAIL_VECTOR


EMAIL_VECTOR = "dc16dac4e0724e68069d10704ecd1a83a550648d07cfaabebd5926a7facce46b"


@pytest.mark.parametrize(
    "email",
    [
        "",
        "anna",
        "@",
        "anna@",
        "@example.org",
        "anna@a..b",
        "anna@" + "a" * 64 + ".nl",
        "a\ud800@b.nl",
        "a@b\ud800.nl",
        "b@example.org.",
        "a..b@x.org",
        ".a@x.org",
        "<a@x.org>",
        "Anna <a@x.org>",
        "a@x.org,b@x.org",
        '"a b"@x.org',
        '"a"@x.org',
        "a@[192.0.2.1]",
        "a\u200b@x.org",
        "a@x\u200b.org",
        "a@exam\u00adple.org",
        "\u00e9@x.org",
        "a@localhost",
        "a@x.invalid",
        "a@-x.org",
        "a@x_y.org",
        "a@xn--a.org",
        " a@x.org",
        "a@x.org\n",
        "=?utf-8?q?a?=@",
    ],
)
def test_an_invalid_address_is_refused(email: str) -> None:
    with pytest.raises(BadEmail):
        email_key(KEY, email)


def test_an_address_and_its_local_part_have_a_maximum_length() -> None:
    host = ".".join(["b" * 63] * 3)
    longest = "a" * (254 - 1 - len(host))
    assert email_key(KEY, f"{longest}@{host}")
    for too_long in (f"{longest}a@{host}", "a" * 65 + "@example.nl"):
        with pytest.raises(BadEmail):
            email_key(KEY, too_long)


def test_mail_is_sent_to_the_ascii_address_in_its_original_case() -> None:
    assert (
        deliverable("Anna.B+x@B\N{LATIN SMALL LETTER U WITH DIAERESIS}cher.example") == "Anna.B+x@xn--bcher-kva.example"
    )
