"""The one form of an address."""

import pytest

from tourism.accounts.emails import normal_email
from tourism.accounts.errors import EmailInvalidError


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Wang@Example.ORG ", "wang@example.org"),
        ("ｗａｎｇ＠qq.com", "wang@qq.com"),
        ("王小妹@邮箱.中国", "王小妹@邮箱.中国"),
        ("a+b@mail.example.org", "a+b@mail.example.org"),
    ],
)
def test_normal_email(typed: str, kept: str) -> None:
    assert normal_email(typed) == kept


@pytest.mark.parametrize(
    "typed",
    ["", "wang", "wang@", "@qq.com", "wang@qq", "wang@qq..com", "a b@qq.com", "a@b@qq.com",
     "wang@qq.com\r\nBcc: x@y.z", "wang\x00@qq.com",
     "a" * 65 + "@qq.com", "a@" + "b." * 130 + "com"],
)  # fmt: skip
def test_what_cannot_be_an_address_is_refused(typed: str) -> None:
    with pytest.raises(EmailInvalidError):
        normal_email(typed)
