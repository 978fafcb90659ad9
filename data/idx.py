# SPDX-License-Identifier: Apache-2.0
"""The IDX format of MNIST: a big-endian header (type, dimensions), then bytes."""

import gzip
import shutil
import struct
import zlib

from checks import DataError

UNSIGNED_BYTE = 0x08


def header(shape):
    return struct.pack(f">HBB{len(shape)}I", 0, UNSIGNED_BYTE, len(shape), *shape)


def write(path, array):
    """Writes a numpy array of uint8."""
    with open(path, "wb") as file:
        file.write(header(array.shape))
        file.write(array.tobytes())


def gunzip(source, target):
    try:
        with gzip.open(source) as packed, open(target, "wb") as file:
            shutil.copyfileobj(packed, file)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"{source} is broken or truncated: {error}") from error
