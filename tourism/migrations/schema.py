"""Every model, imported once, so that the metadata is whole."""

from tourism.accounts import models as accounts
from tourism.admissions import models as admissions
from tourism.audit import models as audit
from tourism.bookings import models as bookings
from tourism.channels import models as channels
from tourism.destination import models as destination
from tourism.experiences import models as experiences
from tourism.festivals import models as festivals
from tourism.tickets import models as tickets

__all__ = [
    "accounts",
    "admissions",
    "audit",
    "bookings",
    "channels",
    "destination",
    "experiences",
    "festivals",
    "tickets",
]
