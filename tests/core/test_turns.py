"""Writers wait for their turn, and get it in the order in which they came."""

import time
from contextlib import suppress
from threading import Event, Thread

import pytest

from tourism.core.turns import FairQueue

pytestmark = pytest.mark.flaky(reruns=0)  # once in a hundred times is what these look for


def test_writers_get_their_turn_in_the_order_of_coming() -> None:
    queue, served, threads = FairQueue(), [], []

    def write(number: int) -> None:
        with queue:
            served.append(number)

    with queue:
        for number in range(8):
            threads.append(Thread(target=write, args=(number,)))
            threads[-1].start()
            while len(queue._waiting) <= number:
                time.sleep(0.001)
    for each in threads:
        each.join(10)
    assert served == list(range(8))


def test_who_comes_back_at_once_waits_behind_the_others() -> None:
    """A busy writer cannot push in before those who waited while it wrote."""
    queue, served, asked = FairQueue(), [], Event()

    def write() -> None:
        asked.set()
        with queue:
            served.append("other")

    with queue:
        other = Thread(target=write)
        other.start()
        asked.wait(10)
        while not queue._waiting:
            time.sleep(0.001)
    with queue:
        served.append("again")
    other.join(10)
    assert served == ["other", "again"]


def test_a_failed_writer_lets_the_next_one_in() -> None:
    queue = FairQueue()
    with pytest.raises(ValueError, match="broken"), queue:
        raise ValueError("broken")
    with queue:
        pass


def test_a_transaction_inside_a_transaction_is_a_mistake_and_no_deadlock() -> None:
    queue = FairQueue()
    with queue, pytest.raises(RuntimeError), queue:
        pass


def test_one_turn_is_for_all_who_stand_in_line_with_an_act() -> None:
    """Up to the first who wants the turn alone; then the next line."""
    queue, turns = FairQueue(), []

    def come(act: str) -> None:
        if act == "alone":
            with queue:
                turns.append(["alone"])
            return
        with queue.together(act) as acts:
            turns.append(acts)

    threads = [Thread(target=come, args=(act,)) for act in ("a", "b", "alone", "c", "d", "e")]
    with queue:
        for number, each in enumerate(threads):
            each.start()
            while len(queue._waiting) <= number:
                time.sleep(0.001)
    for each in threads:
        each.join(10)
    assert [turn for turn in turns if turn] == [["a", "b"], ["alone"], ["c", "d", "e"]]
    assert turns.count([]) == 3


def test_whoever_shares_a_turn_goes_on_even_when_it_fails() -> None:
    queue, ended = FairQueue(), []

    def fail() -> None:
        with suppress(ValueError), queue.together("first"):
            raise ValueError("broken")
        ended.append("first")

    def follow() -> None:
        with queue.together("second") as acts:
            ended.append(acts)

    with queue:
        threads = [Thread(target=fail), Thread(target=follow)]
        for number, each in enumerate(threads):
            each.start()
            while len(queue._waiting) <= number:
                time.sleep(0.001)
    for each in threads:
        each.join(10)
    assert sorted(ended, key=str) == [[], "first"]
    with queue:
        pass
