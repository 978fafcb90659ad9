#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the folders of pictures that doc/outliers.md is measured on: sets.py DATA OUT [SET...]

All of them if none is named. DATA has fashion-mnist, as data/fetch.py leaves it; GM_ARCHIVES names the folder with the
archives. OUT/<set>, in the form of gmtrain's data.outliers, is made once and left alone then. Of larger sets 2000 pictures are
taken, at even steps of their sorted names; the same archives give the same files.
"""

import itertools
import pathlib
import random
import shutil
import sys
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / "data"))

import archives
from checks import DataError, require

MOST = 2000
NOISE = 1000
SIDE = 32
ARCHIVES = {
    "tiny-imagenet": ("tiny-imagenet-val-32px.tar.xz", "0e88e92a418b0dc57c2a2fbc405bcdfa1bdc7f5c1abd177c942779aeeac8d517"),
    "imagenet": ("imagenet-samples-160px.tar.xz", "2942580b02b936b16542af98b005efcaef746d4151198e217e3304f439936804"),
    "textures": ("dtd-10classes-128px.tar.xz", "58c5e8a3f83ab86fe517f695594b8205e34102724d8f799a0e6aea906b133e04"),
    "lfw": ("lfw-view2-aligned112.tar.xz", "0c026ac8a29fbde190dd1cd94d5b77be65ca2f36fddeedddf8adcb2e3c0ce99c"),
    "orl": ("orl-faces.tar.xz", "009bb50f4ea7821853c9e94ffbad11adc6e6047469c608cfeea0f32b1ad5c8ce"),
    "omniglot": ("omniglot-small1.zip", "f38eb80f801274ac2b4dff5b24289016bfaba4a7d5bb50deebf27104ad6cb8a4"),
}


def spread(things):
    """At most MOST of a list, at even steps."""
    return things if len(things) <= MOST else [things[i * len(things) // MOST] for i in range(MOST)]


def unpack(name, sha256, folder):
    if not name.endswith(".zip"):
        return archives.extract(name, sha256, folder, (".jpg", ".JPEG", ".png", ".pgm"))
    require(archives.find(name), sha256)
    with zipfile.ZipFile(archives.find(name)) as archive:
        archive.extractall(folder)


def is_left_out(path, classes):
    """By ImageNet's number of the class, which begins the name of the folder or of the file."""
    return any(part.partition("_")[0] in classes for part in path.parts)


def from_archive(name, sha256):
    def make(folder):
        everything = folder / ".all"
        unpack(name, sha256, everything)
        lines = (HERE / "left_out.txt").read_text().splitlines()
        classes = {line.split()[0] for line in lines if not line.startswith("#")}
        pictures = sorted(path.relative_to(everything) for path in everything.rglob("*") if path.is_file())
        for path in spread([path for path in pictures if not is_left_out(path, classes)]):
            (everything / path).rename(folder / "_".join(path.parts))
        shutil.rmtree(everything)
    return make


def write_pixels(folder, number, side, pixels):
    """Grey or colour as there are pixels for, as PGM or PPM."""
    kind, ending = ("P5", "pgm") if len(pixels) == side * side else ("P6", "ppm")
    (folder / f"{number:04}.{ending}").write_bytes(f"{kind} {side} {side} 255\n".encode() + bytes(pixels))


def fashion_mnist(data):
    def make(folder):
        header, side = 16, 28
        pixels = (data / "fashion-mnist" / "t10k-images-idx3-ubyte").read_bytes()[header:]
        for i in range(MOST):
            write_pixels(folder, i, side, pixels[i * side * side:(i + 1) * side * side])
    return make


def noise(seed, picture):
    """picture(random, number) gives the pixels."""
    def make(folder):
        source = random.Random(seed)
        for i in range(NOISE):
            write_pixels(folder, i, SIDE, picture(source, i))
    return make


def uniform(source, _):
    return source.randbytes(3 * SIDE * SIDE)


def gaussian(source, _):
    return [min(255, max(0, round(source.gauss(127.5, 64)))) for _ in range(3 * SIDE * SIDE)]


def constant(source, number):
    """All greys, then colours."""
    colour = [number] * 3 if number < 256 else source.randbytes(3)
    return list(itertools.islice(itertools.cycle(colour), 3 * SIDE * SIDE))


def main():
    data, out = (pathlib.Path(argument) for argument in sys.argv[1:3])
    sets = {name: from_archive(*archive) for name, archive in ARCHIVES.items()}
    sets |= {"fashion-mnist": fashion_mnist(data), "uniform": noise(1, uniform), "gaussian": noise(2, gaussian),
             "constant": noise(3, constant)}
    wanted = sys.argv[3:] or list(sets)
    if unknown := set(wanted) - set(sets):
        raise SystemExit(f"expected names of {', '.join(sets)}, got {', '.join(sorted(unknown))}")
    for name, make in sets.items():
        if name not in wanted:
            continue
        folder, unfinished = out / name, out / f".{name}"
        if folder.is_dir():
            continue
        shutil.rmtree(unfinished, ignore_errors=True)
        pictures = unfinished / "test" / "pictures"
        pictures.mkdir(parents=True)
        (unfinished / "train").mkdir()  # gmtrain wants one
        try:
            make(pictures)
        except DataError as error:
            raise SystemExit(f"{name}: {error}") from error
        unfinished.rename(folder)
        print(f"{folder}: {len(list((folder / 'test' / 'pictures').iterdir()))} pictures")


if __name__ == "__main__":
    main()
