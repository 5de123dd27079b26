"""The browser libraries are those of the lock, whole, each with its licence."""

import gzip
import json

import brotli
from flask import Flask

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


def test_what_is_large_is_compressed_beforehand(app: Flask) -> None:
    """Served as made, by what the browser takes; with its own type, and kept for a year."""
    name = "vendor/zxing-wasm/zxing_reader.wasm"
    whole = (vendor.VENDOR / "zxing-wasm" / "zxing_reader.wasm").read_bytes()
    unpacked = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}
    for encoding, unpack in unpacked.items():
        headers = {"Accept-Encoding": encoding or "identity"}
        with app.test_client().get(f"/static/{name}?v=1", headers=headers) as answer:
            assert answer.headers.get("Content-Encoding") == encoding
            assert unpack(answer.data) == whole
            assert answer.mimetype == "application/wasm"
            assert answer.cache_control.immutable
            if encoding:
                assert "Accept-Encoding" in answer.vary
                suffix = {"br": ".br", "gzip": ".gz"}[encoding]
                assert answer.data == (vendor.STATIC / (name + suffix)).read_bytes()


def test_the_lock_names_no_host_and_checks_every_file() -> None:
    packages = json.loads(vendor.LOCK.read_text())["packages"]
    libraries = {name: each for name, each in packages.items() if name}
    assert set(vendor.PARTS) == set(packages[""]["dependencies"])
    assert all(each["integrity"].startswith("sha512-") for each in libraries.values())
    assert not any("resolved" in each for each in libraries.values())
