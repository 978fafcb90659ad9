#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Times the heads that the program onnx_heads wrote, in onnxruntime: onnx_heads.py FOLDER [--quick]

An exported head and the leanest graph beside it run in one process, by turns.
"""

import pathlib
import resource
import sys
import time

import numpy as np
import onnxruntime

BATCHES = (256, 16, 1)


def median_ms(run, seconds):
    times = []
    while not times or (sum(times) < seconds and len(times) < 200):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return 1e3 * float(np.median(times))


def main():
    folder, quick = pathlib.Path(sys.argv[1]), "--quick" in sys.argv
    files = sorted(folder.glob("*-lean.onnx"), key=lambda path: path.stat().st_size)
    if not files:
        sys.exit(f"{folder}: expected files of onnx_heads")
    print("| N, K, D, variances | exported, ms | leanest graph, ms | ratio | peak memory so far, MiB |")
    print("|---|---:|---:|---:|---:|")
    for file in files:
        classes, width, form = file.stem.split("-")[:3]
        models = [str(file).replace("-lean", ""), str(file)]
        ours, lean = [onnxruntime.InferenceSession(m, providers=["CPUExecutionProvider"]) for m in models]
        for batch in BATCHES:
            image = np.random.default_rng(1).uniform(-1, 1, (batch, 1, 1, int(width))).astype(np.float32)
            a, b = ours.run(None, {"image": image}), lean.run(None, {"image": image})
            # Without differences the leanest graph has fewer digits.
            if not np.allclose(a[2], b[2], rtol=1e-4):
                sys.exit(f"{file}: expected the log-density of the exported head")
            times = []
            for _ in range(1 if quick else 3):
                times.append([median_ms(lambda: s.run(None, {"image": image}), 0 if quick else 1) for s in (ours, lean)])
            mine, other = np.array(times).min(0)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            shape = f"{batch}, {classes}, {width}, {form}"
            print(f"| {shape} | {mine:.3f} | {other:.3f} | {mine / other:.2f} | {peak:.0f} |", flush=True)


if __name__ == "__main__":
    main()
