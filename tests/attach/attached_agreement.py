# SPDX-License-Identifier: Apache-2.0
"""onnxruntime says of a model with an attached head what OpenCV does.

    attached_agreement.py FOLDER     model.onnx, pictures and verdicts.json, as test_attach leaves them
"""

import json
import pathlib
import sys

import cv2
import numpy
import onnxruntime


def main():
    folder = pathlib.Path(sys.argv[1])
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"), providers=["CPUExecutionProvider"])
    verdicts = json.loads((folder / "verdicts.json").read_text())
    wrong = 0
    images = numpy.stack([cv2.imread(str(folder / v["picture"]), cv2.IMREAD_GRAYSCALE)[None] for v in verdicts])
    outputs = session.run(["class", "log_density", "p_value"], {"image": images.astype(numpy.float32)})
    for verdict, *got in zip(verdicts, *outputs):
        expected = [verdict["class"], verdict["log_density"], verdict["p_value"]]
        differences = numpy.abs(numpy.concatenate(got) - expected)
        if not (differences <= [0, 1e-4 * max(1, abs(expected[1])), 0.01]).all():
            print(f"{verdict['picture']}: onnxruntime says {got}, OpenCV {expected}")
            wrong += 1
    print(f"{len(verdicts) - wrong} of {len(verdicts)} pictures agree")
    return 1 if wrong or not verdicts else 0


if __name__ == "__main__":
    sys.exit(main())
