# SPDX-License-Identifier: Apache-2.0
"""From an archive in the folder that GM_ARCHIVES names to a data set."""

import io
import os
import pathlib
import tarfile
import tempfile
import types
import unittest
from contextlib import redirect_stderr, redirect_stdout
from unittest import mock

import archives
import checks
import fetch
from checks import DataError
from datasets import cifar10_jpeg, orl

MEMBERS = {
    "top/a/1.pgm": b"one",
    "top/a/2.pgm": b"two",
    "top/README": b"credit",
    "top/a/.DS_Store": b"rubbish",
    "top/a/notes.txt": b"notes",
}


class ArchiveTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.out = self.folder / "out"
        self.out.mkdir()
        self.name_folder(str(self.folder))

    def name_folder(self, value):
        patch = mock.patch.dict("os.environ", {archives.VARIABLE: value})
        patch.start()
        self.addCleanup(patch.stop)

    def pack(self, members=None, links=()):
        """Writes set.tar.xz; returns its SHA-256."""
        with tarfile.open(self.folder / "set.tar.xz", "w:xz") as archive:
            for name, content in (MEMBERS if members is None else members).items():
                info = tarfile.TarInfo(name)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
            for name, target in links:
                info = tarfile.TarInfo(name)
                info.type, info.linkname = tarfile.SYMTYPE, target
                archive.addfile(info)
        return checks.sha256(self.folder / "set.tar.xz")

    def extract(self, checksum, **options):
        archives.extract("set.tar.xz", checksum, self.out, (".pgm", "README"), **options)

    def written(self):
        return {path.relative_to(self.out).as_posix() for path in self.out.rglob("*") if path.is_file()}


class ExtractTest(ArchiveTest):
    def test_files_with_the_suffixes(self):
        self.extract(self.pack())
        self.assertEqual(self.written(), {"top/a/1.pgm", "top/a/2.pgm", "top/README"})
        self.assertEqual((self.out / "top/a/2.pgm").read_bytes(), b"two")

    def test_names_without_their_first_part(self):
        self.extract(self.pack(), strip=1)
        self.assertEqual(self.written(), {"a/1.pgm", "a/2.pgm", "README"})

    def test_no_folder_is_named(self):
        self.name_folder("")
        with self.assertRaisesRegex(DataError, "set GM_ARCHIVES to the folder that set.tar.xz is in"):
            self.extract("")

    def test_folder_without_the_archive(self):
        with self.assertRaisesRegex(DataError, "set.tar.xz is not in .*, the folder that GM_ARCHIVES"):
            self.extract("")

    def test_other_archive_is_not_opened(self):
        self.pack()
        with mock.patch.object(tarfile, "open") as opened:
            with self.assertRaisesRegex(DataError, "set.tar.xz has SHA-256"):
                self.extract("0" * 64)
        opened.assert_not_called()

    def test_truncated_archive(self):
        self.pack({"large.pgm": os.urandom(1 << 20)})
        file = self.folder / "set.tar.xz"
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
        with self.assertRaisesRegex(DataError, "set.tar.xz: "):
            self.extract(checks.sha256(file))

    def test_nothing_leaves_the_folder(self):
        for name in ("../out.pgm", "top/../../out.pgm", "/out.pgm"):
            with self.assertRaisesRegex(DataError, "points out of the folder"):
                self.extract(self.pack({name: b"evil"}))
        self.assertFalse((self.folder / "out.pgm").exists())
        self.assertEqual(self.written(), set())

    def test_links_are_not_followed(self):
        self.extract(self.pack({}, links=[("link.pgm", "/etc/passwd")]))
        self.assertEqual(self.written(), set())


class DigestTest(ArchiveTest):
    def test_depends_on_names_and_contents(self):
        def digest(files):
            with tempfile.TemporaryDirectory() as name:
                for file, content in files.items():
                    path = pathlib.Path(name) / file
                    path.parent.mkdir(exist_ok=True)
                    path.write_bytes(content)
                return archives.digest(pathlib.Path(name))

        one = digest({"a/1": b"x", "b": b"y"})
        self.assertEqual(one, digest({"b": b"y", "a/1": b"x", "a/.hidden": b"z"}))
        for other in ({"a/1": b"y", "b": b"x"}, {"a/1": b"x"}, {"a/2": b"x", "b": b"y"}):
            self.assertNotEqual(one, digest(other))

    def test_is_that_of_sha256sum(self):
        (self.out / "a").write_bytes(b"abc")
        # printf abc > a; sha256sum a | sha256sum
        self.assertEqual(
            archives.digest(self.out), "60eb527cba799edb93b30ea27633d72a197c248cd40cf6f7647c93f98b8f9a32"
        )


class FetchTest(ArchiveTest):
    def fetch(self, data_set):
        output = io.StringIO()
        with mock.patch.dict(fetch.DATA_SETS, {"small": data_set}):
            with redirect_stdout(output), redirect_stderr(output):
                fetch.main([str(self.out), "small"])
        return output.getvalue()

    def small_set(self):
        checksum = self.pack()
        fetched = mock.Mock(
            side_effect=lambda folder: archives.extract("set.tar.xz", checksum, folder, (".pgm",))
        )
        with tempfile.TemporaryDirectory() as name:
            fetched(pathlib.Path(name))
            digest = archives.digest(pathlib.Path(name))
        fetched.reset_mock()
        return types.SimpleNamespace(DIGEST=digest, fetch=fetched)

    def test_set_of_many_files(self):
        data_set = self.small_set()
        self.assertIn("fetched and verified", self.fetch(data_set))
        self.assertTrue((self.out / "small" / fetch.MARK).is_file())
        self.assertIn("up to date", self.fetch(data_set))
        data_set.fetch.assert_called_once()

    def test_damage_is_noticed(self):
        data_set = self.small_set()
        self.fetch(data_set)
        (self.out / "small/top/a/1.pgm").write_bytes(b"other")
        self.assertIn("small: the files have digest", self.fetch(data_set))
        self.assertEqual((self.out / "small/top/a/1.pgm").read_bytes(), b"one")

    def test_wrong_contents_leave_nothing(self):
        data_set = self.small_set()
        data_set.DIGEST = "0"
        with self.assertRaisesRegex(SystemExit, "small: .*the files have digest .*, expected 0"):
            self.fetch(data_set)
        self.assertEqual(list(self.out.iterdir()), [])

    def test_sets_that_need_archives_are_not_fetched_unasked(self):
        with mock.patch.object(fetch, "install", return_value="") as install:
            with redirect_stdout(io.StringIO()):
                fetch.main([str(self.out)])
        self.assertEqual([call.args[0] for call in install.call_args_list], ["mnist", "fashion-mnist"])

    def test_absent_archives_are_named(self):
        for data_set, name in ((cifar10_jpeg, "cifar10-jpeg-train.tar.xz"), (orl, "orl-faces.tar.xz")):
            with self.assertRaisesRegex(SystemExit, f"{name} is not in"):
                self.fetch(data_set)


if __name__ == "__main__":
    unittest.main()
