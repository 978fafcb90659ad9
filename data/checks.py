# SPDX-License-Identifier: Apache-2.0
"""Checksums, and the error that every part of fetching raises."""

import hashlib


class DataError(Exception):
    """What was fetched is not what was expected; the message names the file."""


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def mismatch(path, expected):
    """What is wrong with the file at `path`, in words; None if its SHA-256 is `expected`."""
    if not path.is_file():
        return f"{path} is missing"
    found = sha256(path)
    return None if found == expected else f"{path} has SHA-256 {found}, expected {expected}"


def require(path, expected):
    if wrong := mismatch(path, expected):
        raise DataError(wrong)
