#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the twenty pictures: pictures.py RUN, a run of mnist-100d-lgm-1 after `gmtrain attack RUN --images 20`.

Which ones is fixed here and does not follow what a model says of them: the first test image of each of the classes 0 to 4
of MNIST and of Fashion-MNIST, attacks on the first three of these digits, and four pictures that show nothing.
Needs numpy and OpenCV for Python (tests/requirements-opencv.txt).
"""

import pathlib
import shutil
import sys

import cv2
import numpy as np

CLOTHES = ["t-shirt", "trouser", "pullover", "dress", "coat"]
DIGITS = [str(digit) for digit in range(5)]
SIDE = 28


def first_of_each_class(folder, names):
    """Yields name, number in the test set and file for the first image of each of the classes 0 to len(names) - 1."""
    for label, name in enumerate(names):
        file = min(folder.glob(f"*_{label}.png"), default=None)
        if file is None:
            sys.exit(f"pictures.py: {folder}: expected an image of class {label}, *_{label}.png, found none")
        yield name, file.stem.split("_")[0], file


def copy(images, out):
    for name, number, file in first_of_each_class(images / "clean", DIGITS):
        shutil.copyfile(file, out / "digits" / f"{name}-mnist-test-{number}.png")
    for name, number, file in first_of_each_class(images / "fashion_mnist", CLOTHES):
        shutil.copyfile(file, out / "clothes" / f"{name}-fashion-mnist-test-{number}.png")
    for attack in ("fgsm_0.3", "pgd_0.3"):
        for name, number, file in first_of_each_class(images / attack, DIGITS[:3]):
            shutil.copyfile(file, out / "attacked" / f"{name}-{attack}-mnist-test-{number}.png")


def write_foreign(out):
    noise = np.random.RandomState(1)  # the generator whose numbers NumPy promises to keep
    foreign = {
        "noise-uniform": noise.randint(0, 256, (SIDE, SIDE)),
        "noise-black-and-white": 255 * noise.randint(0, 2, (SIDE, SIDE)),
        "black": np.zeros((SIDE, SIDE)),
        "grey-128": np.full((SIDE, SIDE), 128),
    }
    for name, pixels in foreign.items():
        cv2.imwrite(str(out / "foreign" / f"{name}.png"), pixels.astype(np.uint8))


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    out = pathlib.Path(__file__).parent / "pictures"
    for folder in ("digits", "clothes", "attacked", "foreign"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    copy(pathlib.Path(sys.argv[1]) / "images", out)
    write_foreign(out)


if __name__ == "__main__":
    main()
