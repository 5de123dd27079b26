"""One slot at the desk: its guests, its capacity, closing and reopening."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.desk.conftest import Orchard
from tests.factories.bookings import PHONE
from tourism.audit.operations import SYSTEM
from tourism.audit.queries import entries_of
from tourism.bookings.closures import close_slots
from tourism.bookings.models import Booking, BookingStatus, ClosureReason
from tourism.bookings.queries import get_booking
from tourism.bookings.recount import recount
from tourism.experiences.models import Slot, SlotState
from tourism.experiences.queries import get_slot


def _slot(session: Session, slot: Slot) -> Slot:
    session.refresh(slot)
    return slot


def test_guest_list_shows_no_more_of_a_phone_than_its_end(
    client: FlaskClient, orchard: Orchard
) -> None:
    page = client.get(f"/desk/slots/{orchard.slot.id}").text
    reference = orchard.booking.reference
    assert "王小妹" in page
    assert f"{reference[:4]}-{reference[4:]}" in page
    assert f"<td>{PHONE[-4:]}</td>" in page
    assert PHONE[-5:] not in page
    assert '<th scope="row">正在填写' in page
    assert "暂留着2个名额" in page


@pytest.mark.parametrize("name", ["{{7*7}}", "</script><script>alert(1)", "<img src=x onerror=y>"])
def test_hostile_names_and_notes_are_shown_as_typed(
    client: FlaskClient, session: Session, orchard: Orchard, name: str
) -> None:
    orchard.booking.name = orchard.booking.note = name
    session.commit()
    page = client.get(f"/desk/slots/{orchard.slot.id}").text
    shown = name.replace("<", "&lt;").replace(">", "&gt;")
    assert page.count(shown) == 2


def test_holds_that_are_over_and_expired_bookings_are_not_guests(
    client: FlaskClient, session: Session, orchard: Orchard
) -> None:
    orchard.booking.status = BookingStatus.EXPIRED
    for hold in session.query(Booking).filter_by(status=BookingStatus.HELD):
        hold.hold_expires_at = orchard.slot.starts_at
    session.commit()
    page = client.get(f"/desk/slots/{orchard.slot.id}").text
    assert "王小妹" not in page
    assert '<th scope="row">正在填写' not in page


def test_cancelled_bookings_stay_visible_as_such(
    client: FlaskClient, session: Session, orchard: Orchard
) -> None:
    orchard.booking.status = BookingStatus.CANCELLED
    session.commit()
    page = client.get(f"/desk/slots/{orchard.slot.id}").text
    assert "王小妹" in page
    assert "已取消" in page


def test_capacity_is_changed(client: FlaskClient, session: Session, orchard: Orchard) -> None:
    address = f"/desk/slots/{orchard.slot.id}"
    answer = client.post(f"{address}/capacity", data={"capacity": "12"})
    assert (answer.status_code, answer.location) == (303, address)
    assert _slot(session, orchard.slot).capacity == 12
    assert "现在可容12人" in client.get(address).text
    (entry,) = entries_of(session, "slot", orchard.slot.id)
    assert entry.actor == f"user:{orchard.owner.id}"


def test_keys_lead_to_capacities_and_a_second_tap_changes_nothing_more(
    client: FlaskClient, orchard: Orchard
) -> None:
    """10 places: 0 is no capacity. Below those taken a key leads to the question."""
    page = client.get(f"/desk/slots/{orchard.slot.id}").text
    for offered in ("5", "15", "20"):
        assert f'name="capacity" value="{offered}"' in page
    assert 'name="capacity" value="0"' not in page
    for _ in range(2):
        client.post(f"/desk/slots/{orchard.slot.id}/capacity", data={"capacity": "15"})
    assert 'value="15"' in client.get(f"/desk/slots/{orchard.slot.id}").text


def test_changes_from_the_day_go_back_to_it_with_the_way_back(
    client: FlaskClient, session: Session, orchard: Orchard
) -> None:
    address = f"/desk/slots/{orchard.slot.id}"
    answer = client.post(f"{address}/capacity", data={"capacity": "15", "back": "2027-05-30"})
    assert answer.location == f"/desk/#slot-{orchard.slot.id}"
    page = client.get("/desk/").text
    assert "现在可容15人" in page
    undo = page.split('class="today__done"')[1].split("</div>")[0]
    assert f'formaction="{address}/capacity" name="capacity" value="10"' in undo
    assert "today__done" not in client.get("/desk/").text
    client.post(f"{address}/capacity", data={"capacity": "10", "back": "1"})
    assert _slot(session, orchard.slot).capacity == 10


@pytest.mark.parametrize(
    ("act", "way_back", "state"),
    [("close", "reopen", SlotState.CLOSED), ("free", "book", SlotState.FREE)],
)
def test_each_state_has_a_way_back(
    client: FlaskClient, session: Session, orchard: Orchard, act: str, way_back: str, state: str
) -> None:
    address = f"/desk/slots/{orchard.slot.id}"
    asked = client.get(f"{address}/{act}").text
    assert "已有1组共3人预订" in asked
    for _ in range(2):
        assert client.post(f"{address}/{act}").status_code == 303
    assert _slot(session, orchard.slot).state == state
    page = client.get(address).text
    assert f'formaction="{address}/{way_back}"' in page
    assert client.post(f"{address}/{way_back}").status_code == 303
    assert _slot(session, orchard.slot).state is SlotState.OPEN
    assert orchard.slot.changed_at is not None
    session.refresh(orchard.booking)
    assert orchard.booking.status is BookingStatus.CONFIRMED


def test_places_are_held_back_and_given_free(
    client: FlaskClient, session: Session, orchard: Orchard
) -> None:
    address = f"/desk/slots/{orchard.slot.id}"
    assert client.post(f"{address}/kept", data={"places": "2"}).status_code == 303
    assert (_slot(session, orchard.slot).held_back, orchard.slot.taken) == (2, 7)
    page = client.get(address).text
    assert "现在预留2位" in page
    assert f'formaction="{address}/kept" name="places" value="0"' in page
    client.post(f"{address}/kept", data={"places": "0"})
    assert (_slot(session, orchard.slot).held_back, orchard.slot.taken) == (0, 5)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "请填整数"),
        ("-1", "请填0到9999之间的数字"),
        ("6", "只剩5位"),
        ("many", "请填整数"),
        ("10000", "请填0到9999之间的数字"),
    ],
)
def test_impossible_places_held_back_are_refused_beside_the_field(
    client: FlaskClient, session: Session, orchard: Orchard, typed: str, words: str
) -> None:
    answer = client.post(f"/desk/slots/{orchard.slot.id}/kept", data={"places": typed})
    assert answer.status_code == 422
    assert words in answer.text.partition('id="places-error"')[2].partition("</p>")[0]
    assert f'name="places" type="text" value="{typed}"' in answer.text
    assert _slot(session, orchard.slot).held_back == 0


def test_closed_slot_holds_nothing_back(
    client: FlaskClient, session: Session, orchard: Orchard
) -> None:
    client.post(f"/desk/slots/{orchard.slot.id}/close")
    answer = client.post(f"/desk/slots/{orchard.slot.id}/kept", data={"places": "1"})
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "请填整数"),
        ("many", "请填整数"),
        ("9" * 5000, "请填整数"),
        ("0", "请填一个数字"),
        ("-3", "请填1到9999之间的数字"),
        ("10000", "请填1到9999之间的数字"),
    ],
)
def test_impossible_capacities_are_refused_beside_the_field(
    client: FlaskClient, session: Session, orchard: Orchard, typed: str, words: str
) -> None:
    answer = client.post(f"/desk/slots/{orchard.slot.id}/capacity", data={"capacity": typed})
    assert answer.status_code == 422
    assert words in answer.text.partition('id="capacity-error"')[2]
    assert f'value="{typed}"' in answer.text
    assert _slot(session, orchard.slot).capacity == 10


def test_closing_shows_who_has_booked_and_changes_nothing_yet(
    client: FlaskClient, session: Session, orchard: Orchard
) -> None:
    page = client.get(f"/desk/slots/{orchard.slot.id}/close").text
    assert "已有1组共3人预订" in page
    assert "不会取消任何人的预订" in page
    assert _slot(session, orchard.slot).state is SlotState.OPEN


def test_closing_keeps_every_booking_and_can_be_undone(
    client: FlaskClient, session: Session, orchard: Orchard
) -> None:
    address = f"/desk/slots/{orchard.slot.id}"
    for _ in range(2):
        assert client.post(f"{address}/close").status_code == 303
    assert _slot(session, orchard.slot).state is SlotState.CLOSED
    assert orchard.slot.taken == 5
    session.refresh(orchard.booking)
    assert orchard.booking.status is BookingStatus.CONFIRMED
    page = client.get(address).text
    assert "已经预订的人仍可按时来" in page
    assert client.post(f"{address}/reopen").status_code == 303
    assert _slot(session, orchard.slot).state is SlotState.OPEN
    assert len(entries_of(session, "slot", orchard.slot.id)) == 2


def test_opening_again_asks_with_what_becomes_of_those_who_were_asked(
    client: FlaskClient, session: Session, orchard: Orchard
) -> None:
    """One party of three, nobody of it in; nothing is done before it is confirmed."""
    orchard.ticket.admitted = 0
    acts = {"reason": ClosureReason.RAIN, "now": orchard.slot.starts_at, "actor": SYSTEM}
    close_slots(session, slot_ids=[orchard.slot.id], **acts)  # type: ignore[arg-type]
    session.commit()
    address = f"/desk/slots/{orchard.slot.id}"
    assert f"{address}/reopen" in client.get(address).text
    page = client.get(f"{address}/reopen").text
    assert "有1行人收到改期询问，还没答复" in page
    assert _slot(session, orchard.slot).state is SlotState.CLOSED
    assert client.post(f"{address}/reopen").status_code == 303
    session.expire_all()
    assert get_slot(session, orchard.slot.id).state is SlotState.OPEN
    booking = get_booking(session, orchard.booking.reference)
    shown = client.get(f"/bookings/{booking.reference}?key={booking.key}").text
    assert "你的时段照常" in shown
    assert recount(session) == []


def test_slot_that_needs_no_booking_cannot_be_closed(
    client: FlaskClient, session: Session, orchard: Orchard
) -> None:
    orchard.slot.state = SlotState.FREE
    session.commit()
    assert "停止预订" not in client.get(f"/desk/slots/{orchard.slot.id}").text
    assert client.post(f"/desk/slots/{orchard.slot.id}/close").status_code == 409


def test_slot_that_is_over_is_only_shown(
    client: FlaskClient, session: Session, orchard: Orchard
) -> None:
    day = timedelta(days=1)
    orchard.slot.starts_at, orchard.slot.ends_at = (
        orchard.slot.starts_at - day,
        orchard.slot.ends_at - day,
    )
    session.commit()
    page = client.get(f"/desk/slots/{orchard.slot.id}").text
    assert "这个时段已经结束" in page
    assert "改人数" not in page
    assert "王小妹" in page


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("POST", "/capacity"),
        ("GET", "/fewer?capacity=1"),
        ("POST", "/fewer"),
        ("GET", "/close"),
        ("POST", "/close"),
        ("GET", "/reopen"),
        ("POST", "/reopen"),
        ("GET", "/free"),
        ("POST", "/free"),
        ("POST", "/book"),
        ("POST", "/kept"),
    ],
)
def test_slots_of_another_orchard_do_not_exist(
    client: FlaskClient, session: Session, neighbour: Slot, method: str, path: str
) -> None:
    for slot_id in (neighbour.id, 999):
        answer = client.open(
            f"/desk/slots/{slot_id}{path}",
            method=method,
            data={"capacity": "99", "choice": "keep", "places": "1"},
        )
        assert answer.status_code == 404
        assert "邻家蓝莓" not in answer.text
    assert (_slot(session, neighbour).capacity, neighbour.state) == (10, SlotState.OPEN)
    assert entries_of(session, "slot", neighbour.id) == []


def test_fewer_than_have_booked_asks_what_becomes_of_them(
    client: FlaskClient, session: Session, orchard: Orchard
) -> None:
    """A party of three and a hold of two; four are wanted."""
    orchard.ticket.admitted = 0
    session.commit()
    address = f"/desk/slots/{orchard.slot.id}"
    answer = client.post(f"{address}/capacity", data={"capacity": "4"})
    assert answer.headers["Location"] == f"{address}/fewer?capacity=4"
    page = client.get(answer.headers["Location"]).text
    assert "多出1人" in page
    for choice in ("keep", "offer", "cancel"):
        assert f'value="{choice}"' in page
    assert _slot(session, orchard.slot).capacity == 10


def test_kept_parties_stay_and_nothing_more_is_sold(
    client: FlaskClient, session: Session, orchard: Orchard
) -> None:
    address = f"/desk/slots/{orchard.slot.id}"
    client.post(f"{address}/fewer", data={"capacity": "4", "choice": "keep"})
    slot = _slot(session, orchard.slot)
    assert (slot.capacity, slot.wanted_capacity, slot.over_by) == (5, 4, 1)
    assert "多出1人" in client.get(address).text


@pytest.mark.parametrize("sent", [{}, {"capacity": "4", "choice": "x"}, {"capacity": "0"}])
def test_choice_that_is_none_changes_nothing(
    client: FlaskClient, session: Session, orchard: Orchard, sent: dict[str, str]
) -> None:
    assert client.post(f"/desk/slots/{orchard.slot.id}/fewer", data=sent).status_code == 303
    assert _slot(session, orchard.slot).capacity == 10
