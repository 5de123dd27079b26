"""Hashes, and which passwords are refused."""

import pytest
from argon2 import PasswordHasher

from tourism.accounts.errors import WeakPasswordError
from tourism.accounts.passwords import (
    check_password,
    hash_password,
    is_outdated,
    random_password,
    refuse_weak,
)


def test_hash_is_argon2id_and_salted() -> None:
    first, second = hash_password("correct horse battery"), hash_password("correct horse battery")
    assert first.startswith("$argon2id$")
    assert first != second


def test_check_password_accepts_only_the_password() -> None:
    kept = hash_password("correct horse battery")
    assert check_password(kept, "correct horse battery")
    assert not check_password(kept, "correct horse batterz")
    assert not check_password(None, "nobody has this password")
    assert not check_password("not a hash", "correct horse battery")


def test_full_width_digits_are_the_same_password() -> None:
    """A Chinese keyboard may send １ for 1."""
    assert check_password(hash_password("海边的樱桃树 2027!"), "海边的樱桃树 ２０２７!")


def test_hash_with_weaker_parameters_is_outdated() -> None:
    assert is_outdated(PasswordHasher(time_cost=1, memory_cost=8192).hash("x" * 10))
    assert not is_outdated(hash_password("correct horse battery"))


@pytest.mark.parametrize(
    ("password", "weakness"),
    [
        ("short", "short"),
        ("x1y2z3w4v", "short"),
        ("a b c d e " * 21, "long"),
        ("Password123", "common"),
        ("1234567890", "common"),
        ("aaaaaaaaaaaab", "common"),
        ("WangXiaomei1", "personal"),
        ("wangxiaomei@qq.com", "personal"),
        ("wang xiaomei", "personal"),
    ],
)
def test_weak_passwords_are_refused_with_the_reason(password: str, weakness: str) -> None:
    with pytest.raises(WeakPasswordError) as refusal:
        refuse_weak(password, "wangxiaomei@qq.com", "Wang Xiaomei")
    assert refusal.value.facts == {"weakness": weakness}


@pytest.mark.parametrize(
    "password", ["correct horse battery", "四月的樱桃红了一半啊", "k7-tbm2-91xq"]
)
def test_good_passwords_pass(password: str) -> None:
    refuse_weak(password, "wangxiaomei@qq.com", "王小妹")


def test_random_passwords_are_long_readable_and_never_twice_the_same() -> None:
    made = {random_password() for _ in range(100)}
    assert len(made) == 100
    for password in made:
        refuse_weak(password)
        assert not set(password) & set("ilou")
