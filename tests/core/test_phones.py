"""Phone numbers as people type them."""

import pytest

from tourism.core.phones import PhoneError, PhoneFault, mobile_digits, parse_phone, readable_phone


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("13800000123", "+8613800000123"),
        (" 138-0000 0123 ", "+8613800000123"),
        ("１３８００００ ０１２３", "+8613800000123"),
        ("8613800000123", "+8613800000123"),
        ("+86 138 0000 0123", "+8613800000123"),
        ("0518-8680 1234", "+8651886801234"),
        ("＋852 5123 4567", "+85251234567"),
        ("+1 (415) 555-2671", "+14155552671"),
    ],
)
def test_parse_phone_reads_what_people_write(typed: str, number: str) -> None:
    assert parse_phone(typed, "CN") == number


@pytest.mark.parametrize(
    ("typed", "fault", "digits"),
    [
        ("", PhoneFault.LETTERS, 0),
        ("()", PhoneFault.LETTERS, 0),
        ("1800FLOWERS", PhoneFault.LETTERS, 4),
        ("13800000123 ext 4", PhoneFault.LETTERS, 12),
        ("1380000012", PhoneFault.LENGTH, 10),
        ("138000001234", PhoneFault.LENGTH, 12),
        ("51234567", PhoneFault.LENGTH, 8),
        ("12000000000", PhoneFault.UNKNOWN, 11),
        ("+86 138", PhoneFault.UNKNOWN, 5),
        ("1" * 40, PhoneFault.LENGTH, 40),
    ],
)
def test_parse_phone_says_what_is_wrong(typed: str, fault: PhoneFault, digits: int) -> None:
    with pytest.raises(PhoneError) as refusal:
        parse_phone(typed, "CN")
    assert (refusal.value.fault, refusal.value.digits, refusal.value.expected) == (
        fault,
        digits,
        11,
    )


def test_mobile_digits_follow_the_region() -> None:
    assert [mobile_digits(region) for region in ("CN", "HK", "ZZ")] == [11, 8, 0]


def test_readable_phone_has_a_country_code_only_abroad() -> None:
    assert readable_phone("+8613800000123", "CN") == "138 0000 0123"
    assert readable_phone("+85251234567", "CN") == "+852 5123 4567"
    assert readable_phone("+8613800000123", "HK") == "+86 138 0000 0123"
