"""The ticket's text: what is written is read, and nothing else is."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.tickets import vectors
from tests.tickets.vectors import KEYS, TOKEN
from tourism.core import base32
from tourism.core.errors import TourismError
from tourism.tickets.errors import BadSignatureError, NotTicketError, UnknownKeyError
from tourism.tickets.keys import rotated
from tourism.tickets.models import Ticket
from tourism.tickets.tokens import (
    CHARACTERS,
    PARTY_TICKET,
    Token,
    read_token,
    sign_ticket,
    sign_token,
)

VECTORS = json.loads(vectors.FILE.read_text("utf-8"))
PUBLIC = {int(number): bytes.fromhex(key) for number, key in VECTORS["public_keys"].items()}
TEXT = sign_token(KEYS, TOKEN)


def named(cases: list[dict[str, Any]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", cases, ids=[case["name"] for case in cases])


@named(VECTORS["good"])
def test_read_token_reads_every_good_vector(case: dict[str, Any]) -> None:
    assert read_token(PUBLIC, case["text"]) == Token(
        kind=case["kind"],
        key_id=case["key_id"],
        ticket_id=case["ticket_id"],
        slot_id=case["slot_id"],
        starts_at=datetime.fromisoformat(case["starts_at"]),
        length=timedelta(minutes=case["length_minutes"]),
        party_size=case["party_size"],
    )


@named(VECTORS["bad"])
def test_read_token_refuses_every_bad_vector(case: dict[str, Any]) -> None:
    with pytest.raises(TourismError) as refusal:
        read_token(PUBLIC, case["text"])
    assert refusal.value.code == case["code"]


def test_vectors_are_those_of_the_present_code() -> None:
    """`python -m tests.tickets.vectors` writes them anew."""
    assert vectors.FILE.read_text("utf-8") == vectors.written()


tokens = st.builds(
    Token,
    kind=st.just(PARTY_TICKET),
    key_id=st.sampled_from(sorted(KEYS.seeds)),
    ticket_id=st.binary(min_size=10, max_size=10).map(base32.encode),
    slot_id=st.integers(0, 2**24 - 1),
    starts_at=st.integers(0, 2**31).map(lambda n: datetime.fromtimestamp(n * 60, UTC)),
    length=st.integers(0, 2**16 - 1).map(lambda n: timedelta(minutes=n)),
    party_size=st.integers(1, 255),
)


@given(tokens)
def test_read_token_gives_back_what_was_signed(token: Token) -> None:
    text = sign_token(KEYS, token)
    assert len(text) == CHARACTERS == 141
    assert read_token(PUBLIC, text) == token


@given(at=st.integers(0, CHARACTERS - 1), letter=st.characters() | st.sampled_from(base32.ALPHABET))
def test_read_token_refuses_any_change_of_one_character(at: int, letter: str) -> None:
    assume(TEXT[at] != letter)
    with pytest.raises((NotTicketError, UnknownKeyError, BadSignatureError)):
        read_token(PUBLIC, TEXT[:at] + letter + TEXT[at + 1 :])


@given(st.text() | st.binary(min_size=86, max_size=86).map(lambda b: "OG1" + base32.encode(b)))
def test_read_token_refuses_noise(text: str) -> None:
    with pytest.raises((NotTicketError, UnknownKeyError, BadSignatureError)):
        read_token(PUBLIC, text)


@pytest.fixture
def ticket() -> Ticket:
    return Ticket(
        id=TOKEN.ticket_id,
        slot_id=TOKEN.slot_id,
        starts_at=TOKEN.starts_at,
        ends_at=TOKEN.starts_at + TOKEN.length,
        party_size=TOKEN.party_size,
        key_id=TOKEN.key_id,
    )


def test_sign_ticket_says_what_its_columns_say(ticket: Ticket) -> None:
    assert sign_ticket(KEYS, ticket) == TEXT


def test_a_ticket_keeps_its_text_when_keys_rotate_once(ticket: Ticket) -> None:
    assert sign_ticket(rotated(KEYS), ticket) == TEXT


def test_a_ticket_whose_key_was_given_up_is_signed_with_the_current_one(ticket: Ticket) -> None:
    keys = rotated(rotated(KEYS))
    text = sign_ticket(keys, ticket)
    assert read_token(keys.public, text) == replace(TOKEN, key_id=keys.current_id)
    with pytest.raises(UnknownKeyError):
        read_token(keys.public, TEXT)
