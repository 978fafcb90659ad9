# SPDX-License-Identifier: Apache-2.0
"""Sets the results of several runs beside the paper's: tables, charts and a page. doc/comparison.md says how."""

import argparse
import os
import pathlib
import sys

from charts import to_svg
from pages import compare, html_page, kept_feature_spaces, markdown_parts, replace_marked
from results import ResultError, group_runs, read_results


def parsed(arguments):
    parser = argparse.ArgumentParser(prog="compare", description=__doc__)
    parser.add_argument("--results", type=pathlib.Path, required=True,
                        help="folder of <recipe>/seed-<n>.json and verification-seed-<n>.json")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="HTML page to write")
    parser.add_argument("--markdown", type=pathlib.Path, action="append", default=[],
                        help="document whose parts between the marks of tables are written anew; any number of them")
    parser.add_argument("--figures", type=pathlib.Path, help="folder to write the charts to as SVG files")
    return parser.parse_args(arguments)


def link(document, folder):
    """From the document's folder to another, as its links say it; None of none."""
    return folder and pathlib.Path(os.path.relpath(folder.absolute(), document.absolute().parent)).as_posix()


def read(document):
    # Bytes, for line ends to stay as they are.
    return document.read_bytes().decode("utf-8")


def write(file, text):
    """The whole file or nothing of it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_name(file.name + ".unfinished")
    unfinished.write_bytes(text.encode("utf-8"))
    os.replace(unfinished, file)
    print(f"wrote {file}")


def run(arguments):
    groups = group_runs(read_results(arguments.results))
    comparison = compare(groups)
    spaces = kept_feature_spaces(groups, arguments.figures) if arguments.figures else []
    # All is made before anything is written: a document without the marks leaves all files as they are.
    files = {arguments.out: html_page(comparison, spaces)}
    if arguments.figures:
        files |= {arguments.figures / f"{chart.name}.svg": to_svg(chart) for chart in comparison.charts}
    for document in arguments.markdown:
        parts = markdown_parts(comparison, link(document, arguments.figures))
        files[document] = replace_marked(read(document), parts, str(document))
    for file, text in files.items():
        write(file, text)


def main(arguments=None):
    try:
        run(parsed(arguments))
    except (ResultError, OSError, UnicodeDecodeError) as error:
        sys.exit(f"compare: {error}")


if __name__ == "__main__":
    main()
