#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Splits the clean images of a measured run anew and anew into calibration and test, and prints how often clean
images are refused beside what theory says.

RUN has scores.csv and held_out_scores.csv, by `gmtrain evaluate RUN` and `gmtrain evaluate RUN --held-out`. The
formulas are operator.md's, written here a second time on purpose.
"""

import argparse
import csv
import pathlib

import numpy as np

RATES = (0.001, 0.01, 0.05, 0.1)


def read_clean(run):
    """[n] predicted classes and [n,3] distances, energies and doubts of test and held-out images."""
    rows = []
    for name, sets in (("scores.csv", {"clean"}), ("held_out_scores.csv", {"clean", "calibration"})):
        with open(run / name, newline="") as lines:
            for row in csv.DictReader(lines):
                if row["set"] in sets:
                    rows.append([float(row[key]) for key in ("predicted", "distance", "energy", "doubt")])
    if not rows:
        raise SystemExit(f"{run}: expected clean images in scores.csv and held_out_scores.csv")
    values = np.array(rows)
    return values[:, 0].astype(int), values[:, 1:].astype(np.float32)


def at_least(ascending, values):
    return len(ascending) - np.searchsorted(ascending, values, side="left")


def nonconformity(energy_rank, doubt_rank, n):
    return ((1 + n) / energy_rank) ** 2.5 + ((1 + n) / doubt_rank) ** 2


def p_by_energy_and_doubt(calibration, test):
    n = len(calibration)
    energies, doubts = np.sort(calibration[:, 1]), np.sort(calibration[:, 2])
    table = np.sort(nonconformity(at_least(energies, calibration[:, 1]), at_least(doubts, calibration[:, 2]), n))
    score = nonconformity(1 + at_least(energies, test[:, 1]), 1 + at_least(doubts, test[:, 2]), n)
    return (1 + at_least(table, score * (1 - 1e-6))) / (1 + n)


def p_by_distance(calibration, test):
    return (1 + at_least(np.sort(calibration[:, 0]), test[:, 0])) / (1 + len(calibration))


def p_by_class(calibration, calibrated, test, tested):
    """Ranked among the images of the same predicted class."""
    p = np.ones(len(test))
    for k in np.unique(tested):
        p[tested == k] = p_by_energy_and_doubt(calibration[calibrated == k], test[tested == k])
    return p


def expected(rate, n, tested):
    """Mean and standard deviation of the share of `tested` images below the rate, ranked among n without ties."""
    refused = np.ceil(rate * (n + 1) - 1e-9) - 1  # of n + 1 ranks
    mean = refused / (n + 1)
    variance = mean * (1 - mean) / (n + 2) * (n + 1 + tested) / tested  # beta-binomial
    return mean, np.sqrt(variance)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=pathlib.Path)
    parser.add_argument("--splits", type=int, default=1000)
    parser.add_argument("--calibration", type=int, default=5000, help="images of a split that calibrate")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    predicted, values = read_clean(arguments.run)
    n = arguments.calibration
    if not 0 < n < len(values):
        raise SystemExit(f"--calibration: expected fewer than the {len(values)} images, got {n}")
    random = np.random.default_rng(arguments.seed)
    names = ("energy and doubt", "by class", "distance")
    shares = {name: np.empty((arguments.splits, len(RATES))) for name in names}
    for split in range(arguments.splits):
        order = random.permutation(len(values))
        one, other = order[:n], order[n:]
        p_values = {
            "energy and doubt": p_by_energy_and_doubt(values[one], values[other]),
            "by class": p_by_class(values[one], predicted[one], values[other], predicted[other]),
            "distance": p_by_distance(values[one], values[other]),
        }
        for name, p in p_values.items():
            shares[name][split] = [(p < rate).mean() for rate in RATES]
    print(f"{arguments.splits} splits of {len(values)} images: {n} calibrate, {len(values) - n} are tested. In percent.")
    print(f"{'':18}" + "".join(f"{100 * rate:>18g}" for rate in RATES))
    print(f"{'theory, no ties':18}" + "".join("{:>10.3f} ± {:.3f}".format(
        *(100 * x for x in expected(rate, n, len(values) - n))) for rate in RATES))
    for name, share in shares.items():
        cells = (f"{100 * mean:>10.3f} ± {100 * spread:.3f}" for mean, spread in zip(share.mean(0), share.std(0)))
        print(f"{name:18}" + "".join(cells))


if __name__ == "__main__":
    main()
