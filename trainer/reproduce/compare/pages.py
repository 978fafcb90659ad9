# SPDX-License-Identifier: Apache-2.0
"""Everything that is set side by side: as one HTML page, and as the marked parts of documents."""

import dataclasses
import pathlib
import re

import jinja2
import labels
from charts import comparison_charts, to_svg
from paper import tables_against_paper, tables_not_run
from results import ResultError
from tables import detection_tables, pairs_tables

HERE = pathlib.Path(__file__).parent
STYLE = HERE.parents[1] / "core/report/assets/page.css"  # that of the page of a run
END = "<!-- end of tables -->"
MARK = re.compile(r"<!-- tables: (.*?) -->|" + re.escape(END))


def escape_markdown(cell):
    return re.sub(r"([|\\])", r"\\\1", re.sub(r"[\r\n]", " ", cell))


def environment():
    made = jinja2.Environment(loader=jinja2.FileSystemLoader(HERE / "templates"), undefined=jinja2.StrictUndefined,
                              autoescape=jinja2.select_autoescape(["html"]), trim_blocks=True, lstrip_blocks=True)
    made.filters["cell"] = escape_markdown
    return made


@dataclasses.dataclass(frozen=True)
class Comparison:
    summary: list  # the few figures of the paper's that matter most
    paper: list  # results beside the paper's
    detection: list  # what the paper has no figures of
    pairs: list  # verification
    charts: list
    remarks: list  # how to read the figures; which tables nothing was run of


def compare(groups):
    remarks = ["Mean ± sample standard deviation (over n − 1) of runs that differ in the seed alone; "
               f"{labels.MISSING} is what was not run, or what the paper does not give. "
               f"The paper: {labels.PAPER['source']}.",
               "By likelihood: softmax and L-Softmax have none and are scored by their winning affinity, as in Sect. "
               "4.3 of the paper."]
    missing = tables_not_run(groups)
    if missing:
        remarks.append(f"Not run: {'; '.join(missing)}.")
    return Comparison(tables_against_paper(groups, "summary"), tables_against_paper(groups), detection_tables(groups),
                      pairs_tables(groups), comparison_charts(groups), remarks)


def kept_feature_spaces(groups, folder):
    """Fig. 1, whose points are in no result: fig1-<recipe>-embedding-clean.svg and fig1-<recipe>-likelihood-map.svg
    of the experiments with 2-D features, as the pages of their runs have drawn them; those that are in the folder, with
    captions."""
    pictures = []
    for facts in (group.facts for group in groups if group.facts["features"] == 2):
        for picture in ("embedding-clean", "likelihood-map"):
            file = folder / f"fig1-{facts['recipe']}-{picture}.svg"
            if not file.exists():
                continue
            svg = file.read_text(encoding="utf-8")
            if not svg.startswith("<svg"):
                raise ResultError(f"{file}: expected an SVG file as gmtrain report draws it")
            pictures.append((f"{labels.data_label(facts['data'])}, {labels.loss_label(facts)}", svg))
    return pictures


def html_page(comparison, feature_spaces=()):
    """One page that needs no other file."""
    drawn = [(chart.name, to_svg(chart)) for chart in comparison.charts]
    return environment().get_template("page.html").render(
        style=STYLE.read_text(encoding="utf-8"), comparison=comparison, charts=drawn, feature_spaces=feature_spaces)


def markdown_parts(comparison, figures=None):
    """What can stand between marks, by name. figures: path from the document to the folder of the charts; without it
    they are left out."""
    template = environment().get_template("tables.md")

    def text(**given):
        return template.render({"remarks": [], "tables": [], "charts": [], "figures": figures, **given}).strip("\n")

    return {"summary": text(tables=comparison.summary),
            "paper": text(remarks=comparison.remarks, tables=comparison.paper),
            "detection": text(tables=comparison.detection), "pairs": text(tables=comparison.pairs),
            "charts": "" if figures is None else text(charts=comparison.charts)}


def table(head, rows):
    """In Markdown; numbers after the first column."""
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def begin_of(name):
    return f"<!-- tables: {name} -->"


def replace_marked(document, parts, name, others_stay=False):
    """The document with each part in the place of what stands between its two marks, a blank line around it; every
    other byte stays. name: of the document, for messages. others_stay: a mark of none of the parts is no error."""
    marks = list(MARK.finditer(document))
    if not marks:
        raise ResultError(f"{name}: expected the marks {begin_of('NAME')} and {END}, found none")
    made, at, seen = "", 0, set()
    for begin, end in zip(marks[::2], [*marks[1::2], None]):
        if begin.group() == END:
            raise ResultError(f"{name}: expected {begin_of('NAME')} before {END}")
        if end is None or end.group() != END:
            raise ResultError(f"{name}: expected {END} after {begin.group()}, found "
                              f"{'none' if end is None else end.group()}")
        part = begin[1]
        if part not in parts:
            if others_stay:
                continue
            raise ResultError(f"{name}: {begin.group()}: expected one of {', '.join(parts)}")
        if part in seen:
            raise ResultError(f"{name}: expected one mark {begin.group()}, found two")
        seen.add(part)
        between = f"\n\n{parts[part]}\n\n" if parts[part] else "\n\n"
        made += document[at:begin.end()] + between
        at = end.start()
    return made + document[at:]
