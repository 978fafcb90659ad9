# SPDX-License-Identifier: Apache-2.0
"""The loss, forward and backward, beside what a PyTorch user would write: lgm_loss.py FOLDER_OF_LIBRARIES

Eager in FP32 and TF32, compiled, and ours without and with a memory budget.
"""

import json
import math
import sys
import traceback

import torch

from timing import allow_tf32, microseconds

SHAPES = ((128, 10, 100), (256, 1000, 512), (256, 10575, 512))
COMPILED = SHAPES[1:]
BUDGET = 64 << 20


def inputs(n, k, d, diagonal):
    torch.manual_seed(1)
    features = torch.randn(n, d, device="cuda", requires_grad=True)
    means = torch.randn(k, d, device="cuda", requires_grad=True)
    log_variances = torch.zeros(*((k, d) if diagonal else (1, 1)), device="cuda", requires_grad=True)
    log_priors = torch.full((k,), -math.log(k), device="cuda")
    return features, means, log_variances, log_priors, torch.randint(k, (n,), device="cuda")


def ours(features, means, log_variances, log_priors, labels, budget=0):
    return torch.ops.lgm.loss(features, means, log_variances, log_priors, labels, 1.0, 0.1, budget)[0]


def composed(features, means, log_variances, log_priors, labels):
    """By matrix products, with the digits that the expanded square costs."""
    precisions = torch.exp(-log_variances).expand(*means.shape)
    distances = 0.5 * (features.square() @ precisions.T - 2 * features @ (means * precisions).T
                       + (means.square() * precisions).sum(1))
    half_log_dets = 0.5 * log_variances.expand(*means.shape).sum(1)
    own = distances.gather(1, labels[:, None])
    logits = (log_priors - half_log_dets - distances).scatter_add(1, labels[:, None], -own)
    return (torch.nn.functional.cross_entropy(logits, labels, reduction="none")
            + 0.1 * (own[:, 0] + half_log_dets[labels]))


def measured(loss, arguments, loops):
    leaves = arguments[:3]

    def step():
        return torch.autograd.grad(loss(*arguments).sum(), leaves)

    us = microseconds(step, loops, repeats=5)
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    step()
    torch.cuda.synchronize()
    return f"{us / 1000:.3f}, {(torch.cuda.max_memory_allocated() - before) / 2**20:.0f} MiB"


failed = []


def attempt(run):
    """The other columns are still to be had where a compiler or memory fails."""
    try:
        return run()
    except Exception as error:
        traceback.print_exc()
        failed.append(type(error).__name__)
        return failed[-1]


def row_of(n, k, d, diagonal):
    arguments = inputs(n, k, d, diagonal)
    loops = 20 if k < 10000 else 5
    row = {"N, K, D": f"{n}, {k}, {d}", "variances": "diagonal" if diagonal else "shared"}
    row["ours, ms"] = attempt(lambda: measured(ours, arguments, loops))
    row["within 64 MiB"] = attempt(lambda: measured(lambda *a: ours(*a, BUDGET), arguments, loops))
    for name, tf32 in (("composed, FP32", False), ("composed, TF32", True)):
        allow_tf32(tf32)
        row[name] = attempt(lambda: measured(composed, arguments, loops))
    allow_tf32(False)
    return row


def compiled_row(n, k, d):
    arguments = inputs(n, k, d, True)
    return {"N, K, D": f"{n}, {k}, {d}", "variances": "diagonal",
            "torch.compile, FP32": attempt(lambda: measured(torch.compile(composed), arguments, 5))}


def replay_equals_eager():
    """Whether a captured CUDA graph of the loss gives the bits that the loss itself gives."""
    arguments = inputs(128, 10, 100, True)
    leaves = arguments[:3]

    def step():
        loss = ours(*arguments)
        return (loss.detach(), *torch.autograd.grad(loss.sum(), leaves))

    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            expected = [tensor.clone() for tensor in step()]
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        captured = step()
    graph.replay()
    torch.cuda.synchronize()
    return all(torch.equal(a, b) for a, b in zip(captured, expected))


def million():
    arguments = inputs(256, 1000000, 512, False)
    row = {"N, K, D": "256, 1000000, 512", "variances": "shared"}
    row["within 256 MiB"] = attempt(lambda: measured(lambda *a: ours(*a, 256 << 20), arguments, 1))
    row["composed, FP32"] = attempt(lambda: measured(composed, arguments, 1))
    return row


def main():
    for library in ("liblgm.so", "liblgm_cuda.so"):
        torch.ops.load_library(f"{sys.argv[1]}/{library}")
    equal = attempt(replay_equals_eager)
    print(json.dumps({"N, K, D": "128, 10, 100", "variances": "diagonal", "CUDA graph equals eager": str(equal)}))
    for shape in SHAPES:
        for diagonal in (False, True):
            print(json.dumps(row_of(*shape, diagonal)), flush=True)
    print(json.dumps(million()), flush=True)
    for shape in COMPILED:
        print(json.dumps(compiled_row(*shape)), flush=True)
    return 0 if equal is True and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
