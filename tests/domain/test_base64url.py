"""base64url without padding."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import base64url


@given(st.binary(max_size=100))
def test_bytes_round_trip_through_base64url(octets: bytes) -> None:
    text = base64url.encode(octets)
    assert base64url.decode(text) == octets
    assert not {"=", "+", "/"} & set(text)


@pytest.mark.parametrize("text", ["A", "AA==", "AA==AA", "AA AA", "AA+/", "AB", "é"])
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        base64url.decode(text)
