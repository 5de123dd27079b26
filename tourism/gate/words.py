"""What the gate's page says, in the page's language; the script fills in the {braces}.

Each outcome has lines of reason and one next step, in words for somebody on their first day. A
line of which a value is unknown is left out by the script.
"""

from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext


def gate_words() -> dict[str, Any]:
    """All texts of the scanning page, as one JSON block."""
    return {
        "verdicts": {
            "admit": _("Come in"),
            "check": _("Have a look"),
            "refuse": _("Not in"),
            "leave": _("Out"),
            "undone": _("Taken back"),
            "unknown": _("Not decided"),
        },
        "people": {
            "one": ngettext("person", "people", 1),
            "other": ngettext("person", "people", 2),
        },
        "outcomes": _outcomes() | _conflicts() | _troubles(),
        "keys": {
            "next": _("Next"),
            "no": _("Do not let in"),
            "admit": _("Let %(people)s in", people="{people}"),
            "leave": _("Let %(people)s out", people="{people}"),
            "no_leave": _("Nobody leaves"),
            "change": _("Another number"),
            "change_question": _("How many really?"),
            "force": _("Let in all the same"),
            "force_question": _("How many, and why?"),
            "nobody": _("Nobody"),
            "back": _("Back to the answer"),
            "again": _("Try again"),
            "give_up": _("Give up"),
        },
        "enrol": _enrolment(),
        "camera": _camera(),
        "due": _("To be paid here: %(amount)s", amount="{amount}"),
        "closures": {
            "rain": _("rain"),
            "picked-out": _("all picked"),
            "other": _("the owner's decision"),
        },
        "present": {
            "of": _("%(people)s of %(capacity)s", people="{people}", capacity="{capacity}")
        },
        "asking": _("Checking …"),
        "status": _status(),
        "walk_in": _walk_in(),
        "found": {
            "party": _("party of %(party)s", party="{party}"),
            "none": _("Nothing found for today. Check it and type once more."),
            "offline": _("Without a connection only booking numbers can be found."),
            "too_often": _("Too many searches. Wait a minute."),
        },
        "checks": _checks(),
        "now_at": _("This phone scans for: %(gate)s", gate="{gate}"),
        "log": {"none": _("Nobody yet.")},
    }


def _outcomes() -> dict[str, Any]:
    """One entry for each outcome of `admissions.models.Outcome`."""
    time, day, gate, place = "{time}", "{day}", "{gate}", "{place}"
    booked = _("Booked: %(time)s", time=time)
    return {
        "ok": _say(
            ["{experience}", booked, _("%(left)s more may follow with this ticket", left="{left}")],
            "",
        ),
        "ok_unlisted": _say(
            [_("The code is genuine; this phone's list does not have it yet"), booked],
            _("Let them in. The phone checks it when it has a connection."),
        ),
        "ok_stale": _say(
            ["{experience}", booked, _("This phone's list is old")],
            _("Let them in. Find a signal soon, so that the list is renewed."),
        ),
        "partial": _say(
            [
                _(
                    "%(left)s of %(party)s people may still come in with this ticket",
                    left="{left}",
                    party="{party}",
                )
            ],
            _("Let those in; the others need a ticket of their own."),
        ),
        "early": _say(
            [_("%(minutes)s minutes too early", minutes="{minutes}"), booked],
            _("If there is room, let them in. Otherwise ask them to wait."),
        ),
        "late": _say(
            [_("%(minutes)s minutes too late", minutes="{minutes}"), booked],
            _("If there is room, let them in. Otherwise send them to the office."),
        ),
        "closed": _say(
            [_("This time was called off: %(reason)s", reason="{reason}"), booked],
            _("The page of their booking offers another time. Let them in if the owner agrees."),
        ),
        "clock_wrong": _say(
            [_("This phone's clock is behind"), booked],
            _("Let it set its clock by itself, or find a signal. Then scan once more."),
        ),
        "out": _say(
            [
                "{experience}",
                _("%(away)s of %(party)s are out", away="{away}", party="{party}"),
            ],
            _("Coming back, they show the same code."),
        ),
        "out_partial": _say(
            [_("%(inside)s of %(party)s are inside", inside="{inside}", party="{party}")],
            _("Count those who leave."),
        ),
        "not_inside": _say(
            [_("By the list, nobody of this party is inside")],
            _("They may go. Nothing is counted."),
        ),
        "undone": _say([_("That scan counts no more")], _("Scan once more if they come in.")),
        "used": _say(
            [
                _("All went in already: %(party)s of %(party)s", party="{party}"),
                _("First at %(when)s, %(gate)s", when="{first}", gate=gate),
            ],
            _("Ask for another ticket. If they have none, call the office."),
        ),
        "wrong_day": _say(
            [_("The ticket is for another day"), f"{day} {time}"],
            _("Show them the day. They can book again on the website."),
        ),
        "wrong_place": _say(
            [
                _("The ticket is for %(place)s", place=place),
                _("About %(km)s km from here in a straight line", km="{km}"),
            ],
            _("Show them the name of the orchard."),
        ),
        "cancelled": _say(
            [_("The booking was cancelled"), booked],
            _("They can book again on the website if there is room."),
        ),
        "blocked": _say(
            [_("The office has stopped this ticket")], _("Ask them to wait and call the office.")
        ),
        "unknown_ticket": _say(
            [_("The code is genuine, but no booking has it")],
            _("Ask them to wait and call the office."),
        ),
        "unknown_code": _say(
            [_("No booking has the number %(code)s", code="{code}")],
            _("Check each letter, or scan the QR code."),
        ),
        "not_ticket": _say(
            [_("This is not a ticket of ours")],
            _("Ask for the QR code on the page of their booking."),
        ),
        "not_code": _say(
            [_("A booking number has 8 letters and digits")], _("Check it and type it once more.")
        ),
        "unknown_key": _say(
            [_("This ticket was signed with a key that is no longer good")],
            _("Ask them to open the page of their booking and show the code there."),
        ),
        "bad_signature": _say(
            [_("This code was changed or is a fake")],
            _("Ask for the page of their booking. If it says the same, do not let them in."),
        ),
    }


def _conflicts() -> dict[str, Any]:
    """What comes to light when phones have told each other."""
    look = _("Nothing to do at the gate. The office looks into it.")
    return {
        "conflict_used": _say([_("This ticket also let people in at another gate")], look),
        "conflict_cancelled": _say([_("This ticket had been cancelled before")], look),
        "conflict_unknown_ticket": _say([_("No booking has this ticket")], look),
    }


def _troubles() -> dict[str, Any]:
    """When there is no answer: nothing was decided, and the page says so."""
    return {
        "offline": _say(
            [_("No connection, so this phone cannot know")],
            _("Look for a better signal and try again. Nobody is counted twice."),
        ),
        "failed": _say(
            [_("The server could not answer")], _("Try again. Nobody is counted twice.")
        ),
        "storage_full": _say(
            [_("This phone has no room left to keep the scan, so nobody was counted")],
            _("Find a signal and try again, use another phone, or delete photos on this one."),
        ),
    }


def _say(lines: list[str], then: str) -> dict[str, Any]:
    return {"lines": lines, "next": then}


def _status() -> dict[str, str]:
    """The line that is always on the screen."""
    count = "{count}"
    return {
        "online": _("Connected"),
        "offline": _("No connection: this phone decides by its list"),
        "list": _("List of %(time)s", time="{time}"),
        "no_list": _("No list yet"),
        "waiting": _("Scans not sent yet: %(count)s", count=count),
        "rejected": _("Scans the server could not take: %(count)s", count=count),
        "alerts": _("Let in twice, the office looks into it: %(count)s", count=count),
    }


def _enrolment() -> dict[str, str]:
    return {
        "code_unknown": _("Nobody was given this code. Check each letter."),
        "code_used": _("Another phone has used this code. Ask for a new one."),
        "code_expired": _("This code has run out. Ask for a new one."),
        "too_often": _("Too many tries. Wait a minute."),
        "offline": _("No connection. Look for a better signal and try again."),
        "failed": _("The server could not answer. Try again."),
        "device_revoked": _("This phone may no longer scan. Ask for a new code if it should."),
        "no_store": _("This browser keeps nothing. Leave private browsing and try again."),
        "no_room": _(
            "This phone has no room left. Delete photos or videos, then open this page again."
        ),
    }


def _walk_in() -> dict[str, Any]:
    """Selling to people without a booking."""
    return {
        "left": _("%(count)s places left", count="{count}"),
        "mine": _("this phone may sell %(count)s without a connection", count="{count}"),
        "sell": _("Let %(people)s in", people="{people}"),
        "fewer": _("One fewer: %(unit)s", unit="{unit}"),
        "more": _("One more: %(unit)s", unit="{unit}"),
        "errors": {
            "no_slot": _("There is no time now for people without a booking."),
            "slot_full": _("There are not so many places left."),
            "ceiling_full": _("It is too full at the moment. Ask them to wait."),
            "slot_over": _("This time is over. Choose another."),
            "slot_closed": _("This time is not open. Ask the owner."),
            "walk_in_early": _("It is too early for this time."),
            "party_empty": _("Count the people first."),
            "party_too_large": _("The party is too large. Sell it in two parts."),
            "party_needs_company": _("Children may not come in alone."),
            "wrong_place": _("This time is at another orchard."),
            "offline": _("No connection, and this phone was given no more places."),
            "storage_full": _("This phone has no room left to keep the sale. Nothing was sold."),
            "failed": _("The server could not answer. Try again."),
        },
    }


def _checks() -> dict[str, dict[str, str]]:
    """What must be right before the first guest, and what to do about it."""
    return {
        "app": {
            "title": _("The page starts without a network"),
            "then": _("Stay connected for a minute, then open the page once more."),
        },
        "keys": {
            "title": _("Codes can be verified"),
            "then": _("Connect once. If it stays like this, use a newer browser."),
        },
        "list": {
            "title": _("The list is here: %(count)s tickets today", count="{count}"),
            "then": _("Connect, so that the list is fetched."),
        },
        "camera": {
            "title": _("The camera works"),
            "then": _("Press “Start scanning” and allow the camera."),
        },
        "clock": {
            "title": _("The clock is right"),
            "then": _("Set date and time to automatic in the phone's settings."),
        },
        "storage": {
            "title": _("Scans are kept safely"),
            "then": _("Put the page on the home screen and open it from there."),
        },
        "sealed": {
            "title": _("What is kept here is encrypted"),
            "then": _(
                "This browser cannot do it. Set a screen lock, and leave the phone with nobody."
            ),
        },
    }


def _camera() -> dict[str, str]:
    return {
        "denied": _("The camera is not allowed. Allow it for this page in the browser's settings."),
        "none": _("This phone has no camera that works. Type the booking numbers instead."),
        "busy": _("Another app is using the camera. Close it and start again."),
        "insecure": _(
            "The camera works only at an https address. Type the booking numbers instead."
        ),
        "failed": _("The camera did not start. Reload the page, or type the booking numbers."),
    }
