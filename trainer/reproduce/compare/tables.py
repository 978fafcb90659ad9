# SPDX-License-Identifier: Apache-2.0
"""What the paper has no figures of, side by side: classification, detection by every score, verification of pairs."""

import dataclasses
import math

import labels
from labels import set_label
from results import common_value, names_in

POST_HOC = {"max_softmax": "AUROC by max softmax", "energy_score": "by energy score", "mahalanobis": "by Mahalanobis",
            "relative_mahalanobis": "by relative Mahalanobis", "nearest_neighbour": "by nearest neighbours"}
VERIFICATION = "verification/scores"


@dataclasses.dataclass(frozen=True)
class Table:
    title: str
    columns: list
    rows: list  # of as many texts as there are columns
    note: str = ""  # a sentence below it, or empty

    def __post_init__(self):
        for number, row in enumerate(self.rows, 1):
            if len(row) != len(self.columns):
                raise ValueError(f"table \"{self.title}\": expected {len(self.columns)} cells in row {number}, found "
                                 f"{len(row)}")


@dataclasses.dataclass(frozen=True)
class Comparable:
    """Experiments with the same data set, part of its classes and number of features."""

    title: str  # "MNIST, 100-D"
    key: str  # the same for names of files: "mnist-100d"
    groups: list

    @property
    def labels(self):
        """Of each group its loss, and what else tells it from a group with the same loss."""
        losses = [labels.loss_label(group.facts) for group in self.groups]
        return [loss if losses.count(loss) == 1 else
                f"{loss}: {group.facts['recipe']} ({labels.setting_label(group.facts)})"
                for loss, group in zip(losses, self.groups)]


def comparable(groups):
    """All of them but those of 2-D features, which are made to be looked at."""
    found = {}
    for group in groups:
        facts = group.facts
        if facts["features"] <= 2:
            continue
        unseen = facts.get("unseen_classes", 0)
        part = f", {facts['classes']} of {facts['classes'] + unseen} classes" if unseen else ""
        key = f"{facts['data']}{part[1:].replace(' ', '-')}-{facts['features']}d"
        title = f"{labels.data_label(facts['data'])}{part}, {facts['features']}-D"
        found.setdefault(key, Comparable(title, key, [])).groups.append(group)
    return list(found.values())


@dataclasses.dataclass(frozen=True)
class Column:
    header: str
    path: str
    decimals: int
    scale: float = 1

    def text(self, group):
        estimate = group.estimate(self.path)
        if estimate is None:
            return labels.MISSING
        text = estimate.text(self.decimals, self.scale)
        # Fewer than the row's, where not all runs measured it.
        return text if estimate.count == len(group.runs) else f"{text} ({labels.seeds_label(estimate.count)})"


def table_of(title, runs, columns, note=""):
    """Experiments as rows; columns that none of them has a figure of are left out."""
    filled = [column for column in columns if any(group.estimate(column.path) for group in runs.groups)]
    rows = [[label, *(column.text(group) for column in filled), str(len(group.runs))]
            for label, group in zip(runs.labels, runs.groups)]
    return Table(title, ["", *(column.header for column in filled), "seeds"], rows, note)


def classification_table(runs):
    columns = [Column("error (%)", "test_error", 2), Column("AURC (10⁻³)", "classification/aurc", 3, 1000),
               Column("ECE", "classification/ece", 4)]
    columns += [Column(f"{set_label(attack)}: error (%)", f"adversarial/{attack}/error", 2)
                for attack in names_in(runs.groups, "adversarial")]
    return table_of(f"{runs.title}: classification", runs, columns)


def pgd_note(runs):
    """What `pgd` and `adaptive_pgd` were; empty if experiments differ in it."""
    pgd = common_value(runs.groups, "settings/evaluation/pgd")
    if pgd is None:
        return ""
    size = f"{pgd['step_size']:g}" if pgd["step_size"] > 0 else f"2.5 ε / {pgd['steps']}"
    return (f" {pgd['steps']} steps of {size}, {pgd['restarts']} attempt{'' if pgd['restarts'] == 1 else 's'} from "
            f"{'anywhere' if pgd['random_start'] else 'the clean image'} within the bound, of the "
            f"L{'∞' if pgd['norm'] == 'inf' else '2'} norm.")


def set_note(runs, part, name):
    attack = part == "adversarial"
    note = ("Successful: classified correctly before the attack and no longer. Accepted: share of the successful "
            "attacks" if attack else "Accepted: share of these images")
    note += " when 1 % (5 %) of images like the held-out ones are refused."
    images = common_value(runs.groups, f"{part}/{name}/images")
    if images is not None:
        note = f"{images} images of {set_label(name)}. {note}"
    return note + pgd_note(runs) if attack and "pgd" in name else note


def set_table(runs, part, name):
    path = f"{part}/{name}/"
    columns = [Column("EER by likelihood (%)", path + "scores/log_likelihood/eer", 2),
               Column("of successful alone (%)", path + "successful/eer_likelihood", 2),
               Column("AUROC by likelihood", path + "auroc", 4),
               Column("FPR at 95 % TPR by likelihood (%)", path + "fpr95", 2, 100),
               Column("accepted, 1 % (%)", path + "accepted_at_0.01", 2, 100),
               Column("accepted, 5 % (%)", path + "accepted_at_0.05", 2, 100),
               Column("EER by posterior (%)", path + "scores/neg_log_error/eer", 2)]
    columns += [Column(header, f"{path}scores/{score}/auroc", 4) for score, header in POST_HOC.items()]
    return table_of(f"{runs.title}: clean against {set_label(name)}", runs, columns, set_note(runs, part, name))


def detection_tables(groups):
    """For each data set and width of the features one table of classification, and one for each attacked or foreign
    set; experiments as rows."""
    tables = []
    for runs in comparable(groups):
        tables.append(classification_table(runs))
        for part in ("adversarial", "ood"):
            tables += [set_table(runs, part, name) for name in names_in(runs.groups, part)]
    return tables


def pairs_note(runs):
    note = ("Standard error: of the mean accuracy over the folds of one run. TAR: share of genuine pairs accepted "
            "where the share FAR of impostor pairs is.")
    pairs = common_value(runs.groups, "verification/pairs")
    if pairs is None:
        return note
    return f"{pairs['genuine']} genuine and {pairs['impostor']} impostor pairs, {pairs['folds']} folds. {note}"


def pairs_table(runs, scores):
    """A row for each score of each experiment."""
    rates = dict.fromkeys(rate for score in scores
                          for rate in names_in(runs.groups, f"{VERIFICATION}/{score}/tar_at_far"))
    columns = [("accuracy (%)", "accuracy", 2), ("standard error", "standard_error", 2), ("EER (%)", "eer", 2),
               ("AUROC", "auroc", 4)]
    columns += [(f"TAR at FAR {rate}", f"tar_at_far/{rate}", 4) for rate in rates]
    rows = []
    for label, group in zip(runs.labels, runs.groups):
        for score in scores:
            accuracy = group.estimate(f"{VERIFICATION}/{score}/accuracy")
            if accuracy is None:
                continue
            found = [(group.estimate(f"{VERIFICATION}/{score}/{path}"), decimals) for _, path, decimals in columns]
            cells = [estimate.text(decimals) if estimate else labels.MISSING for estimate, decimals in found]
            rows.append([f"{label}, {score}", *cells, str(accuracy.count)])
    return Table(f"{runs.title}: verification of pairs", ["", *(header for header, _, _ in columns), "seeds"], rows,
                 pairs_note(runs))


def pairs_tables(groups):
    """For each data set and width of the features a table, of those runs that verified pairs."""
    found = ((runs, names_in(runs.groups, VERIFICATION)) for runs in comparable(groups))
    return [pairs_table(runs, scores) for runs, scores in found if scores]


def attack_of_kind(runs, kind):
    """"fgsm_0.3" as in the paper if any run has it, otherwise that kind of attack with the largest bound; None if
    there is none."""
    bounds = {name: bound for name in names_in(runs.groups, "adversarial")
              for found, bound in [labels.split_attack(name)] if found == kind}
    return max(bounds, key=lambda name: math.inf if bounds[name] == 0.3 else bounds[name], default=None)
