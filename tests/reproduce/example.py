# SPDX-License-Identifier: Apache-2.0
"""Results of made-up runs, with the form that `gmtrain evaluate` gives them: GM_RESULT names one that tests/core has
left, every part of it made by the function that makes it there."""

import copy
import json
import os
import pathlib

from results import Run

ROOT = pathlib.Path(__file__).parents[2]
RESULT = json.loads(pathlib.Path(os.environ["GM_RESULT"]).read_text())


def result(loss, features=100, seed=1, error=0.4, alpha=None, **changes):
    """One of Table 1's runs; changes are facts that differ."""
    figures = copy.deepcopy(RESULT)
    del figures["verification"], figures["alpha"]
    figures.update(recipe=f"mnist-{features}d-{loss}", loss=loss, features=features, seed=seed, test_error=error)
    figures["settings"]["loss"] = {"name": loss, "alpha": alpha}
    figures["settings"]["network"]["features"] = features
    if alpha is not None:
        figures["alpha"] = alpha
    if loss in ("softmax", "l_softmax"):
        del figures["calibration"]
    figures.update(changes)
    return Run(f"{figures['recipe']}/seed-{seed}.json", figures)


def lgm(**changes):
    return result("lgm", **{"alpha": 1.0, **changes})


def with_pairs(run, *scores):
    """The run with what `gmtrain verify` wrote of it, the same for each score."""
    verification = copy.deepcopy(RESULT["verification"])
    verification["scores"] = {score: verification["scores"]["cosine"] for score in scores}
    run.figures["verification"] = verification
    return run


def changed(figures, path, value):
    """Figures with another value at a path."""
    made = copy.deepcopy(figures)
    *way, last = path.split("/")
    place = made
    for key in way:
        place = place[key]
    place[last] = value
    return made


def titled(tables, start):
    return next(table for table in tables if table.title.startswith(start))


def row(table, label):
    """The cells of the row with this label, the label first."""
    return next(cells for cells in table.rows if cells[0] == label)
