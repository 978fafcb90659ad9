# SPDX-License-Identifier: Apache-2.0
"""Two epochs of gmtrain on MNIST, on the GPU, then calibration on both devices: gmtrain_mnist.py BUNDLE RUN"""

import json
import pathlib
import shutil
import subprocess
import sys
import time

EPOCHS = 2
ALPHA = 0.3  # as torch_mnist.py
MOST_OFF = 1e-3


def main():
    bundle, run = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    shutil.rmtree(run, ignore_errors=True)
    gmtrain = lambda *arguments: subprocess.run([bundle / "bin/gmtrain", *arguments], check=True)
    began = time.monotonic()
    gmtrain("train", "--recipe", bundle / "recipes/mnist-demo.toml", "--set", f"data.root={bundle / 'data'}",
            "--set", f"train.epochs={EPOCHS}", "--set", "data.outliers=[]", "--set", f"loss.alpha={ALPHA}", "--device", "cuda", "--out", run)
    seconds = time.monotonic() - began
    records = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    errors = [record["epoch/error"] for record in records if "epoch/error" in record]
    # What calibration finds on the GPU and on the CPU is the same but for rounding.
    calibrations = []
    for device in ("cuda", "cpu"):
        gmtrain("calibrate", run, "--device", device)
        calibrations.append(json.loads((run / "calibration.json").read_text()))
    off = difference(*calibrations)
    print(json.dumps({"epochs": EPOCHS, "images/s, start included": round(EPOCHS * 55000 / seconds),
                      "training error, %": ", ".join(f"{error:.2f}" for error in errors),
                      "largest difference of calibrations": f"{off:.2g}"}))
    return 0 if off < MOST_OFF else 1


def difference(a, b):
    """Largest of quantiles of the energies and doubts of two calibrations, relative to their size."""
    worst = 0.0
    for one, other in zip(a["groups"], b["groups"], strict=True):
        for line in ("energies", "doubts"):
            for x, y in zip(quantiles(one[line]), quantiles(other[line])):
                worst = max(worst, abs(x - y) / max(1.0, abs(x)))
    return worst


def quantiles(ascending):
    return [ascending[i * (len(ascending) - 1) // 20] for i in range(1, 20)]


if __name__ == "__main__":
    sys.exit(main())
