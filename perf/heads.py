# SPDX-License-Identifier: Apache-2.0
"""Times the heads that the program onnx_heads wrote: heads.py HEADS LIBRARY OUT.json [--quick] [--threads N]

GMHead in OpenCV (LIBRARY: timed_dnn), the same file in onnxruntime, and the leanest graph of standard operators there,
by turns in one process; beside them the floor: the larger of onnxruntime's product of the same size and one read of the
parameters.
"""

import argparse
import ctypes
import json
import os
import pathlib
import sys
import time

import numpy as np
import onnxruntime
from turns import floats, library_of, session_of, timed_by, timed_calls

BATCHES = (1, 16, 256)


class Timer:
    """Seconds of runs, some of them at a time, and the least median of the times that it was asked."""

    def __init__(self, timed):
        self.timed = timed  # of a count: so many seconds
        self.medians = []

    def take_turn(self, seconds):
        once = max(min(self.timed(2)), 1e-7)
        self.medians.append(float(np.median(self.timed(max(3, min(2000, int(seconds / once)))))))

    def milliseconds(self):
        return 1e3 * min(self.medians)


def bound(session, name, values):
    """A run of the session without copies of inputs and outputs."""
    binding = session.io_binding()
    binding.bind_cpu_input(name, values)
    for output in session.get_outputs():
        binding.bind_output(output.name, "cpu")
    return lambda: session.run_with_iobinding(binding)


def measured(library, file, batch, rounds, seconds, threads):
    exported, product = (str(file.with_name(file.name.replace("-lean", other))) for other in ("", "-product"))
    classes, width, form = pathlib.Path(exported).stem.split("-")
    classes, width = int(classes), int(width)
    depth = width + (width if form == "diagonal" else 1)
    random = np.random.default_rng(1)
    image = random.uniform(-1, 1, (batch, 1, 1, width)).astype(np.float32)
    factors = random.uniform(-1, 1, (batch, depth)).astype(np.float32)
    library.load_network(0, exported.encode(), True)
    library.set_input(batch, width, floats(image))
    sessions = [session_of(name, threads) for name in (exported, str(file))]
    timed_by(library.forward, 0)(1)
    density = np.zeros((batch, 1), np.float32)
    library.read_output(0, 2, floats(density))
    for session in sessions:  # the leanest graph has fewer digits
        if not np.allclose(density, session.run(["log_density"], {"image": image})[0], rtol=1e-4):
            sys.exit(f"{file}: expected one log-density of all")
    parameters = 4 * classes * (depth + 1)
    timers = {"GMHead": Timer(timed_by(library.forward, 0)),
              "exported": Timer(timed_calls(bound(sessions[0], "image", image))),
              "leanest": Timer(timed_calls(bound(sessions[1], "image", image))),
              "product": Timer(timed_calls(bound(session_of(product, threads), "factors", factors))),
              "read": Timer(timed_by(library.read_memory, ctypes.c_size_t(parameters)))}
    for _ in range(rounds):
        for timer in timers.values():
            timer.take_turn(seconds)
            time.sleep(0.01)  # the threads of one library spin on for a while
    return {"N, K, D": f"{batch}, {classes}, {width}", "variances": form,
            "operations": 2 * batch * classes * depth,
            "ms": {name: timer.milliseconds() for name, timer in timers.items()}}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("heads", type=pathlib.Path)
    parser.add_argument("library")
    parser.add_argument("out")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    options = parser.parse_args()
    files = sorted(options.heads.glob("*-lean.onnx"), key=lambda path: path.stat().st_size)
    if not files:
        sys.exit(f"{options.heads}: expected files of onnx_heads")
    library = library_of(options.library, options.threads)
    rounds, seconds = (1, 0) if options.quick else (5, 0.12)
    rows = []
    for file in files:
        for batch in BATCHES:
            rows.append(measured(library, file, batch, rounds, seconds, options.threads))
            print(rows[-1], flush=True)
    versions = {"opencv": library.opencv_version().decode(), "onnxruntime": onnxruntime.__version__}
    with open(options.out, "w") as out:
        json.dump({"versions": versions, "threads": options.threads, "rounds": rounds, "rows": rows}, out, indent=1)


if __name__ == "__main__":
    main()
