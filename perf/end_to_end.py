# SPDX-License-Identifier: Apache-2.0
"""From picture files to verdicts:
    end_to_end.py LIBRARY SOFTMAX_MODEL OUT.json NAME=PICTURES,MODEL.onnx[,ORIGINAL.onnx]...

The module's OpenSetClassifier (LIBRARY: timed_dnn) beside the same network with a softmax layer (which the program
SOFTMAX_MODEL writes) in onnxruntime, with reading and resizing by OpenCV's Python as one would write it; and in cv::dnn
the network with its head beside that with softmax. Models are loaded before, rivals take turns in one
process. PICTURES: a folder, or MNIST's file of images; as they are and, enlarged to --side pixels, as JPEG.
"""

import argparse
import json
import math
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import cv2
import numpy as np
import onnxruntime
from ratios import ratio
from turns import floats, library_of, session_of, timed_by, timed_calls

BATCHES = (1, 16)


def written(pictures, folder, side, count):
    """Pictures as files, as they are and enlarged."""
    if pictures.is_file():
        images = np.fromfile(pictures, np.uint8, offset=16)[:count * 784].reshape(-1, 28, 28)
        originals = []
        for i, image in enumerate(images):
            originals.append(folder / f"{i}.png")
            cv2.imwrite(str(originals[-1]), image)
    else:
        files = sorted(file for file in pictures.rglob("*") if file.suffix in (".jpg", ".jpeg", ".png"))
        originals = [files[i] for i in np.random.default_rng(1).permutation(len(files))[:count]]
    large = [folder / f"{i}-large.jpg" for i in range(len(originals))]
    for file, name in zip(originals, large):
        cv2.imwrite(str(name), cv2.resize(cv2.imread(str(file)), (side, side), interpolation=cv2.INTER_CUBIC))
    return {"as they are": originals, f"{side} x {side}": large}


class Rival:
    """onnxruntime, and OpenCV's Python for the pictures."""

    def __init__(self, model, threads):
        self.session = session_of(model, threads)
        image = self.session.get_inputs()[0]
        self.name, (_, channels, self.height, self.width) = image.name, image.shape
        self.flag = cv2.IMREAD_GRAYSCALE if channels == 1 else cv2.IMREAD_COLOR_RGB

    def use(self, files):
        self.files, self.next = files, 0

    def prepared(self, batch):
        pictures = []
        for _ in range(batch):
            picture = cv2.imread(self.files[self.next % len(self.files)], self.flag)
            self.next += 1
            if picture.shape[:2] != (self.height, self.width):
                picture = cv2.resize(picture, (self.width, self.height), interpolation=cv2.INTER_AREA)
            pictures.append(picture)
        return cv2.dnn.blobFromImages(pictures)

    def posteriors(self, images):
        return self.session.run(["prob"], {self.name: images})[0]

    def judge(self, batch):
        return self.posteriors(self.prepared(batch)).argmax(1)


def by_turns(turns, rounds, seconds):
    """Of each turn the medians in ms, round by round, and the least run of all."""
    counts, medians, least = {}, {turn: [] for turn in turns}, dict.fromkeys(turns, math.inf)
    for turn, timed in turns.items():
        timed(3)
        counts[turn] = max(3, min(2000, int(seconds / np.median(timed(3)))))
    for _ in range(rounds):
        for turn, timed in turns.items():
            time.sleep(0.01)  # the threads of one library spin on for a while
            times = 1e3 * np.asarray(timed(counts[turn]))
            medians[turn].append(float(np.median(times)))
            least[turn] = min(least[turn], float(times.min()))
    return medians, least


def check_posteriors(library, rival, batch, exact):
    """Of the same pictures: cv::dnn and onnxruntime with softmax, and the head where it stands for the same layer."""
    library.rewind_pictures()
    rival.next = 0
    timed_by(library.prepare, batch)(1)
    expected = rival.posteriors(rival.prepared(batch))
    for which in (0, 1) if exact else (1,):
        found = np.zeros_like(expected)
        timed_by(library.forward, which)(1)
        library.read_output(which, 0, floats(found))
        if not np.allclose(found, expected, atol=0.02):  # JPEG and areas differ a little between versions of OpenCV
            sys.exit(f"expected one posterior of all, got {found[:2]} and {expected[:2]}")


def measured(name, given, library, options, folder):
    pictures, model, *original = given.split(",")
    softmax = str(folder / "softmax.onnx")
    subprocess.run([options.softmax_model, model, softmax, *original], check=True)
    rival = Rival(softmax, options.threads)
    rows = []
    for size, files in written(pathlib.Path(pictures), folder, options.side, options.pictures).items():
        library.load_classifier(model.encode())
        library.load_network(0, model.encode(), True)
        library.load_network(1, softmax.encode(), False)
        files = [str(file) for file in files]
        for file in files:
            library.add_picture(file.encode())
        rival.use(files)
        for batch in BATCHES:
            check_posteriors(library, rival, batch, exact=not original)
            turns = {"dnn_gm": timed_by(library.judge, batch), "onnxruntime": timed_calls(rival.judge, batch),
                     "dnn_gm, pictures": timed_by(library.prepare, batch),
                     "onnxruntime, pictures": timed_calls(rival.prepared, batch),
                     "onnxruntime, network": timed_calls(rival.posteriors, rival.prepared(batch))}
            whole, least = by_turns(turns, options.rounds, options.seconds)
            # By themselves: threads of onnxruntime that spin would disturb what differs by a hundredth.
            turns = {"GMHead": timed_by(library.forward, 0), "softmax": timed_by(library.forward, 1)}
            nets, least_nets = by_turns(turns, 4 * options.rounds, options.seconds / 2)
            rows.append({"model": name, "pictures": size, "batch": batch,
                         "ms": {turn: statistics.median(of) for turn, of in (whole | nets).items()},
                         "least ms": least | least_nets,
                         "onnxruntime / dnn_gm": ratio(whole["onnxruntime"], whole["dnn_gm"]),
                         "GMHead / softmax": ratio(nets["GMHead"], nets["softmax"])})
            print(json.dumps(rows[-1]), flush=True)
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("library")
    parser.add_argument("softmax_model")
    parser.add_argument("out")
    parser.add_argument("models", nargs="+", metavar="NAME=PICTURES,MODEL[,ORIGINAL]")
    parser.add_argument("--pictures", type=int, default=200)
    parser.add_argument("--side", type=int, default=480)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=0.3, help="of a turn")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    options = parser.parse_args()
    library = library_of(options.library, options.threads)
    rows = []
    for model in options.models:
        with tempfile.TemporaryDirectory() as folder:
            name, given = model.split("=", 1)
            rows += measured(name, given, library, options, pathlib.Path(folder))
    versions = {"opencv": library.opencv_version().decode(), "opencv of the rival": cv2.__version__,
                "onnxruntime": onnxruntime.__version__}
    with open(options.out, "w") as file:
        json.dump({"versions": versions, "threads": options.threads, "rows": rows}, file, indent=1)


if __name__ == "__main__":
    main()
