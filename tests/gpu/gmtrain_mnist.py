"""Two epochs of gmtrain on MNIST, on the GPU, then calibration on both devices: gmtrain_mnist.py BUNDLE RUN"""

import json
import pathlib
import shutil
import subprocess
import sys
import time

EPOCHS = 2
ALPHA = 0.3  # as torch_mnist.py


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
    worst = {}
    for device in ("cuda", "cpu"):
        gmtrain("calibrate", run, "--device", device)
        worst[device] = json.loads((run / "calibration.json").read_text())
    print(json.dumps({"epochs": EPOCHS, "images/s, start included": round(EPOCHS * 55000 / seconds),
                      "training error, %": ", ".join(f"{error:.2f}" for error in errors),
                      "largest difference of a calibration's values": f"{difference(*worst.values()):.2g}"}))


def difference(a, b):
    """Largest relative difference of numbers that stand in the same place of two documents."""
    if isinstance(a, dict):
        return max((difference(a[key], b[key]) for key in a), default=0)
    if isinstance(a, list):
        return max((difference(x, y) for x, y in zip(a, b)), default=0)
    if isinstance(a, float) or isinstance(b, float):
        return abs(a - b) / max(1, abs(a))
    return 0


if __name__ == "__main__":
    main()
