"""How entries of the audit read: who, what, on what. An unknown word is shown as it is kept."""

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from tourism.audit.models import AuditEntry

ACTIONS = {
    "people.register": _l("account made"),
    "people.sign_in": _l("signed in"),
    "people.change_password": _l("password changed"),
    "people.reset_password": _l("new password given"),
    "people.change_role": _l("work changed"),
    "people.change_operators": _l("orchards changed"),
    "people.invite_member": _l("invited to work for an orchard"),
    "people.renew_invitation": _l("invitation made anew"),
    "people.revoke_invitation": _l("invitation taken back"),
    "people.join": _l("began to work for an orchard"),
    "people.remove": _l("ceased to work for an orchard"),
    "people.enable": _l("account opened"),
    "people.disable": _l("account shut"),
    "slots.change_capacity": _l("capacity changed"),
    "slots.close": _l("no more bookings"),
    "slots.reopen": _l("bookings again"),
    "slots.free": _l("no booking needed now"),
    "slots.book": _l("booking needed again"),
    "slots.make": _l("one time added"),
    "harvest.save": _l("ripe fruit told"),
    "harvest.ripeness": _l("note on ripeness"),
    "harvest.weigh": _l("fruit sold"),
    "harvest.void": _l("sale of fruit taken back"),
    "schedule.save": _l("weekly pattern kept"),
    "schedule.day": _l("one day decided"),
    "schedule.apply": _l("times made from the pattern"),
    "schedule.copy": _l("a day copied"),
    "experience.stay": _l("length of stay changed"),
    "experience.price": _l("price changed"),
    "slots.hold_back": _l("places held back"),
    "slots.allot": _l("places given to a phone to sell"),
    "booking.walk_in": _l("sold on the spot"),
    "booking.no_show": _l("has not come: places kept for others"),
    "booking.came_late": _l("came late: places taken back"),
    "experience.create": _l("experience made"),
    "experience.change": _l("experience changed"),
    "experience.unit": _l("price list changed"),
    "experience.publish": _l("experience published"),
    "experience.withdraw": _l("experience withdrawn"),
    "experience.archive": _l("experience archived"),
    "experience.restore": _l("experience brought back"),
    "operators.create": _l("host added"),
    "operators.change": _l("host changed"),
    "operators.archive": _l("host archived"),
    "operators.restore": _l("host brought back"),
    "gates.create": _l("gate added"),
    "gates.change": _l("gate changed"),
    "gates.archive": _l("gate archived"),
    "gates.restore": _l("gate brought back"),
    "experience.no_shows": _l("grace for who does not come changed"),
    "experience.line": _l("order of the waiting list changed"),
    "experience.rules": _l("rules of an experience changed"),
    "ceiling.set": _l("ceiling set"),
    "ceiling.change": _l("ceiling changed"),
    "ceiling.remove": _l("ceiling removed"),
    "booking.hold": _l("places held"),
    "booking.extend": _l("hold extended"),
    "booking.confirm": _l("booking confirmed"),
    "booking.update": _l("booking changed"),
    "booking.cancel": _l("booking cancelled"),
    "booking.expire": _l("hold expired"),
    "booking.move": _l("booking moved"),
    "booking.shrink": _l("party made smaller"),
    "slots.closure": _l("closed, other times offered"),
    "waiting.join": _l("began to wait"),
    "waiting.leave": _l("stopped waiting"),
    "waiting.offer": _l("places kept for who waited"),
    "booking.open_phone": _l("phone number of a party opened"),
    "bookings.export": _l("bookings downloaded"),
    "devices.invite": _l("code for a phone made"),
    "devices.enrol": _l("phone enrolled"),
    "devices.revoke": _l("phone revoked"),
    "gate.search": _l("searched by the end of a phone number"),
    "scans.undo": _l("took a scan back"),
    "conflicts.settle": _l("looked into a party let in twice"),
    "channels.create": _l("channel added"),
    "channels.change_terms": _l("terms of a channel changed"),
    "channels.issue_key": _l("key of a channel made"),
    "channels.revoke_key": _l("key of a channel revoked"),
    "channels.subscribe": _l("address for notices made"),
    "channels.change_subscription": _l("address for notices changed"),
    "channels.unsubscribe": _l("address for notices ended"),
    "channels.pause_subscription": _l("notices paused"),
    "channels.resume_subscription": _l("notices go on"),
    "channels.retry_notices": _l("notices tried again"),
    "destination.loaded": _l("map data loaded"),
    "calendar.loaded": _l("festivals loaded"),
    "demo.loaded": _l("sample data loaded"),
    "demo.removed": _l("sample data removed"),
}
_KINDS = {
    "user": _l("somebody"),
    "device": _l("gate phone"),
    "channel": _l("channel"),
    "slot": _l("time"),
    "ceiling": _l("ceiling"),
    "experience": _l("experience"),
    "operator": _l("host"),
    "gate": _l("gate"),
    "booking": _l("booking"),
    "enrolment": _l("code for a phone"),
    "invitation": _l("invitation"),
    "ticket": _l("ticket"),
    "destination": _l("destination"),
    "day": _l("day"),
    "system": _l("the system"),
    "visitor": _l("a visitor"),
}


def action_word(action: str) -> str:
    return str(ACTIONS.get(action, action))


def actor_word(actor: str, names: Mapping[int, str]) -> str:
    """The name of a person, otherwise the kind of actor and its number."""
    kind, _sep, key = actor.partition(":")
    return subject_word(kind, key, names)


def subject_word(kind: str, key: str, names: Mapping[int, str]) -> str:
    if kind == "user" and key.isdecimal() and int(key) in names:
        return names[int(key)]
    word = str(_KINDS.get(kind, kind))
    return str(_("%(kind)s %(key)s", kind=word, key=key)) if key else word


def changes(entry: AuditEntry) -> list[tuple[str, object, object]]:
    """What was noted about the act: each fact, before and after (None where there was none)."""
    before, after = entry.before or {}, entry.after or {}
    return [(fact, before.get(fact), after.get(fact)) for fact in {**before, **after}]
