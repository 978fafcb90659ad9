# SPDX-License-Identifier: Apache-2.0
"""run.py and results.py, with programs in place of those that need a GPU."""

import pathlib
import sys
import tempfile
import time
import unittest
import unittest.mock

import results
import run

PYTHON = sys.executable


def python(text, **options):
    return run.Step(text, options.pop("limit", 20), [PYTHON, "-c", text], **options)


class Steps(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def outcome(self, step, seconds=100.0):
        return run.run_step(step, self.folder / "log", seconds)

    def test_what_a_step_prints_as_json_is_its_rows(self):
        outcome = self.outcome(python("print('text'); print('{\"a\": 1}'); print('{no json')"))
        self.assertEqual(outcome["status"], "passed")
        self.assertEqual(outcome["rows"], [{"a": 1}])
        self.assertIn("text", (self.folder / "log").read_text())

    def test_a_failed_step_says_its_exit_code(self):
        outcome = self.outcome(python("print('{\"a\": 1}', flush=True); raise SystemExit(5)"))
        self.assertEqual(outcome["status"], "failed")
        self.assertEqual(outcome["why"], "exit code 5, expected 0")
        self.assertEqual(outcome["rows"], [{"a": 1}])

    def test_a_planted_fault_must_be_found(self):
        self.assertEqual(self.outcome(python("raise SystemExit(86)", expected=86))["status"], "passed")
        self.assertEqual(self.outcome(python("pass", expected=86))["status"], "failed")

    def test_a_step_is_ended_at_its_limit_with_its_children(self):
        child = self.folder / "child"
        text = (f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', 'import time, pathlib; "
                f"time.sleep(3); pathlib.Path(\"{child}\").touch()']); time.sleep(60)")
        outcome = self.outcome(python(text, limit=1))
        self.assertEqual(outcome["status"], "failed")
        self.assertIn("stopped after 1 s", outcome["why"])
        time.sleep(3)
        self.assertFalse(child.exists())

    def test_a_sanitizer_that_gives_no_summary_has_seen_nothing(self):
        for said, status in (("========= ERROR SUMMARY: 0 errors", "passed"), ("", "failed"),
                             ("========= RACECHECK SUMMARY: 0 hazards displayed", "passed")):
            tool = self.folder / run.SANITIZER
            tool.write_text(f"#!/bin/sh\necho '{said}'\n")
            tool.chmod(0o755)
            with unittest.mock.patch.dict("os.environ", PATH=f"{self.folder}:/usr/bin:/bin"):
                outcome = self.outcome(run.Step("title", 5, run.sanitized("memcheck", "program")))
            self.assertEqual(outcome["status"], status, said)

    def test_what_steps_name_must_be_in_the_bundle(self):
        (self.folder / "bin").mkdir()
        (self.folder / "bin/test_gpu").touch()
        absent = run.absent_files(self.folder)
        self.assertIn(f"{self.folder}/bin/planted_fault", absent)
        self.assertNotIn(f"{self.folder}/bin/test_gpu", absent)

    def test_a_step_is_left_out_without_time_or_its_tool(self):
        self.assertEqual(self.outcome(python("pass"), seconds=1.0)["status"], "left out")
        absent = run.Step("absent", 5, ["no-such-tool"])
        self.assertEqual(self.outcome(absent)["why"], "no no-such-tool here")


class Page(unittest.TestCase):
    FOUND = {"machine": {"card": "Card", "driver": "1", "date": "2026-01-02"},
             "steps": [{"title": "One", "status": "passed", "seconds": 1.5, "rows": [{"a": 1}, {"a": 2, "b": "x|y"}]},
                       {"title": "Two", "status": "failed", "seconds": 2.0, "rows": [], "why": "exit code 1"}]}

    def test_it_has_the_card_each_step_and_its_rows(self):
        page = results.page(self.FOUND)
        for part in ("card Card", "2026-01-02", "| Two | failed | 2.0 | exit code 1 |", "| a | b |", "| 2 | x\\|y |"):
            self.assertIn(part, page)

    def test_it_takes_the_place_of_the_section_alone(self):
        document = "# Results\n\n## Before\n\nb\n\n## On a GPU\n\nold\n\n### deeper\n\n## After\n\na\n"
        new = results.replaced(document, "## On a GPU\n\nnew\n")
        self.assertEqual(new, "# Results\n\n## Before\n\nb\n\n## On a GPU\n\nnew\n\n## After\n\na\n")
        self.assertEqual(results.replaced(new, "## On a GPU\n\nnew\n"), new)
        with self.assertRaisesRegex(ValueError, "On a GPU"):
            results.replaced("# Results\n", "## On a GPU\n")


if __name__ == "__main__":
    unittest.main()
