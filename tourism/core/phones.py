"""Phone numbers: what people type, to E.164."""

import re
from enum import StrEnum

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

# Digits of any script, and what people put between and before them.
_TYPED = re.compile(r"(?=.*\d)[+＋]?[\d\s()（）./·‐-―−-]+")


class PhoneFault(StrEnum):
    LETTERS = "letters"  # something that is no part of a number
    LENGTH = "length"  # a mobile number of the region with digits missing or too many
    UNKNOWN = "unknown"  # looks like a number, but there is none such


class PhoneError(ValueError):
    """What is wrong with a number, how many digits it has and how many are expected."""

    def __init__(self, fault: PhoneFault, digits: int, expected: int) -> None:
        super().__init__(fault)
        self.fault, self.digits, self.expected = fault, digits, expected


def parse_phone(text: str, region: str) -> str:
    """The number in E.164. Without a leading + it is one of the region (a country's two letters).

    Raises PhoneError.
    """
    typed = text.strip()
    if not _TYPED.fullmatch(typed):
        raise _error(PhoneFault.LETTERS, typed, region)
    try:
        number = phonenumbers.parse(typed, region)
    except phonenumbers.NumberParseException as error:
        raise _error(_fault(typed, region), typed, region) from error
    if not phonenumbers.is_valid_number(number):
        raise _error(_fault(typed, region), typed, region)
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def readable_phone(number: str, region: str) -> str:
    """An E.164 number as people of the region write it, with the country's code if it is abroad."""
    parsed = phonenumbers.parse(number)
    at_home = phonenumbers.region_code_for_number(parsed) == region
    form = PhoneNumberFormat.NATIONAL if at_home else PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, form)


def mobile_digits(region: str) -> int:
    """How many digits a mobile number has in that region."""
    example = phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE)
    return len(phonenumbers.national_significant_number(example)) if example else 0


def _fault(typed: str, region: str) -> PhoneFault:
    is_abroad = typed.startswith(("+", "＋"))
    if is_abroad or _count(typed) == mobile_digits(region):
        return PhoneFault.UNKNOWN
    return PhoneFault.LENGTH


def _count(typed: str) -> int:
    return sum(letter.isdecimal() for letter in typed)


def _error(fault: PhoneFault, typed: str, region: str) -> PhoneError:
    return PhoneError(fault, _count(typed), mobile_digits(region))
