# SPDX-License-Identifier: Apache-2.0
"""Runs what doc/attach.md tells to type, in an empty folder, and looks at what comes of it.

    tutorial.py PAGE GMATTACH

Exit code 77 where GM_ARCHIVES does not name the folder of archives that the page needs.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile


def main():
    page, program = (pathlib.Path(argument).resolve() for argument in sys.argv[1:])
    archives = os.environ.get("GM_ARCHIVES", "")
    if not pathlib.Path(archives, "models", "cifar10-resnet20.onnx").is_file() or not archives:
        print("GM_ARCHIVES names no folder with models/cifar10-resnet20.onnx: the tutorial is not tried")
        return 77
    commands = re.findall(r"^```sh\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)
    path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    with tempfile.TemporaryDirectory() as folder:
        for command in commands:
            subprocess.run(["sh", "-euc", command], cwd=folder, check=True, env={**os.environ, "PATH": path})
        figures = json.loads(pathlib.Path(folder, "cifar10.json").read_text())
        files = {name.suffix for name in pathlib.Path(folder).glob("cifar10.*")}
    print(json.dumps({name: figures[name] for name in ("test", "outliers", "mistakes")}, indent=1))
    test, textures = figures["test"], figures["outliers"]["textures"]
    wrong = [what for what, holds in {
        "three files": files == {".onnx", ".json", ".html"},
        "as accurate as the network": test["accuracy"] > test["own_accuracy"] - 0.03,
        "few refused": test["false_reject_at_0.05"] < 0.1,
        "textures told apart": textures["auroc"] > 0.9,
    }.items() if not holds]
    print("not so:", ", ".join(wrong)) if wrong else print("as the page says")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
