# SPDX-License-Identifier: Apache-2.0
"""Data sets that come as tar archives in a folder of the user's, which GM_ARCHIVES names."""

import hashlib
import os
import pathlib
import shutil
import tarfile

from checks import DataError, require

VARIABLE = "GM_ARCHIVES"


def find(name):
    """The archive `name`."""
    folder = os.environ.get(VARIABLE)
    if not folder:
        raise DataError(f"set {VARIABLE} to the folder that {name} is in")
    file = pathlib.Path(folder) / name
    if not file.is_file():
        raise DataError(f"{name} is not in {folder}, the folder that {VARIABLE} names")
    return file


def extract(name, sha256, folder, suffixes, strip=0):
    """Writes the files with one of the suffixes, without the first `strip` parts of their names, below
    `folder`. Nothing but the contents of regular files comes out of an archive, to nowhere else."""
    file = find(name)
    require(file, sha256)
    try:
        with tarfile.open(file, "r|*") as archive:
            for member in archive:
                path = pathlib.PurePosixPath(member.name)
                if path.is_absolute() or ".." in path.parts:
                    raise DataError(f"{file}: {member.name} points out of the folder")
                if member.isfile() and path.name.endswith(suffixes) and not path.name.startswith("."):
                    write(archive.extractfile(member), folder.joinpath(*path.parts[strip:]))
    except (tarfile.TarError, EOFError, OSError) as error:
        raise DataError(f"{file}: {error}") from error


def write(source, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "xb") as target:
        shutil.copyfileobj(source, target)


def digest(folder):
    """SHA-256 of the names and contents of all files below a folder, but for those that begin with '.'."""
    whole = hashlib.sha256()
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    for name in names:
        if not name.rpartition("/")[2].startswith("."):
            content = hashlib.sha256((folder / name).read_bytes()).hexdigest()
            whole.update(f"{content}  {name}\n".encode())
    return whole.hexdigest()
