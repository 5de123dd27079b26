"""The browser libraries are those of the lock, whole, each with its licence."""

import json

from tourism.cli import vendor


def test_the_folder_was_filled_by_the_lock() -> None:
    """`make test` has run `tourism vendor` before."""
    assert vendor.is_current()


def test_every_file_is_there_with_its_licence() -> None:
    for library, files in vendor.PARTS.items():
        assert "LICENSE" in files
        for name in files:
            found = vendor.VENDOR / library / name
            assert found.is_dir() or found.stat().st_size > 0


def test_the_lock_names_no_host_and_checks_every_file() -> None:
    packages = json.loads(vendor.LOCK.read_text())["packages"]
    libraries = {name: each for name, each in packages.items() if name}
    assert set(vendor.PARTS) == set(packages[""]["dependencies"])
    assert all(each["integrity"].startswith("sha512-") for each in libraries.values())
    assert not any("resolved" in each for each in libraries.values())
