# SPDX-License-Identifier: Apache-2.0
"""Timing of what PyTorch puts on the GPU."""

import statistics

import torch


def microseconds(run, loops=20, repeats=9):
    """Median over `repeats` of the mean over `loops`, after a first call that is not counted."""
    run()
    torch.cuda.synchronize()
    times = []
    for _ in range(repeats):
        begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        begin.record()
        for _ in range(loops):
            run()
        end.record()
        torch.cuda.synchronize()
        times.append(1000 * begin.elapsed_time(end) / loops)
    return statistics.median(times)


def allow_tf32(allowed):
    torch.backends.cuda.matmul.allow_tf32 = allowed
    torch.backends.cudnn.allow_tf32 = allowed
