# SPDX-License-Identifier: Apache-2.0
"""Writes the source files that a page shows, and one that includes them all.

extract.py PAGE FOLDER SOURCE

A file is a block of C++ after a line that ends with its path: `trainer/gmtrain/networks/tiny.cpp`:
"""

import pathlib
import re
import sys

BLOCK = re.compile(r"`(trainer/[\w/]+\.cpp)`:\n\n```cpp\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def main():
    page, folder, source = map(pathlib.Path, sys.argv[1:])
    blocks = BLOCK.findall(page.read_text())
    if not blocks:
        sys.exit(f"{page}: expected files, a block of C++ after the line with its path, found none")
    for name, text in blocks:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    source.write_text("".join(f'#include "{folder / name}"\n' for name, _ in blocks))


if __name__ == "__main__":
    main()
