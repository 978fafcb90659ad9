# SPDX-License-Identifier: Apache-2.0
"""The page, the marked parts of documents, and the command that writes them."""

import contextlib
import io
import json
import pathlib
import tempfile
import unittest

import compare
import pages
from example import lgm, result, with_pairs
from results import ResultError, group_runs
from tables import Table

BEFORE = "# Results\n\nKept | as it is.\r\n<!-- tables: paper -->"
AFTER = "<!-- end of tables -->\n\n## More\n\ttext without an end"


def groups():
    return group_runs([lgm(seed=2, error=0.4), lgm(error=0.3), with_pairs(result("softmax", error=0.7), "cosine"),
                       result("center", features=2, error=1.4)])


class Marks(unittest.TestCase):
    def replaced(self, document, **parts):
        return pages.replace_marked(document, {"paper": "| new |", "pairs": "", **parts}, "results.md")

    def fails(self, document, message):
        with self.assertRaisesRegex(ResultError, message):
            self.replaced(document)

    def test_only_the_marked_part_changes(self):
        once = self.replaced(BEFORE + "\nold\n" + AFTER)
        self.assertEqual(once, BEFORE + "\n\n| new |\n\n" + AFTER)
        self.assertEqual(self.replaced(once), once)
        self.assertEqual(self.replaced(BEFORE + AFTER), once)

    def test_a_document_may_have_several_parts(self):
        more = "<!-- tables: pairs -->old<!-- end of tables -->"
        self.assertEqual(self.replaced(BEFORE + AFTER + more, pairs="p"),
                         BEFORE + "\n\n| new |\n\n" + AFTER + "<!-- tables: pairs -->\n\np\n\n<!-- end of tables -->")
        self.assertEqual(self.replaced(more), "<!-- tables: pairs -->\n\n<!-- end of tables -->")

    def test_wrong_marks_are_errors(self):
        self.fails("# Results\n", "results.md: expected the marks <!-- tables: NAME --> and <!-- end of tables -->")
        self.fails(BEFORE, "expected <!-- end of tables --> after <!-- tables: paper -->, found none")
        self.fails(BEFORE + BEFORE + AFTER, "found <!-- tables: paper -->")
        self.fails(BEFORE + AFTER + BEFORE + AFTER, "expected one mark <!-- tables: paper -->, found two")
        self.fails(AFTER + BEFORE, "expected <!-- tables: NAME --> before")
        self.fails(BEFORE + AFTER + AFTER, "expected <!-- tables: NAME --> before")
        self.fails(BEFORE.replace("paper", "papers") + AFTER, "papers -->: expected one of paper, pairs")


class Markdown(unittest.TestCase):
    def test_charts_are_linked_where_they_are(self):
        comparison = pages.compare(groups())
        parts = pages.markdown_parts(comparison, "../images/results")
        self.assertIn('<img src="../images/results/fig5-mnist-100d.svg" width="410" alt="MNIST, 100-D: clean against ',
                      parts["charts"])
        self.assertIn("| L-GM (α = 1) | – | 1.17 ± 0.01 | 0.35 ± 0.07 (2 seeds) | 0.39 ± 0.01 |\n",
                      parts["paper"])
        self.assertIn("Not run: Table 2: error on CIFAR-10 (%); ", parts["paper"])
        self.assertIn("**MNIST, 100-D: verification of pairs**", parts["pairs"])
        for part in parts.values():
            self.assertEqual(part, part.strip())
            self.assertNotIn("\n\n\n", part)
        self.assertEqual(pages.markdown_parts(comparison)["charts"], "")

    def test_tables_are_escaped(self):
        table = Table("T & U", ["set", "a|b"], [["<x>", "1"], ["y", "2\n3"]], "a > b")
        comparison = pages.Comparison([], [], [], [table, table], [], [])
        one = "**T & U**\n\n| set | a\\|b |\n|---|---:|\n| <x> | 1 |\n| y | 2 3 |\n\na > b"
        self.assertEqual(pages.markdown_parts(comparison)["pairs"], f"{one}\n\n{one}")
        html = pages.html_page(comparison)
        self.assertIn("<figcaption>T &amp; U</figcaption>", html)
        self.assertIn('<tr><th scope="row">&lt;x&gt;</th><td>1</td></tr>', html)
        self.assertIn('<p class="note">a &gt; b</p>', html)


class Page(unittest.TestCase):
    def test_it_holds_all_and_needs_no_other_file(self):
        page = pages.html_page(pages.compare(groups()))
        for part in ("Table 1: error on MNIST", "Table 6: error on MNIST", "0.35 ± 0.07 (2 seeds)",
                     "MNIST, 100-D: classification", "Not run: Table 2: error on CIFAR-10", "n − 1",
                     "MNIST, 100-D: verification of pairs"):
            self.assertIn(part, page)
        self.assertEqual(page.count('<figure class="chart" id='), 7)
        self.assertNotIn("Fig. 1", page)
        for other in ('src="', "@import", "url(h", "https://", "<link rel=\"stylesheet"):
            self.assertNotIn(other, page)

    def test_feature_spaces_are_shown_where_they_are_kept(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "fig1-mnist-2d-center-embedding-clean.svg").write_text("<svg>plane</svg>")
            (folder / "fig1-mnist-100d-lgm-embedding-clean.svg").write_text("<svg>no plane</svg>")
            pictures = pages.kept_feature_spaces(groups(), folder)
            self.assertEqual(pictures, [("MNIST, Center", "<svg>plane</svg>")])
            page = pages.html_page(pages.compare(groups()), pictures)
            self.assertIn("<svg>plane</svg><figcaption>MNIST, Center</figcaption>", page)
            (folder / "fig1-mnist-2d-center-likelihood-map.svg").write_text("PNG")
            with self.assertRaisesRegex(ResultError, "likelihood-map.svg: expected an SVG file"):
                pages.kept_feature_spaces(groups(), folder)


class Command(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        for run in (lgm(), result("softmax")):
            file = self.folder / "results" / run.source
            file.parent.mkdir(parents=True)
            file.write_text(json.dumps(run.figures))

    def run_command(self, *documents):
        arguments = ["--results", str(self.folder / "results"), "--out", str(self.folder / "made/page.html"),
                     "--figures", str(self.folder / "images")]
        for document in documents:
            arguments += ["--markdown", str(document)]
        with contextlib.redirect_stdout(io.StringIO()):
            compare.main(arguments)

    def test_page_charts_and_documents_are_written(self):
        first, second = self.folder / "first.md", self.folder / "results/second.md"
        first.write_bytes((BEFORE + AFTER).encode())
        second.write_text("<!-- tables: charts -->\n<!-- end of tables -->\n")
        self.run_command(first, second)
        written = first.read_bytes().decode()
        self.assertTrue(written.startswith(BEFORE + "\n\nMean ± sample standard deviation"))
        self.assertTrue(written.endswith(AFTER))
        self.assertIn('<img src="../images/fig3-mnist-100d.svg"', second.read_text())
        self.assertTrue((self.folder / "images/fig3-mnist-100d.svg").read_text().startswith("<svg"))
        self.assertIn("Table 1", (self.folder / "made/page.html").read_text())
        self.assertEqual(list(self.folder.rglob("*.unfinished")), [])

    def test_on_an_error_nothing_is_written(self):
        good, bad = self.folder / "good.md", self.folder / "bad.md"
        good.write_text("<!-- tables: paper --><!-- end of tables -->")
        bad.write_text("no marks")
        with self.assertRaises(SystemExit) as raised:
            self.run_command(good, bad)
        self.assertRegex(str(raised.exception), "compare: .*bad.md: expected the marks")
        self.assertEqual(good.read_text(), "<!-- tables: paper --><!-- end of tables -->")
        self.assertFalse((self.folder / "made").exists())
        self.assertFalse((self.folder / "images").exists())
        with self.assertRaisesRegex(SystemExit, "compare: .*absent.md"):
            self.run_command(self.folder / "absent.md")


if __name__ == "__main__":
    unittest.main()
