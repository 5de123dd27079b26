"""What a host says when closing: which slots, why, and a word for those who have booked."""

from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectMultipleField
from wtforms.validators import StopValidation

from tourism.bookings.models import ClosureReason
from tourism.core.languages import EN, ZH_HANS, ZH_HANT, Texts
from tourism.web.converters import LARGEST_KEY
from tourism.web.forms import Form, LineField, at_most

MOST_SLOTS = 500
LONGEST_WORDS = 200
REASONS = {
    ClosureReason.RAIN: _l("Rain"),
    ClosureReason.PICKED_OUT: _l("Everything ripe is picked"),
    ClosureReason.OTHER: _l("Something else"),
}


def _key(value: object) -> int:
    """A number that can be a slot's; 0 is nobody's."""
    text = str(value)
    return int(text) if text.isdecimal() and len(text) < 11 and int(text) <= LARGEST_KEY else 0


def _some(_form: Any, field: Any) -> None:
    if not field.data:
        raise StopValidation(_("Tick at least one time."))
    if len(field.data) > MOST_SLOTS:
        raise StopValidation(_("At most %(num)s times at once.", num=MOST_SLOTS))


def _known(_form: Any, field: Any) -> None:
    if field.data not in {reason.value for reason in REASONS}:
        raise StopValidation(_("Say why."))


class ClosureForm(Form):
    """Read from the address for the plan, and from the body when it is confirmed."""

    slot = SelectMultipleField(_l("Times"), [_some], coerce=_key, validate_choice=False)
    reason = LineField(_l("Reason for closing"), [_known])
    words_zh_hans = LineField(_l("In Simplified Chinese"), [at_most(LONGEST_WORDS)])
    words_zh_hant = LineField(_l("In Traditional Chinese"), [at_most(LONGEST_WORDS)])
    words_en = LineField(_l("In English"), [at_most(LONGEST_WORDS)])

    class Meta(Form.Meta):
        csrf = False  # of the plan, which changes nothing; a body is guarded by the app

    @property
    def words(self) -> Texts:
        """What the host tells the parties, in the languages in which it was written."""
        typed = {
            ZH_HANS: self.words_zh_hans.data,
            ZH_HANT: self.words_zh_hant.data,
            EN: self.words_en.data,
        }
        return {tag: text for tag, text in typed.items() if text}

    @property
    def why(self) -> ClosureReason:
        return ClosureReason(str(self.reason.data))

    @property
    def slot_ids(self) -> list[int]:
        return sorted(set(self.slot.data or []))

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        """A reason that no word names needs words of the host's own."""
        fine: bool = super().validate(*args, **kwargs)
        if self.reason.data == ClosureReason.OTHER and not self.words:
            self.refuse("words_zh_hans", _("Tell those who have booked why, in one language."))
            return False
        return fine


def asked_form() -> ClosureForm:
    return ClosureForm(request.args)


def sent_form() -> ClosureForm:
    return ClosureForm(request.form)
