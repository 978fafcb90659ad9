# SPDX-License-Identifier: Apache-2.0
"""The loss, forward and backward, beside what a PyTorch user would write: lgm_loss.py LIBLGM OUT.json

All rivals take turns in one run. Milliseconds are medians; a ratio is the median over rounds of rival
by ours within a round. `near` classes overlap so that every posterior matters, as at the start of a
training; `far` ones have features around their means, as at its end. Beside that, how ours grows with N, K and D.
"""

import argparse
import json
import math
import statistics
import time

import torch
from ratios import ratio

SHAPES = ((128, 10, 100), (256, 100, 512), (256, 1000, 512), (256, 10575, 512))
GROWTH = {"N": [(n, 1000, 128) for n in (16, 64, 256, 1024, 4096)],
          "K": [(256, k, 128) for k in (10, 100, 1000, 10000, 100000, 1000000)],
          "D": [(256, 1000, d) for d in (16, 64, 256, 1024, 4096)]}


def inputs(n, k, d, diagonal, near):
    torch.manual_seed(1)
    means = torch.randn(k, d) * (0.02 if near else 1)
    labels = torch.randint(k, (n,))
    features = means[labels] + torch.randn(n, d) * (1 if not near else 0.1)
    log_variances = torch.zeros(*((k, d) if diagonal else (1, 1)))
    return (*(t.requires_grad_() for t in (features, means, log_variances)),
            torch.full((k,), -math.log(k)), labels)


def ours(features, means, log_variances, log_priors, labels):
    return torch.ops.lgm.loss(features, means, log_variances, log_priors, labels, 1.0, 0.1)[0]


def composed(features, means, log_variances, log_priors, labels):
    """By matrix products, with the digits that the expanded square costs."""
    precisions = torch.exp(-log_variances)
    if log_variances.shape == means.shape:
        squares = (features.square() @ precisions.T - 2 * features @ (means * precisions).T
                   + (means.square() * precisions).sum(1))
        half_log_dets = 0.5 * log_variances.sum(1)
    else:
        squares = precisions * (features.square().sum(1, keepdim=True) - 2 * features @ means.T
                                + means.square().sum(1))
        half_log_dets = (0.5 * means.shape[1] * log_variances.squeeze(1)).expand(means.shape[0])
    distances = 0.5 * squares
    own = distances.gather(1, labels[:, None])
    logits = (log_priors - half_log_dets - distances).scatter_add(1, labels[:, None], -own)
    return (torch.nn.functional.cross_entropy(logits, labels, reduction="none")
            + 0.1 * (own[:, 0] + half_log_dets[labels]))


def seconds(loss, arguments, loops):
    begin = time.perf_counter()
    for _ in range(loops):
        torch.autograd.grad(loss(*arguments).sum(), arguments[:3])
    return (time.perf_counter() - begin) / loops


def measured(rivals, arguments, rounds):
    times = {name: [] for name in rivals}
    for name, loss in rivals.items():
        seconds(loss, arguments, 3)
    once = max(seconds(loss, arguments, 1) for loss in rivals.values())
    loops = max(1, min(100, int(0.02 / once)))
    for _ in range(rounds):
        for name, loss in rivals.items():
            times[name].append(seconds(loss, arguments, loops))
    first = next(iter(rivals))
    return {"ms": {name: 1e3 * statistics.median(of) for name, of in times.items()},
            "ratios": {name: ratio(of, times[first]) for name, of in times.items() if name != first}}


def grown(sizes):
    """Milliseconds of ours, one variance, for each size."""
    times = []
    for size in sizes:
        arguments = inputs(*size, diagonal=False, near=False)
        seconds(ours, arguments, 1)
        once = seconds(ours, arguments, 1)
        loops = max(1, min(100, int(0.05 / once)))
        times.append(1e3 * statistics.median(seconds(ours, arguments, loops) for _ in range(5)))
        print(size, times[-1], flush=True)
    return times


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("library")
    parser.add_argument("out")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--shape", type=int, nargs=3, action="append")
    parser.add_argument("--no-compile", action="store_true")
    parser.add_argument("--no-growth", action="store_true")
    options = parser.parse_args()
    torch.ops.load_library(options.library)
    rows = []
    for n, k, d in options.shape or SHAPES:
        for diagonal in (True, False):
            for near in (True, False):
                rivals = {"ours": ours, "eager": composed}
                if not options.no_compile:
                    torch._dynamo.reset()
                    rivals["compiled"] = torch.compile(composed)
                row = {"N, K, D": f"{n}, {k}, {d}", "variances": "diagonal" if diagonal else "one",
                       "classes": "near" if near else "far"}
                row |= measured(rivals, inputs(n, k, d, diagonal, near), options.rounds)
                rows.append(row)
                print(row, flush=True)
    growth = {} if options.no_growth else {
        name: {"sizes": sizes, "ms": grown(sizes)} for name, sizes in GROWTH.items()}
    with open(options.out, "w") as file:
        json.dump({"torch": torch.__version__, "threads": torch.get_num_threads(), "rounds": options.rounds,
                   "rows": rows, "growth": growth}, file, indent=1)


if __name__ == "__main__":
    main()
