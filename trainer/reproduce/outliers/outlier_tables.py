# SPDX-License-Identifier: Apache-2.0
"""Writes the tables of doc/outliers.md: outlier_tables.py RESULTS PAGE

RESULTS has what `gmattach --rivals` wrote of each network, or `gmtrain evaluate` of one with a head of its own.
"""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "compare"))

from pages import replace_marked, table

NETWORKS = ("cifar10-resnet20", "cifar10-resnet56", "resnet20-softmax-short", "resnet20-lgm-short")
OURS = "p_value"
OWN_MISTAKES = "own mistakes"
WITHIN, AHEAD = 0.005, 0.02  # of the best rival for every kind; of each rival in the mean


# What gmtrain calls these scores.
OF_GMTRAIN = {"p_value": OURS, "max_softmax": "MSP", "energy_score": "energy", "mahalanobis": "MDS",
              "relative_mahalanobis": "RMDS", "nearest_neighbour": "kNN"}


def kinds_of(figures):
    """What each score says of each kind of pictures that are to be refused."""
    if "ood" in figures:
        return {kind: {name: told["scores"][score] for score, name in OF_GMTRAIN.items()}
                for kind, told in figures["ood"].items()}
    rivals = figures["rivals"]
    kinds = dict(rivals["outliers"])
    if rivals["own_mistakes"]:
        kinds[OWN_MISTAKES] = rivals["own_mistakes"]
    return kinds


def mean(values):
    values = list(values)
    return sum(values) / len(values)


def means_of(kinds):
    """Of each score's AUROC over the kinds."""
    return {score: mean(kind[score]["auroc"] for kind in kinds.values()) for score in next(iter(kinds.values()))}


def gap(kind):
    """How far the p-value's AUROC is above the best rival's."""
    return kind[OURS]["auroc"] - max(told["auroc"] for score, told in kind.items() if score != OURS)


def named(scores):
    return ["p-value" if score == OURS else score for score in scores]


def signed(difference):
    text = f"{difference:+.3f}"
    return "0.000" if float(text) == 0 else text


def best_bold(values, scores, form="{:.3f}"):
    """The largest, as it is shown, in bold."""
    shown = [form.format(values[score]) for score in scores]
    return [f"**{text}**" if text == max(shown) else text for text in shown]


def auroc_table(figures):
    kinds = kinds_of(figures)
    means = means_of(kinds)
    scores = list(means)
    rows = [[name, *best_bold({s: kind[s]["auroc"] for s in scores}, scores), signed(gap(kind))]
            for name, kind in kinds.items()]
    ahead = means[OURS] - max(value for score, value in means.items() if score != OURS)
    rows.append(["mean", *best_bold(means, scores), signed(ahead)])
    return table(["AUROC", *named(scores), "above the best rival"], rows)


def accepted_table(figures):
    kinds = kinds_of(figures)
    scores = list(next(iter(kinds.values())))

    def shares(told, what):
        return " / ".join(f"{100 * told[f'{what}_at_{rate}']:.1f}" for rate in ("0.01", "0.05"))

    def mean_shares(score):
        return {f"accepted_at_{rate}": mean(kind[score][f"accepted_at_{rate}"] for kind in kinds.values())
                for rate in ("0.01", "0.05")}

    rows = [[name, *(shares(kind[s], "accepted") for s in scores)] for name, kind in kinds.items()]
    rows.append(["mean", *(shares(mean_shares(s), "accepted") for s in scores)])
    refused = figures["rivals"]["refused"]
    rows.append(["test pictures, refused", *(shares(refused[s], "false_reject") for s in scores)])
    return table(["accepted at 1 / 5 %, in %", *named(scores)], rows)


def own_head_part(figures):
    """Of gmtrain's, which says what is accepted by the p-value alone."""
    rows = [[kind, *(f"{100 * told[f'accepted_at_{rate}']:.1f}" for rate in ("0.01", "0.05"))]
            for kind, told in figures["ood"].items()]
    refused = (f"{100 * figures['calibration'][f'false_reject_at_{rate}']:.1f}" for rate in ("0.01", "0.05"))
    rows.append(["test pictures, refused", *refused])
    return "\n\n".join([f"{100 - figures['test_error']:.1f} % of the test pictures are right.", auroc_table(figures),
                        table(["accepted by the p-value, in %", "at 1 %", "at 5 %"], rows)])


def network_part(figures):
    if figures is None:
        return "Not run."
    if "ood" in figures:
        return own_head_part(figures)
    parts, test = figures["parts"], figures["test"]
    return "\n\n".join([
        f"Fitted to {parts['fit']}, form chosen by {parts['choose']}, calibrated on {parts['calibrate']} training pictures: "
        f"{figures['form']['chosen']}. Of {parts['test']} test pictures the network's own last layer has "
        f"{100 * test['own_accuracy']:.1f} % right, the head {100 * test['accuracy']:.1f} %.",
        auroc_table(figures), accepted_table(figures)])


def summary_part(results):
    rows = []
    for network, figures in results.items():
        if figures is None:
            rows.append([network, *["not run"] * 4])
            continue
        kinds = kinds_of(figures)
        means = means_of(kinds)
        best = max((score for score in means if score != OURS), key=means.get)
        ahead = means[OURS] - means[best]
        worst = min(kinds, key=lambda name: gap(kinds[name]))
        short = [name for name, kind in kinds.items() if gap(kind) < -WITHIN]
        rows.append([network, f"{means[OURS]:.3f}", f"{means[best]:.3f} ({best})",
                     f"{signed(ahead)}: {'reached' if ahead >= AHEAD else '**missed**'}",
                     f"{signed(gap(kinds[worst]))} ({worst}): " + (f"**missed** for {', '.join(short)}" if short else "reached")])
    return table(["network", "mean AUROC of the p-value", "of the best rival", f"to reach: {AHEAD} above each rival",
                  f"to reach: no kind more than {WITHIN} below the best"], rows)


def parts_of(folder):
    files = {network: folder / f"{network}.json" for network in NETWORKS}
    results = {network: json.loads(file.read_text()) if file.exists() else None for network, file in files.items()}
    return {"summary": summary_part(results), **{network: network_part(figures) for network, figures in results.items()}}


def main():
    folder, page = (pathlib.Path(argument) for argument in sys.argv[1:])
    page.write_text(replace_marked(page.read_text(), parts_of(folder), str(page)))
    print(f"wrote {page}")


if __name__ == "__main__":
    main()
