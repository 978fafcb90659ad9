# SPDX-License-Identifier: Apache-2.0
"""Results of several runs: evaluation.json of each, kept as <recipe>/seed-<n>.json, and what runs that differ in
the seed alone have measured together."""

import dataclasses
import json
import math
import pathlib
import statistics

import labels


EVERY_SCORE = ("log_likelihood", "neg_log_error")  # what any loss has


class ResultError(Exception):
    """What is wrong with a file, its name first."""


@dataclasses.dataclass(frozen=True)
class Estimate:
    """What repetitions measured of one figure."""

    mean: float
    deviation: float | None  # of the sample, over n - 1; None for a single run
    count: int  # runs that have the figure

    def text(self, decimals, scale=1):
        """"0.42 ± 0.01", or without a deviation "0.42"; scale is what the figure is multiplied by."""
        mean = f"{scale * self.mean:.{decimals}f}"
        return mean if self.deviation is None else f"{mean} ± {scale * self.deviation:.{decimals}f}"


@dataclasses.dataclass(frozen=True)
class Run:
    source: str  # its file, for messages
    figures: dict


@dataclasses.dataclass(frozen=True)
class Group:
    """Repetitions of one experiment, at least one, by ascending seed: every fact but the seed is the same."""

    runs: list

    @property
    def facts(self):
        """What the runs have in common is read from the first: recipe, loss, data, ..."""
        return self.runs[0].figures

    def estimate(self, path):
        """The figure at a path such as "adversarial/fgsm_0.3/error"; None if no run has it, or it is null."""
        values = []
        for run in self.runs:
            value = value_at(run.figures, path)
            if value is None:
                continue
            if not is_number(value):
                raise ResultError(f"{run.source}: {path}: expected a number, found {kind_of(value)}")
            values.append(value)
        if not values:
            return None
        deviation = statistics.stdev(values) if len(values) > 1 else None
        return Estimate(statistics.fmean(values), deviation, len(values))


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def kind_of(value):
    names = {str: "a text", bool: "a truth value", dict: "an object", list: "a list", type(None): "null"}
    return names.get(type(value), "a number")


def value_at(figures, path):
    """The value at a path such as "histograms/clean/posterior/49"; None if there is none."""
    for key in path.split("/"):
        if isinstance(figures, dict):
            figures = figures.get(key)
        elif isinstance(figures, list) and key.isdecimal() and int(key) < len(figures):
            figures = figures[int(key)]
        else:
            return None
    return figures


def names_in(groups, path):
    """The names in an object such as "adversarial" of all runs, in the order of first mention."""
    objects = (value_at(run.figures, path) for group in groups for run in group.runs)
    return list(dict.fromkeys(name for names in objects for name in names or ()))


def common_value(groups, path):
    """What all runs that have something at a path have there; None if they differ or none has it."""
    values = [value_at(run.figures, path) for group in groups for run in group.runs]
    values = [value for value in values if value is not None]
    return values[0] if values and all(value == values[0] for value in values) else None


def read_json(file):
    def refuse(constant):
        raise ValueError(f"expected finite numbers, found {constant}")

    try:
        return json.loads(file.read_text(encoding="utf-8"), parse_constant=refuse)
    except ValueError as error:
        raise ResultError(f"{file}: {error}") from None


def check_verification(file, pairs, evaluation):
    """What `gmtrain verify` wrote must be of the run beside it."""
    try:
        scores = pairs["scores"].values()
        if not all(is_number(x) and is_number(y) for score in scores for x, y in score["roc"]):
            raise TypeError("roc is no list of pairs of numbers")
        found = {fact: pairs[fact] for fact in ("recipe", "loss", "seed", "epochs")}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ResultError(f"{file}: expected what gmtrain verify writes: {error}") from None
    for fact, value in found.items():
        wanted = evaluation.get(fact) if isinstance(evaluation, dict) else None
        if value != wanted:
            raise ResultError(f"{file}: expected {fact} {json.dumps(wanted)}, as in the evaluation beside it, found "
                              f"{json.dumps(value)}: run gmtrain verify again")


def read_results(folder):
    """Every seed-*.json in a folder and those below it, in the order of their paths; what is in
    verification-seed-*.json beside one becomes its figure `verification`."""
    folder = pathlib.Path(folder)
    if not folder.is_dir():
        raise ResultError(f"{folder}: no such folder")
    files = sorted(folder.rglob("seed-*.json"))
    if not files:
        raise ResultError(f"{folder}: expected results as <recipe>/seed-<n>.json, found none")
    runs = []
    for file in files:
        figures = read_json(file)
        beside = file.with_name("verification-" + file.name)
        if beside.exists():
            pairs = read_json(beside)
            check_verification(beside, pairs, figures)
            figures["verification"] = pairs
        runs.append(Run(str(file), figures))
    return runs


def check(run):
    """That a result has the facts by which it is put in its place."""

    def require(key, kind, is_kind):
        if key not in run.figures or not is_kind(run.figures[key]):
            raise ResultError(f"{run.source}: expected {key}, {kind}, as gmtrain evaluate writes it")

    if not isinstance(run.figures, dict):
        raise ResultError(f"{run.source}: expected a JSON object")
    for key in ("recipe", "loss", "data", "network", "measured_on"):
        require(key, "a text", lambda value: isinstance(value, str))
    for key in ("classes", "features", "seed", "epochs"):
        require(key, "an integer", lambda value: isinstance(value, int) and not isinstance(value, bool))
    require("test_error", "a number", is_number)
    require("settings", "an object", lambda value: isinstance(value, dict))
    if run.figures["loss"] == "lgm":
        require("alpha", "a number", is_number)
    if run.figures["measured_on"] != "test":
        raise ResultError(f"{run.source}: expected what was measured on test images, found "
                          f"{run.figures['measured_on']}")
    check_scores(run)


def check_scores(run):
    """That every set has the scores that tables and charts are made of; one by another name would look as if it had
    not been measured."""
    for part, end in (("adversarial", "/scores"), ("ood", "/scores"), ("roc", "")):
        for name in names_in([Group([run])], part):
            path = f"{part}/{name}{end}"
            found = value_at(run.figures, path)
            for score in EVERY_SCORE:
                if not isinstance(found, dict) or score not in found:
                    raise ResultError(f"{run.source}: {path}: expected the score {score}, as gmtrain evaluate writes it")


def experiment_of(figures):
    """The recipe and all settings but which sets were measured, as text: equal for repetitions. The seed is no
    setting."""
    left_out = {"evaluation": {"attacks", "post_hoc"}, "data": {"outliers"}}
    settings = {table: {key: value for key, value in keys.items() if key not in left_out.get(table, ())}
                if isinstance(keys, dict) else keys for table, keys in figures["settings"].items()}
    return json.dumps([figures["recipe"], settings], sort_keys=True)


def by_seed(runs):
    runs = sorted(runs, key=lambda run: run.figures["seed"])
    for one, other in zip(runs, runs[1:]):
        seed = one.figures["seed"]
        if seed == other.figures["seed"]:
            raise ResultError(f"{one.source}: expected a seed of its own, found seed {seed}, as in {other.source}")
    return runs


def order_of(facts):
    """By data set, features (most first), network, loss (softmax, center, L-Softmax, L-GM by α) and recipe."""
    losses = list(labels.LOSSES)
    loss = losses.index(facts["loss"]) if facts["loss"] in losses else math.inf
    return (facts["data"], -facts["features"], facts["network"], facts.get("depth", 0), loss, facts.get("alpha", 0),
            facts["recipe"], facts["epochs"])


def group_runs(runs):
    """Repetitions together, in the order of order_of()."""
    experiments = {}
    for run in runs:
        check(run)
        experiments.setdefault(experiment_of(run.figures), []).append(run)
    groups = [Group(by_seed(experiments[key])) for key in sorted(experiments)]
    return sorted(groups, key=lambda group: order_of(group.facts))
