# SPDX-License-Identifier: Apache-2.0
"""The figures of the paper, paper.json, and results beside them. doc/comparison.md explains the file."""

import dataclasses

import labels
from results import ResultError, value_at
from tables import Table

DECIMALS = 2  # of our figures at least


@dataclasses.dataclass(frozen=True)
class Cell:
    match: dict  # path of a fact to the value that a run must have there, or to a list of such values
    path: str  # of the figure in evaluation.json
    scale: float  # from that figure to the table's unit
    decimals: int  # that the paper gives
    paper: str  # what it says: "0.39 ± 0.01", or MISSING

    def ours(self, estimate):
        return f"{estimate.text(max(DECIMALS, self.decimals), self.scale)} ({labels.seeds_label(estimate.count)})"

    def takes(self, facts):
        """Whether a run has all the facts of the cell."""

        def same(fact, wanted):
            return fact == wanted and isinstance(fact, bool) == isinstance(wanted, bool)

        def has(path, wanted):
            fact = value_at(facts, path)
            return any(same(fact, each) for each in (wanted if isinstance(wanted, list) else [wanted]))

        return all(has(path, wanted) for path, wanted in self.match.items())


@dataclasses.dataclass(frozen=True)
class PaperTable:
    title: str
    note: str
    columns: list
    labels: list  # of the rows
    rows: list  # of as many cells as there are columns


def value_text(value, decimals):
    if value is None:
        return labels.MISSING
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        mean, deviation = value
        return f"{mean:.{decimals}f} ± {deviation:.{decimals}f}"
    return f"{value:.{decimals}f}"


def cell_of(table, column, row, value):
    """What column and row say of a cell, over what the table says."""
    said, match = {"scale": 1}, {}
    for part in (table, column, row):
        said.update({key: part[key] for key in ("path", "scale", "decimals") if key in part})
        match.update(part.get("match", {}))
    return Cell(match, said["path"], said["scale"], said["decimals"], value_text(value, said["decimals"]))


def table_of(table):
    columns, rows = table["columns"], []
    for row in table["rows"]:
        if len(row["paper"]) != len(columns):
            raise ValueError(f"row \"{row['label']}\": expected {len(columns)} values of the paper, found "
                             f"{len(row['paper'])}")
        rows.append([cell_of(table, column, row, value) for column, value in zip(columns, row["paper"])])
    return PaperTable(table["title"], table["note"], [column["header"] for column in columns],
                      [row["label"] for row in table["rows"]], rows)


def parse(paper, key="tables"):
    """The tables of paper.json, or with the key "summary" those that sum them up."""
    parsed = []
    for table in paper[key]:
        try:
            parsed.append(table_of(table))
        except KeyError as error:
            raise ResultError(f"paper.json, \"{table.get('title', 'a table without a title')}\": expected {error}, "
                              "found none") from None
        except (TypeError, ValueError) as error:
            raise ResultError(f"paper.json, \"{table.get('title', 'a table without a title')}\": {error}") from None
    return parsed


def description(facts):
    """What was trained."""
    text = f"{labels.setting_label(facts)}, {labels.data_label(facts['data'])}"
    if facts["data"] in labels.PAPER["remarks"]:
        text += f" ({labels.PAPER['remarks'][facts['data']]})"
    text += labels.augmentation_label(facts)
    held_out = facts.get("held_out_images", 0)
    return f"{text}, {held_out} training images held out" if held_out > 0 else text


def note_of(groups):
    """What was trained; of several settings each with its recipes."""
    settings = {}
    for group in groups:
        recipes = settings.setdefault(description(group.facts), [])
        if group.facts["recipe"] not in recipes:
            recipes.append(group.facts["recipe"])
    if len(settings) == 1:
        return next(iter(settings))
    return "; ".join(f"{setting} ({', '.join(recipes)})" for setting, recipes in sorted(settings.items()))


def hits_of(cells, groups):
    """Of each cell of a row the experiments that belong to it, with what they measured."""
    return [[(group, estimate) for group in groups
             if cell.takes(group.facts) and (estimate := group.estimate(cell.path)) is not None] for cell in cells]


def distinction(hits, place):
    """What tells the experiments of this row from those of the next."""
    facts = [column[place][0].facts for column in hits if len(column) > 1 and place < len(column)]
    names = dict.fromkeys(f"{each['recipe']} ({labels.setting_label(each)})" for each in facts)
    return ": " + ", ".join(names) if names else ""


def rows_of(label, cells, hits):
    """One row, or as many as it takes to show all experiments."""
    for place in range(max(1, *map(len, hits))):
        row = [label + distinction(hits, place)]
        for cell, column in zip(cells, hits):
            there = place < len(column)
            row.append(cell.ours(column[place][1]) if there else labels.MISSING)
            # The paper's figure once, and beside each of ours.
            row.append(cell.paper if there or place == 0 else labels.MISSING)
        yield row


def without_silence(table):
    """Without the paper's columns that say nothing at all."""
    kept = [i for i in range(len(table.columns))
            if i == 0 or i % 2 == 1 or any(row[i] != labels.MISSING for row in table.rows)]
    return dataclasses.replace(table, columns=[table.columns[i] for i in kept],
                               rows=[[row[i] for i in kept] for row in table.rows])


def beside(table, groups):
    """Results beside one table of the paper; None if no run belongs to it."""
    rows, used = [], []
    for label, cells in zip(table.labels, table.rows):
        hits = hits_of(cells, groups)
        rows += rows_of(label, cells, hits)
        used += [group for column in hits for group, _ in column]
    if not used:
        return None
    columns = [""] + [f"{column}, {whose}" for column in table.columns for whose in ("here", "paper")]
    return without_silence(Table(table.title, columns, rows, f"Here: {note_of(used)}. {table.note}"))


def tables_against_paper(groups, key="tables"):
    """Every table of the paper that at least one run belongs to. For each of its columns there are two, ours
    ("0.42 ± 0.01 (3 seeds)") and the paper's. Where several experiments belong to one cell, each has a row with its
    recipe in the label. The note says what was trained."""
    made = (beside(table, groups) for table in parse(labels.PAPER, key))
    return [table for table in made if table is not None]


def tables_not_run(groups):
    """The titles of the paper's tables that no run belongs to."""
    return [table.title for table in parse(labels.PAPER) if beside(table, groups) is None]
