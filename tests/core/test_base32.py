import pytest
from hypothesis import given
from hypothesis import strategies as st

from tourism.core import base32


@given(st.binary(max_size=100))
def test_decode_gives_back_what_was_encoded(data: bytes) -> None:
    assert base32.decode(base32.encode(data)) == data


@pytest.mark.parametrize("text", ["U0", "0", "01I", "0o", "01", "A B"])
def test_decode_refuses_what_encode_cannot_have_made(text: str) -> None:
    """Another letter, an impossible length, or padding bits that are not zero."""
    with pytest.raises(ValueError, match="base32"):
        base32.decode(text)


def test_as_typed_forgives_what_people_confuse() -> None:
    assert base32.as_typed(" 7k4m-oqIl ") == "7K4M0Q11"
