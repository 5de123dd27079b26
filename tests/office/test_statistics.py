"""The township's day, the week ahead and the download."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.factories.accounts import make_user, sign_in
from tests.factories.bookings import confirm, make_booking, make_hold
from tests.factories.destination import in_all, make_destination
from tests.factories.experiences import make_experience, make_slot
from tests.statements import statements
from tourism.accounts.models import Role
from tourism.audit.queries import latest_entries
from tourism.bookings.models import BookingStatus
from tourism.experiences.models import Slot, SlotState

AT = datetime(2027, 5, 30, 1, 0, tzinfo=UTC)


@pytest.fixture
def slot(session: Session, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> Slot:
    """Ten places at 11:00 today: parties of three (one in) and four, and a hold of one."""
    monkeypatch.setattr("tourism.office.statistics.now", lambda: AT)
    make_destination(session)
    experience = make_experience(session, name=in_all("樱桃采摘"))
    slot = make_slot(session, experience, AT + timedelta(hours=2))
    make_booking(session, slot, AT, adults=3).tickets[0].admitted = 1
    make_booking(session, slot, AT, adults=4)
    make_hold(session, slot, AT, adults=1)
    sign_in(client, make_user(session, Role.OFFICER))
    session.commit()
    session.refresh(slot)
    return slot


def _text(client: FlaskClient, address: str) -> str:
    return " ".join(client.get(address).text.split())


def _download(client: FlaskClient, day: str = "2027-05-30") -> list[list[str]]:
    answer = client.get(f"/office/bookings/{day}.csv")
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))


def test_overview_counts_bookings_people_and_load(client: FlaskClient, slot: Slot) -> None:
    page = _text(client, "/office/")
    assert "<dt>预订</dt><dd>2</dd>" in page
    assert "<dt>预订人数</dt><dd>7</dd>" in page
    assert "<dt>已到</dt><dd>1</dd>" in page
    assert '8 / 10 <span class="quiet">80%</span>' in page
    assert "樱桃采摘" in page


def test_week_ahead_counts_each_local_day(
    client: FlaskClient, session: Session, slot: Slot
) -> None:
    """The last minute of the week's last day counts, the first of the next does not."""
    midnight = datetime(2027, 6, 6, 16, 0, tzinfo=UTC)
    last = make_slot(session, slot.experience, midnight - timedelta(minutes=30), taken=5)
    make_slot(session, slot.experience, midnight, capacity=77)
    session.commit()
    page = _text(client, "/office/")
    assert page.count("day=2027-06-06") == 1
    assert "day=2027-06-07" not in page
    assert f"{last.taken} / 10" in page.partition("day=2027-06-06")[2]
    assert "/ 77" not in page


def test_another_day_may_be_chosen(client: FlaskClient, slot: Slot) -> None:
    page = _text(client, "/office/?day=2027-06-20")
    assert "6月20日" in page
    assert "这一天没有体验开放" in page
    assert "5月30日" in page
    assert client.get("/office/?day=x").status_code == 200


def test_load_counts_what_is_offered(client: FlaskClient, session: Session, slot: Slot) -> None:
    """A closed slot counts with the places taken, one without booking not at all."""
    hour = timedelta(hours=1)
    for number, values in enumerate(
        ({"state": SlotState.CLOSED, "taken": 4}, {"state": SlotState.FREE, "capacity": 500}), 1
    ):
        make_slot(session, slot.experience, slot.starts_at + number * hour, **values)
    session.commit()
    assert "12 / 14" in _text(client, "/office/")


def test_overview_asks_seldom(client: FlaskClient, session: Session, slot: Slot) -> None:
    for number in range(20):
        experience = make_experience(session, f"more-{number}")
        make_slot(session, experience, slot.starts_at)
    session.commit()
    session.expunge_all()
    with statements(session) as asked:
        assert client.get("/office/").status_code == 200
    assert len(asked) == 6, asked


def test_download_has_a_line_for_each_booking(client: FlaskClient, slot: Slot) -> None:
    head, *lines = _download(client)
    assert len(lines) == 2
    first = dict(zip(head, lines[0], strict=True))
    assert first["日期"] == "2027-05-30"
    assert (first["从"], first["至"]) == ("11:00", "12:00")
    assert first["体验"] == "樱桃采摘"
    assert (first["人数"], first["已到"], first["状态"]) == ("3", "1", "已确认")
    assert (first["称呼"], first["手机尾号"]) == ("王小妹", "0123")


def test_download_shows_cancelled_and_no_other_day(
    client: FlaskClient, session: Session, slot: Slot
) -> None:
    other = make_slot(session, slot.experience, slot.starts_at + timedelta(days=1))
    make_booking(session, other, AT).status = BookingStatus.CANCELLED
    session.commit()
    _head, *lines = _download(client, "2027-05-31")
    assert [line[7] for line in lines] == ["已取消"]


@pytest.mark.parametrize(
    "name", ['=HYPERLINK("http://evil.example")', "+1", "-1+1", "@SUM(A1)", "＝1", " =1", "\t=1"]
)
def test_download_holds_no_formulas(
    client: FlaskClient, session: Session, slot: Slot, name: str
) -> None:
    other = make_slot(session, slot.experience, slot.starts_at + timedelta(days=1))
    confirm(session, make_hold(session, other, AT), AT, name=name, note=name)
    session.commit()
    _head, line = _download(client, "2027-05-31")
    assert (line[8], line[15]) == (f"'{name}", f"'{name}")


def test_download_is_a_file_that_excel_reads_and_nobody_keeps(
    client: FlaskClient, slot: Slot
) -> None:
    answer = client.get("/office/bookings/2027-05-30.csv")
    assert answer.mimetype == "text/csv"
    assert answer.data.startswith(b"\xef\xbb\xbf")
    assert answer.headers["Content-Disposition"] == "attachment; filename=bookings-2027-05-30.csv"
    assert answer.headers["Cache-Control"] == "no-store"


def test_download_leaves_a_trace(client: FlaskClient, session: Session, slot: Slot) -> None:
    _download(client)
    (entry,) = [each for each in latest_entries(session) if each.action == "bookings.export"]
    assert entry.actor.startswith("user:")
    assert (entry.subject_id, entry.after) == ("2027-05-30", {"rows": 2})


@pytest.mark.parametrize("day", ["today", "2027-02-30", "0001-01-01", "9999-12-31", "2027-5-3"])
def test_download_of_an_impossible_day(client: FlaskClient, slot: Slot, day: str) -> None:
    assert client.get(f"/office/bookings/{day}.csv").status_code == 404
