# SPDX-License-Identifier: Apache-2.0
"""Fashion-MNIST, from the Debian package dataset-fashion-mnist."""

import pathlib
import tempfile

import idx
from checks import require
from registries import fetch_deb

PACKAGE = "dataset-fashion-mnist"
PACKED = "usr/share/datasets/fashion-mnist"

# As published by its authors.
PACKED_FILES = {
    "train-images-idx3-ubyte.gz": "b0564c3eedabfbf835052cff8503ea422014ce006caf5b757f851416ee8300c7",
    "train-labels-idx1-ubyte.gz": "0ae29f65d86684f32d1b9c85147786c547b9c6aebcaf235f0400a0cce308b056",
    "t10k-images-idx3-ubyte.gz": "cc1d090a38ace84dfa1aa66e3ada7c336ef481a96936906477e6dd344da56eaa",
    "t10k-labels-idx1-ubyte.gz": "8d3605d196f4be44669e46906da9733c8131fef761fdbfec72c424d5222f1a05",
}
FILES = {
    "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}


def fetch(folder):
    with tempfile.TemporaryDirectory() as name:
        unpack(fetch_deb(PACKAGE, pathlib.Path(name)) / PACKED, folder)


def unpack(packed, folder):
    """Writes the IDX files from the gzipped ones in the folder `packed`."""
    for name, checksum in PACKED_FILES.items():
        require(packed / name, checksum)
        idx.gunzip(packed / name, folder / pathlib.Path(name).stem)
