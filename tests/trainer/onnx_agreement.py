# SPDX-License-Identifier: Apache-2.0
"""Compares the six outputs with what is expected of them: of ONNX files run by
onnxruntime, or by OpenCV for Python with the module's library, or of the layer in NumPy.

A case is a folder with image.npy, features.npy, prob.npy, log_likelihood.npy, log_density.npy, distance.npy,
p_value.npy, class.npy and p_value_slack.npy (see agreement_case.hpp), and its model. Exit code 0 if every
output of every case agrees, 1 if not or if there is no case.
"""

import argparse
import ctypes
import pathlib
import sys

import numpy as np

OUTPUTS = ("prob", "log_likelihood", "log_density", "distance", "p_value", "class")
TOLERANCE = 1e-4


def excess(name, got, expected, slack):
    """Largest disagreement, in units of what is allowed; infinite where one side is not finite."""
    if got.shape != expected.shape:
        raise ValueError(f"{name} has shape {got.shape}, expected {expected.shape}")
    if name == "p_value":
        allowed = slack + 1e-6  # which float32 rounds by
    elif name == "class":
        allowed = 0.5 * np.ones_like(expected)  # none
    elif name == "prob":
        allowed = TOLERANCE  # of 1, the sum over the classes
    elif name == "distance":
        allowed = TOLERANCE * np.abs(expected)
    else:  # logarithms pass through 0: 1e-4 of the density is 1e-4 in its logarithm
        allowed = TOLERANCE * np.maximum(np.abs(expected), 1)
    difference = np.abs(got.astype(np.float64) - expected)
    return float(np.nan_to_num(difference / np.maximum(allowed, 1e-300), nan=np.inf).max())


def by_onnxruntime(model):
    """Outputs of images."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    return lambda images: session.run(list(OUTPUTS), {"image": images})


def by_module(model):
    """Outputs of images, by OpenCV for Python; the module's library is loaded."""
    import cv2

    net = cv2.dnn.readNetFromONNX(str(model))

    def outputs(images):
        net.setInput(images)
        return net.forward(list(OUTPUTS))

    return outputs


def by_numpy_layer(model):
    """Outputs of features, by the layer that OpenCV makes of the file."""
    import cv2
    import dnn_gm_layer

    made = []

    class Noted(dnn_gm_layer.GMHead):
        def __init__(self, params, blobs):
            super().__init__(params, blobs)
            made.append(self)

    cv2.dnn_registerLayer("dnn_gm.GMHead", Noted)
    net = cv2.dnn.readNetFromONNX(str(model))
    cv2.dnn_unregisterLayer("dnn_gm.GMHead")
    # In the whole network the features have that OpenCV's rounding.
    net.setInput(np.load(model.parent / "image.npy"))
    (prob,) = net.forward(["prob"])
    if not np.allclose(prob, np.load(model.parent / "prob.npy"), atol=1e-3):
        raise ValueError(f"{model}: posteriors differ by more than a network's rounding")
    return lambda features: made[0].forward([features])


def run(outputs, inputs, batch):
    parts = [outputs(inputs[first : first + batch]) for first in range(0, len(inputs), batch)]
    return [np.concatenate(part) for part in zip(*parts)]


def compare(outputs, inputs, folder, batches):
    expected = {name: np.load(folder / f"{name}.npy") for name in OUTPUTS}
    slack = np.load(folder / "p_value_slack.npy")
    inputs = np.load(folder / inputs)
    agrees = True
    for batch in batches or (1, 7, len(inputs)):
        worst = {
            name: excess(name, got, expected[name], slack)
            for name, got in zip(OUTPUTS, run(outputs, inputs, batch))
        }
        agrees &= all(value <= 1 for value in worst.values())
        figures = "  ".join(f"{name} {value:.2g}" for name, value in worst.items())
        print(f"{folder.name}, {len(inputs)} images by {batch}: {figures}")
    return agrees


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=pathlib.Path, help="a case, or a folder of cases")
    parser.add_argument("--model", type=pathlib.Path, help="ONNX file (default: the case's model.onnx)")
    parser.add_argument("--numpy-layer", type=pathlib.Path, help="folder of dnn_gm_layer.py: run that in place of onnxruntime")
    parser.add_argument("--module", help="libopencv_dnn_gm.so: run the files by this Python's OpenCV with it")
    parser.add_argument("--batch", type=int, nargs="+", help="batch sizes (default: 1, 7 and all)")
    arguments = parser.parse_args()
    cases = sorted(path.parent for path in arguments.folder.glob("**/image.npy"))
    if not cases:
        print(f"no image.npy in {arguments.folder}", file=sys.stderr)
        return 1
    print("disagreement in units of what is allowed: 1e-4 relative, and what that moves a p_value by")
    outputs_of, inputs = by_onnxruntime, "image.npy"
    if arguments.numpy_layer:
        sys.path.insert(0, str(arguments.numpy_layer))
        outputs_of, inputs = by_numpy_layer, "features.npy"
    if arguments.module:
        ctypes.CDLL(arguments.module)
        outputs_of = by_module
    results = [
        compare(outputs_of(arguments.model or case / "model.onnx"), inputs, case, arguments.batch) for case in cases
    ]
    print(f"{sum(results)} of {len(results)} cases agree")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
