"""The guest list: found, shown, printed and taken away, never with more of a phone than needed."""

import csv
import io
import re
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy.orm import Session

from tests.desk.conftest import Orchard
from tests.factories.bookings import confirm, make_booking, make_hold
from tests.factories.experiences import make_slot
from tests.statements import statements
from tourism.audit.models import AuditEntry
from tourism.bookings.models import Booking, BookingStatus
from tourism.experiences.models import Slot

HOUR = timedelta(hours=1)
WHOLE = "+8613800000123"


@pytest.fixture(autouse=True)
def clock(at: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tourism.desk.guests.now", lambda: at)


@pytest.fixture
def later(session: Session, orchard: Orchard, at: datetime) -> list[Booking]:
    """At 13:00: two people who are not in, a cancelled party, and one sold on the spot."""
    slot = make_slot(session, orchard.slot.experience, orchard.slot.starts_at + 4 * HOUR)
    made = [
        confirm(session, make_hold(session, slot, at), at, name=name, phone=f"+86138000{number}")
        for name, number in (("赵大%", "09876"), ("钱二", "05432"), ("孙三", "01111"))
    ]
    made[1].status = BookingStatus.CANCELLED
    made[2].walk_in = True
    session.commit()
    return made


def names(page: str) -> set[str]:
    return {name for name in ("王小妹", "赵大%", "钱二", "孙三") if name in page}


def listed(client: FlaskClient, **asked: object) -> set[str]:
    answer = client.get("/desk/guests/", query_string=asked)
    assert answer.status_code == 200
    return names(answer.text.replace(f'value="{asked.get("q")}"', ""))


def test_the_day_lists_who_comes_with_the_end_of_the_phone(
    client: FlaskClient, orchard: Orchard, later: list[Booking]
) -> None:
    page = client.get("/desk/guests/").text
    assert names(page) == {"王小妹", "赵大%", "孙三"}
    assert "要来的全部：3组，7人" in page
    assert "已到1／3" in page
    assert "现场出票" in page
    assert "0123</button>" in page
    assert WHOLE[3:] not in page
    assert listed(client, day="2027-05-31") == set()


@pytest.mark.parametrize(
    ("show", "found"),
    [
        ("arrived", {"王小妹"}),
        ("expected", {"赵大%", "孙三"}),
        ("walk-in", {"孙三"}),
        ("cancelled", {"钱二"}),
        ("<nonsense>", {"王小妹", "赵大%", "孙三"}),
    ],
)
def test_parts_of_the_list(
    client: FlaskClient, orchard: Orchard, later: list[Booking], show: str, found: set[str]
) -> None:
    assert listed(client, show=show) == found


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("小妹", {"王小妹"}),
        ("0123", {"王小妹"}),
        (" 9876 ", {"赵大%"}),
        ("138 0000 9876", {"赵大%"}),
        ("%", {"赵大%"}),
        ("_", set()),
        ("' OR 1=1 --", set()),
        ("钱二", set()),
        ("x" * 500, set()),
        ("\\", set()),
    ],
)
def test_guests_are_found_by_name_and_end_of_the_phone(
    client: FlaskClient, orchard: Orchard, later: list[Booking], words: str, found: set[str]
) -> None:
    assert listed(client, q=words) == found


def test_guests_are_found_by_the_number_as_they_read_it_out(
    client: FlaskClient, orchard: Orchard, later: list[Booking]
) -> None:
    reference = later[0].reference
    for words in (reference, f"{reference[:4]}-{reference[4:]}".lower(), reference[:4]):
        assert "赵大%" in listed(client, q=words)
    assert listed(client, q=reference) == {"赵大%"}


def test_one_slot_and_one_experience(
    client: FlaskClient, orchard: Orchard, later: list[Booking]
) -> None:
    assert listed(client, slot=orchard.slot.id) == {"王小妹"}
    assert listed(client, slot=later[0].slot_id, day="2020-01-01") == {"赵大%", "孙三"}
    assert len(listed(client, experience=orchard.slot.experience_id)) == 3


def test_others_times_and_experiences_do_not_exist(
    client: FlaskClient, session: Session, orchard: Orchard, neighbour: Slot, at: datetime
) -> None:
    stranger = make_booking(session, neighbour, at)
    stranger.name = "邻家客人"
    session.commit()
    assert "邻家" not in client.get("/desk/guests/").text
    assert "邻家" not in client.get(f"/desk/guests/?q={stranger.reference}").text
    for query in (f"slot={neighbour.id}", f"experience={neighbour.experience_id}"):
        for page in ("", "print", "guests.csv", "guests.xlsx"):
            assert client.get(f"/desk/guests/{page}?{query}").status_code == 404
    assert client.post(f"/desk/guests/{stranger.reference}/phone").status_code == 404


def test_a_number_opens_by_a_deed_for_a_while_and_leaves_a_trace(
    client: FlaskClient,
    session: Session,
    orchard: Orchard,
    at: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reference = orchard.booking.reference
    address = f"/desk/guests/{reference}/phone"
    assert client.get(address).status_code == 405
    answer = client.post(address, data={"back": "/desk/guests/?show=arrived"})
    assert answer.location == f"/desk/guests/?show=arrived#{reference}"
    page = client.get("/desk/guests/").text
    assert f'href="tel:{WHOLE}"' in page
    entries = session.scalars(
        sa.select(AuditEntry).where(AuditEntry.action == "booking.open_phone")
    ).all()
    assert [(each.actor, each.subject_id) for each in entries] == [
        (f"user:{orchard.owner.id}", reference)
    ]
    assert WHOLE not in client.get("/desk/guests/print").text
    monkeypatch.setattr("tourism.desk.guests.now", lambda: at + timedelta(minutes=16))
    assert WHOLE not in client.get("/desk/guests/").text


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "/\\evil"])
def test_opening_a_number_leads_nowhere_else(
    client: FlaskClient, orchard: Orchard, back: str
) -> None:
    address = f"/desk/guests/{orchard.booking.reference}/phone"
    assert client.post(address, data={"back": back}).location.startswith("/desk/guests/#")


HOSTILE = ['=HYPERLINK("https://evil.example")', "+1+1", "-2", "@SUM(A1)", "\t=1", "＝1", "＋86"]


@pytest.mark.parametrize("name", [*HOSTILE, "{{7*7}}", "<img src=x>"])
def test_hostile_names_are_text_on_the_page_and_in_files(
    client: FlaskClient, session: Session, orchard: Orchard, name: str
) -> None:
    orchard.booking.name = orchard.booking.note = name
    session.commit()
    page = client.get("/desk/guests/").text
    assert "<img src=x>" not in page
    assert ">49<" not in page
    table = client.get("/desk/guests/guests.csv").get_data(as_text=True)
    assert table.startswith("\ufeff")
    (line,) = list(csv.DictReader(io.StringIO(table[1:])))
    expected = f"'{name}" if name in HOSTILE else name
    assert (line["称呼"], line["备注"]) == (expected, expected)
    file = client.get("/desk/guests/guests.xlsx")
    assert "attachment; filename=guests-2027-05-30.xlsx" in file.headers["Content-Disposition"]
    sheet = load_workbook(io.BytesIO(file.get_data())).active
    kinds = {cell.data_type for row in sheet.iter_rows() for cell in row}
    assert kinds <= {"s", "n"}
    assert name.strip() in {str(cell.value).strip() for cell in sheet[2]}


def test_files_have_the_end_of_the_phone_alone_and_leave_a_trace(
    client: FlaskClient, session: Session, orchard: Orchard, later: list[Booking]
) -> None:
    table = client.get("/desk/guests/guests.csv?show=expected").get_data(as_text=True)
    assert "0123" not in table
    assert "9876" in table
    assert "138000" not in table
    book = load_workbook(io.BytesIO(client.get("/desk/guests/guests.xlsx").get_data()))
    cells = [str(cell) for row in book.active.iter_rows(values_only=True) for cell in row]
    assert "0123" in cells
    assert not any("138000" in cell for cell in cells)
    entries = session.scalars(
        sa.select(AuditEntry).where(AuditEntry.action == "bookings.export")
    ).all()
    assert [(each.subject_id, each.after) for each in entries] == [
        ("2027-05-30", {"rows": 2, "show": "expected"}),
        ("2027-05-30", {"rows": 3, "show": "everybody"}),
    ]


def test_paper_has_everybody_and_no_whole_number(
    client: FlaskClient, orchard: Orchard, later: list[Booking]
) -> None:
    page = client.get("/desk/guests/print").text
    assert names(page) == {"王小妹", "赵大%", "孙三"}
    assert "<td>0123</td>" in page
    assert not re.search(r"138\d{4}", page)


def test_long_lists_come_in_pages(
    client: FlaskClient, session: Session, orchard: Orchard, at: datetime
) -> None:
    slot = make_slot(session, orchard.slot.experience, at + HOUR, capacity=60)
    holds = [make_hold(session, slot, at, adults=1) for _ in range(55)]
    for number, hold in enumerate(holds):
        confirm(session, hold, at, name=f"客{number:02}", phone=f"+86138111{number:05}")
    session.commit()
    session.expunge_all()
    with statements(session) as asked:
        first = client.get("/desk/guests/").text
    assert len(asked) == 7, asked
    assert first.count('class="tasks__one"') == 50
    assert "第2页" in first
    second = client.get("/desk/guests/?page=2").text
    assert second.count('class="tasks__one"') == 6
    for number in ("0", "-3", "99999", "x"):
        assert client.get(f"/desk/guests/?page={number}").status_code == 200
    assert client.get("/desk/guests/print").text.count("<tr>") == 57
