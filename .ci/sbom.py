# SPDX-License-Identifier: Apache-2.0
"""Lists what is in a build, as CycloneDX: the Debian packages whose headers were compiled in or whose libraries the
programs load, the Python packages of its environment, and what of it belongs to no package."""

import json
import pathlib
import platform
import re
import subprocess
import sys

from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL

# Run by the build's own Python.
LIST_PACKAGES = """
import importlib.metadata as metadata, json
print(json.dumps(sorted({(each.metadata["Name"], each.version) for each in metadata.distributions()})))
"""


def said_by(*command):
    """What a command prints. That it fails may be what it has to say."""
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    return done.stdout


def headers(build):
    """Of the last compilation of each source."""
    found = re.findall(r"^    (/.+)$", said_by("ninja", "-C", str(build), "-t", "deps"), re.MULTILINE)
    return {path for path in found if path.startswith("/usr/")}


def libraries(build):
    """What the loader finds for programs and libraries of the build."""
    made = [path for folder in ("bin", "lib") for path in (build / folder).glob("*") if path.is_file()]
    found = {path for each in made for path in re.findall(r"=> (/\S+)", said_by("ldd", str(each)))}
    return {path for path in found if not pathlib.Path(path).resolve().is_relative_to(build.resolve())}


def names_of(path):
    """The file's own name behind links, and what a package may know it by from before /lib became /usr/lib."""
    names = [path, str(pathlib.Path(path).resolve())]
    return [each for name in names for each in (name, name.removeprefix("/usr"), "/usr" + name)]


def owners(paths):
    """The Debian packages of files, and the files without one."""
    names = {path: names_of(path) for path in paths}
    asked = sorted({name for each in names.values() for name in each})
    packages = {}
    for start in range(0, len(asked), 1000):
        for line in said_by("dpkg-query", "--search", *asked[start : start + 1000]).splitlines():
            package, _, file = line.partition(": ")
            packages[file] = package.split(", ")[0]
    found = {path: next((packages[name] for name in each if name in packages), None) for path, each in names.items()}
    return {package for package in found.values() if package}, {path for path, package in found.items() if not package}


def debian(packages):
    release = platform.freedesktop_os_release()
    form = "${Package} ${Version} ${Architecture}\n"
    for line in said_by("dpkg-query", "--show", "--showformat", form, *sorted(packages)).splitlines():
        name, version, architecture = line.split()
        qualifiers = {"arch": architecture, "distro": f"{release['ID']}-{release.get('VERSION_ID', '')}"}
        yield Component(name=name, version=version, type=ComponentType.LIBRARY,
                        purl=PackageURL("deb", release["ID"], name, version, qualifiers))


def python(build):
    interpreter = build / "python/bin/python"
    if interpreter.exists():
        for name, version in json.loads(said_by(str(interpreter), "-c", LIST_PACKAGES)):
            yield Component(name=name, version=version, type=ComponentType.LIBRARY,
                            purl=PackageURL("pypi", None, name.lower().replace("_", "-"), version))


def unpackaged(paths):
    """By folder: /usr/local/cuda."""
    for folder in sorted({"/".join(path.split("/")[:4]) for path in paths}):
        yield Component(name=folder, type=ComponentType.LIBRARY, description="belongs to no package")


def main(build, out):
    if not (build / "CMakeCache.txt").exists():
        sys.exit(f"sbom.py: {build}: expected a build folder")
    version = re.search(r"CMAKE_PROJECT_VERSION:STATIC=(.*)", (build / "CMakeCache.txt").read_text())[1]
    packages, others = owners(headers(build) | libraries(build))
    bom = Bom()
    bom.metadata.component = Component(name="dnn_gm", version=version, type=ComponentType.LIBRARY)
    for component in (*debian(packages), *python(build), *unpackaged(others)):
        bom.components.add(component)
        bom.register_dependency(bom.metadata.component, [component])
    make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_to_file(str(out), allow_overwrite=True, indent=2)
    print(f"{out}: {len(bom.components)} components")


main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
