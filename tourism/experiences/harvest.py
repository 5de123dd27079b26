"""From ripe fruit to a capacity: the arithmetic, and nothing else.

Three things limit how many may come to each arrival window of the rest of the day:

- the fruit: ripe grams by grams a head, shared evenly by the windows still to come;
- the rows: rows open by people a row holds, shared by the windows whose people are there at once;
- the staff: staff by visitors one can look after, shared by the same.

The smallest of the three is proposed. `docs/harvest.md` has an example.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from tourism.experiences.models import Slot


@dataclass(frozen=True, slots=True)
class Said:
    """What the host said of the day."""

    ripe_g: int
    head_g: int
    rows_open: int
    row_people: int
    staff: int
    staff_people: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """How many may come to each window, and what each of the three would allow."""

    said: Said
    windows: int  # still to come
    at_once: int  # windows whose people are there together
    by_fruit: int
    by_rows: int
    by_staff: int

    @property
    def places(self) -> int:
        return min(self.by_fruit, self.by_rows, self.by_staff)

    @property
    def heads(self) -> int:
        """How many people the ripe fruit is enough for."""
        return self.said.ripe_g // self.said.head_g

    @property
    def is_picked_out(self) -> bool:
        return self.by_fruit == 0


def propose(said: Said, windows: int, at_once: int) -> Proposal:
    """What the host's words mean for each of the windows still to come."""
    return Proposal(
        said=said,
        windows=windows,
        at_once=at_once,
        by_fruit=said.ripe_g // said.head_g // max(1, windows),
        by_rows=said.rows_open * said.row_people // max(1, at_once),
        by_staff=said.staff * said.staff_people // max(1, at_once),
    )


def windows_at_once(slots: Sequence[Slot], stay: timedelta) -> int:
    """Of how many windows people can be there at the same time, at most."""
    return max(
        (
            sum(each.starts_at <= slot.starts_at < each.ends_at + stay for each in slots)
            for slot in slots
        ),
        default=1,
    )
