# SPDX-License-Identifier: Apache-2.0
"""What share of the GPU's arithmetic and memory the head's kernels use, by ncu: limits.py TIME_HEAD_KERNELS

One launch of each kernel and grid is looked at.
"""

import csv
import json
import shutil
import subprocess
import sys

METRICS = {"gpu__time_duration.sum": "duration",
           "sm__throughput.avg.pct_of_peak_sustained_elapsed": "arithmetic",
           "gpu__compute_memory_throughput.avg.pct_of_peak_sustained_elapsed": "memory",
           "launch__registers_per_thread": "registers"}


def main():
    ncu = shutil.which("ncu") or shutil.which("ncu", path="/usr/local/cuda/bin")
    if ncu is None:
        sys.exit("no ncu here")
    run = subprocess.run([ncu, "--clock-control", "none", "--filter-mode", "per-launch-config", "--launch-count", "1",
                          "--metrics", ",".join(METRICS), "--csv", "--page", "raw", sys.argv[1]],
                         capture_output=True, text=True)
    lines = run.stdout.splitlines()
    begin = next((i for i, line in enumerate(lines) if line.startswith('"ID"')), None)
    if begin is None:
        sys.exit(f"ncu gave no table, exit code {run.returncode}:\n{run.stdout}\n{run.stderr}")
    table = csv.DictReader(line for line in lines[begin:] if line.startswith('"'))
    units = next(table)
    for launch in table:
        row = {"kernel": launch["Kernel Name"].split("<")[0], "blocks": launch["Grid Size"]}
        for metric, name in METRICS.items():
            if metric in launch:
                row[f"{name}, {units[metric]}"] = launch[metric]
        print(json.dumps(row))


if __name__ == "__main__":
    main()
