# SPDX-License-Identifier: Apache-2.0
"""How much faster one rival is than another, round by round."""

import statistics


def ratio(of, to):
    ratios = [a / b for a, b in zip(of, to)]
    return {"median": statistics.median(ratios), "least": min(ratios), "largest": max(ratios)}
