# SPDX-License-Identifier: Apache-2.0
"""What fetch.py leaves behind: a complete data set or none."""

import contextlib
import hashlib
import io
import pathlib
import signal
import subprocess
import sys
import tempfile
import types
import unittest
from unittest import mock

import fetch
from checks import DataError

CONTENTS = {"first": b"digits", "second": b"labels"}


def write_all(folder):
    for name, content in CONTENTS.items():
        (folder / name).write_bytes(content)


def small_set(fetch_function=write_all):
    files = {name: hashlib.sha256(content).hexdigest() for name, content in CONTENTS.items()}
    return types.SimpleNamespace(FILES=files, fetch=mock.Mock(side_effect=fetch_function))


class FetchTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name) / "data"

    def main(self, data_set, *names):
        """Runs the command; returns what it printed and its exit message."""
        output, code = io.StringIO(), None
        with mock.patch.dict(fetch.DATA_SETS, {"small": data_set}, clear=True):
            with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
                try:
                    fetch.main([str(self.root), *names])
                except SystemExit as stop:
                    code = stop.code
        return output.getvalue(), code

    def left_behind(self):
        return sorted(path.name for path in self.root.iterdir())

    def assert_complete(self):
        self.assertEqual(self.left_behind(), ["small"])
        for name, content in CONTENTS.items():
            self.assertEqual((self.root / "small" / name).read_bytes(), content)

    def test_writes_the_data_set(self):
        output, code = self.main(small_set())
        self.assertIsNone(code)
        self.assertIn("fetched and verified", output)
        self.assert_complete()

    def test_second_run_fetches_nothing(self):
        data_set = small_set()
        self.main(data_set)
        output, code = self.main(data_set)
        self.assertIsNone(code)
        self.assertIn("up to date", output)
        data_set.fetch.assert_called_once()

    def test_damaged_file_is_named_and_fetched_again(self):
        self.main(small_set())
        (self.root / "small" / "second").write_bytes(b"label")
        output, code = self.main(small_set())
        self.assertIsNone(code)
        self.assertIn(f"{self.root / 'small' / 'second'} has SHA-256", output)
        self.assert_complete()

    def test_missing_file_is_named_and_fetched_again(self):
        self.main(small_set())
        (self.root / "small" / "first").unlink()
        output, _ = self.main(small_set())
        self.assertIn("first is missing", output)
        self.assert_complete()

    def test_empty_folder_counts_as_absent(self):
        (self.root / "small").mkdir(parents=True)
        output, _ = self.main(small_set())
        self.assertNotIn("missing", output)
        self.assert_complete()

    def test_wrong_checksum_leaves_nothing(self):
        def write_wrong(folder):
            write_all(folder)
            (folder / "second").write_bytes(b"other")

        _, code = self.main(small_set(write_wrong))
        self.assertRegex(code, "small: .*second has SHA-256 .*, expected")
        self.assertEqual(self.left_behind(), [])

    def test_missing_file_leaves_nothing(self):
        _, code = self.main(small_set(lambda folder: (folder / "first").write_bytes(b"digits")))
        self.assertRegex(code, "second is missing")
        self.assertEqual(self.left_behind(), [])

    def test_failed_download_keeps_what_was_there(self):
        self.main(small_set())
        (self.root / "small" / "first").write_bytes(b"damaged")

        def fail(folder):
            (folder / "first").write_bytes(b"half")
            raise DataError("no network")

        _, code = self.main(small_set(fail))
        self.assertIn("no network", code)
        self.assertEqual(self.left_behind(), ["small"])
        self.assertEqual((self.root / "small" / "first").read_bytes(), b"damaged")

    def test_interrupted_download_leaves_nothing(self):
        def interrupt(folder):
            (folder / "first").write_bytes(b"digits")
            raise KeyboardInterrupt

        with self.assertRaises(KeyboardInterrupt):
            self.main(small_set(interrupt))
        self.assertEqual(self.left_behind(), [])

    def test_full_disk_leaves_nothing(self):
        def fill(folder):
            (folder / "first").write_bytes(b"dig")
            raise OSError(28, "No space left on device", "first")

        _, code = self.main(small_set(fill))
        self.assertIn("No space left on device", code)
        self.assertEqual(self.left_behind(), [])

    def test_termination_leaves_nothing(self):
        program = (
            "import os, signal, sys, types, fetch\n"
            "def stop(folder):\n"
            "    (folder / 'first').write_bytes(b'digits')\n"
            "    os.kill(os.getpid(), signal.SIGTERM)\n"
            "fetch.DATA_SETS['mnist'] = types.SimpleNamespace(FILES={}, fetch=stop)\n"
            "fetch.main([sys.argv[1], 'mnist'])\n"
        )
        done = subprocess.run([sys.executable, "-c", program, str(self.root)], capture_output=True)
        self.assertNotEqual(done.returncode, 0)
        self.assertNotEqual(done.returncode, -signal.SIGTERM)
        self.assertIn(b"terminated", done.stderr)
        self.assertEqual(self.left_behind(), [])

    def test_remains_of_a_crash_are_cleared(self):
        (self.root / ".small.unfinished").mkdir(parents=True)
        (self.root / ".small.unfinished" / "first").write_bytes(b"dig")
        self.main(small_set())
        self.assert_complete()

    def test_unknown_data_set(self):
        output, code = self.main(small_set(), "letters")
        self.assertEqual(code, 2)
        self.assertIn("no data set letters; there are small", output)


if __name__ == "__main__":
    unittest.main()
