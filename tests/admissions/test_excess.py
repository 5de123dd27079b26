"""Who was too many: the same answer whatever order phones told it in, and however often."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tourism.admissions.excess import (
    ConflictKind,
    Counters,
    Entry,
    Excess,
    count,
    find_excess,
)

START = datetime(2027, 5, 30, 1, 0, tzinfo=UTC)
entries = st.lists(
    st.builds(
        Entry,
        at=st.integers(0, 5).map(lambda minutes: START + timedelta(minutes=minutes)),
        id=st.sampled_from("abcdefgh"),
        people=st.integers(1, 5),
        is_out=st.booleans(),
    ),
    max_size=8,
    unique_by=lambda entry: entry.id,
)


@given(
    entries=entries,
    party=st.integers(1, 8),
    ended=st.none() | st.integers(0, 6),
    data=st.data(),
)
def test_any_order_and_repetition_gives_the_same(
    entries: list[Entry], party: int, ended: int | None, data: st.DataObject
) -> None:
    ended_at = None if ended is None else START + timedelta(minutes=ended)
    told = data.draw(st.permutations([*entries, *entries[: len(entries) // 2]]))
    expected = find_excess(entries, party_size=party, ended_at=ended_at)
    assert find_excess(told, party_size=party, ended_at=ended_at) == expected
    assert count(told, party_size=party) == count(entries, party_size=party)


@given(entries=entries, party=st.integers(1, 8))
def test_the_excess_is_exactly_what_is_beyond_the_party(entries: list[Entry], party: int) -> None:
    entries = [entry for entry in entries if not entry.is_out]
    inside = sum(entry.people for entry in entries)
    found = find_excess(entries, party_size=party)
    assert sum(each.people for each in found) == max(0, inside - party)
    assert all(each.people > 0 for each in found)


@given(entries=entries, party=st.integers(1, 8))
def test_the_counters_never_say_what_a_ticket_cannot_be(entries: list[Entry], party: int) -> None:
    counters = count(entries, party_size=party)
    assert 0 <= counters.away <= counters.admitted <= party


@given(entries=entries)
def test_without_excess_the_counters_say_who_is_inside(entries: list[Entry]) -> None:
    party = 40  # nobody is too many
    inside = 0
    for entry in sorted(entries):
        inside = max(0, inside + (-entry.people if entry.is_out else entry.people))
    counters = count(entries, party_size=party)
    assert counters.admitted - counters.away == inside


def test_who_went_out_makes_room_for_as_many() -> None:
    minutes = [START + timedelta(minutes=each) for each in range(3)]
    told = [Entry(minutes[0], "a", 4), Entry(minutes[1], "b", 3, is_out=True)]
    assert find_excess([*told, Entry(minutes[2], "c", 3)], party_size=4) == []
    found = find_excess([*told, Entry(minutes[2], "c", 4)], party_size=4)
    assert found == [Excess("c", ConflictKind.USED, 1)]


def test_whoever_comes_in_is_first_one_who_had_left() -> None:
    told = [Entry(START, "a", 3), Entry(START, "b", 2, is_out=True)]
    assert count(told, party_size=5) == Counters(admitted=3, away=2)
    assert count([*told, Entry(START, "c", 3)], party_size=5) == Counters(admitted=4, away=0)


def test_the_later_phone_is_the_one_too_many() -> None:
    early, late = Entry(START, "z", 3), Entry(START + timedelta(seconds=1), "a", 3)
    assert find_excess([late, early], party_size=4) == [Excess("a", ConflictKind.USED, 2)]


def test_before_the_cancellation_they_had_every_right() -> None:
    before, after = Entry(START, "a", 2), Entry(START + timedelta(minutes=5), "b", 1)
    found = find_excess([after, before], party_size=4, ended_at=START + timedelta(minutes=5))
    assert found == [Excess("b", ConflictKind.CANCELLED, 1)]


def test_a_ticket_that_nobody_issued_is_wholly_too_many() -> None:
    found = find_excess([Entry(START, "a", 2)], party_size=None)
    assert found == [Excess("a", ConflictKind.UNKNOWN_TICKET, 2)]
