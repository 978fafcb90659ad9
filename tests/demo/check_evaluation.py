#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares an evaluation.json of recipe mnist-demo with what the demo promises.

Exit code 0 if every figure is within its limits, 1 if one is not or is missing.
"""

import argparse
import json
import math
import operator
import pathlib
import sys

# Place in the file, its limit, how the two compare. Error rates are in percent.
LIMITS = [
    (("test_error",), operator.le, 0.6),
    (("adversarial", "fgsm_0.3", "eer_likelihood"), operator.le, 6.0),
    (("ood", "fashion_mnist", "auroc"), operator.ge, 0.97),
]
# The whole test sets, so that a figure from a few images does not pass.
IMAGES = [
    ("test_images",),
    ("adversarial", "fgsm_0.3", "images"),
    ("ood", "fashion_mnist", "images"),
    ("calibration", "images"),
]
TEST_SET = 10_000
SIGNS = {operator.le: "<=", operator.ge: ">=", operator.eq: "=="}


def look_up(evaluation, place):
    for key in place:
        evaluation = evaluation[key]
    return float(evaluation)


def false_reject_limits(rate, images):
    """Three binomial standard deviations around the nominal rate."""
    width = 3 * math.sqrt(rate * (1 - rate) / images)
    place = ("calibration", f"false_reject_at_{rate}")
    return [(place, operator.ge, rate - width), (place, operator.le, rate + width)]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=pathlib.Path, help="evaluation.json")
    evaluation = json.loads(parser.parse_args().file.read_text())
    limits = LIMITS + [(place, operator.eq, TEST_SET) for place in IMAGES]
    for rate in (0.01, 0.05):
        limits += false_reject_limits(rate, TEST_SET)
    failed = 0
    for place, compare, limit in limits:
        name = " / ".join(place)
        try:
            value = look_up(evaluation, place)
        except (KeyError, TypeError, ValueError) as error:
            print(f"missing  {name}: {error!r}")
            failed += 1
            continue
        passed = compare(value, limit)
        failed += not passed
        print(f"{'ok     ' if passed else 'FAILED '}  {name} {value:g} {SIGNS[compare]} {limit:g}")
    print(f"{len(limits) - failed} of {len(limits)} figures within their limits")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
