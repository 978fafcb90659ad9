# This file is part of OpenCV project.
# It is subject to the license terms in the LICENSE file found in the top-level directory
# of this distribution and at http://opencv.org/license.html.
"""GMHead in NumPy, for an OpenCV 4 that cannot load the module, as that of the opencv-python wheels.

    import cv2, dnn_gm_layer
    dnn_gm_layer.register()
    net = cv2.dnn.readNetFromONNX("model.onnx")
    net.setInput(blob)
    prob, predicted, p_value = net.forward(["prob", "class", "p_value"])

It gives the outputs of the operator (doc/operator.md of the module), worked out in float64, at the speed of Python: for applications
that run in C++, or on many images, there is the module.
"""

import math

import cv2
import numpy as np

FLT_MAX = float(np.finfo(np.float32).max)


def _ascending_lines(table):
    """The lines of a table [lines,Q] without the NaN that fill them up."""
    table = table[:, ~np.isnan(table[0])]
    return [line.astype(np.float32) for line in table]


def _at_least(ascending, value):
    """How many of the ascending values are at least this one."""
    return len(ascending) - int(np.searchsorted(ascending, np.float32(value)))


def _p_value(lines, distance, energy, doubt):
    samples = 1 + len(lines[0])
    if len(lines) == 1:
        return (1 + _at_least(lines[0], distance)) / samples
    rarity = samples / (1 + _at_least(lines[0], energy))
    doubt_rarity = samples / (1 + _at_least(lines[1], doubt))
    nonconformity = rarity**2.5 + doubt_rarity**2
    # What agrees within rounding counts as equal.
    return (1 + _at_least(lines[2], nonconformity * (1 - 1e-6))) / samples


class GMHead:
    """The layer as cv2.dnn_registerLayer() takes it; blobs are the operator's constants, in its order."""

    def __init__(self, params, blobs):
        if len(blobs) < 3:  # OpenCV 5 gives a layer its constants as inputs
            raise RuntimeError(f"dnn_gm_layer needs OpenCV 4 (opencv-python<5), this is {cv2.__version__}")
        means, log_variances, log_priors = (np.asarray(blob, np.float64) for blob in blobs[:3])
        self._means = means.reshape(len(means), -1)
        classes, dims = self._means.shape
        if log_variances.size not in (1, classes, classes * dims):
            raise ValueError(f"GMHead: log_variances must be [{classes},{dims}], [{classes},1] or [1,1]")
        log_variances = log_variances.reshape(-1, dims if log_variances.size == classes * dims else 1)
        self._scales = np.exp(-log_variances / 2)
        log_dets = np.broadcast_to(log_variances, (len(log_variances), dims)).sum(1)
        self._log_normalisers = np.broadcast_to(-0.5 * (dims * math.log(2 * math.pi) + log_dets), classes)
        self._offsets = self._log_normalisers + log_priors.ravel()
        self._base = self._offsets.max()
        self._tables = []
        if len(blobs) > 3 and blobs[3] is not None:  # an empty blob arrives as None
            calibration = np.asarray(blobs[3])
            tables = [_ascending_lines(table) for table in calibration.reshape(len(calibration), -1, calibration.shape[-1])]
            if any(len(lines[0]) for lines in tables):
                self._tables = tables

    def getMemoryShapes(self, inputs):
        rows = inputs[0][0]
        return [[rows, len(self._means)]] + 5 * [[rows, 1]]

    def forward(self, inputs):
        rows = [self._scores(x) for x in np.asarray(inputs[0], np.float64).reshape(len(inputs[0]), -1)]
        return [np.array(column, np.float32).reshape(len(rows), -1) for column in zip(*rows)]

    def _scores(self, x):
        """prob, log_likelihood, log_density, distance, p_value and class of one row."""
        with np.errstate(invalid="ignore", over="ignore"):
            differences = (x - self._means) * self._scales
            distances = np.einsum("kd,kd->k", differences, differences)
        distances[~(distances < FLT_MAX)] = FLT_MAX
        joint = self._offsets - distances / 2
        best = int(joint.argmax())
        if distances[best] == FLT_MAX:
            classes = len(joint)
            return np.full(classes, 1 / classes), -FLT_MAX / 2, -FLT_MAX / 2, FLT_MAX, 0.0, 0
        relative = np.exp(joint - joint[best])
        log_sum = joint[best] + math.log(relative.sum())
        others = np.delete(joint, best)
        doubt = -FLT_MAX
        if len(others):
            largest = others.max()
            doubt = largest - joint[best] + math.log(np.exp(others - largest).sum())
        p_value = 1.0
        if self._tables:
            table = self._tables[0 if len(self._tables) == 1 else best]
            p_value = _p_value(table, distances[best], -2 * (log_sum - self._base), doubt)
        return (relative / relative.sum(), self._log_normalisers[best] - distances[best] / 2, log_sum,
                distances[best], p_value, best)


def register():
    """Lets cv2.dnn read networks with GMHead. Call it once, before readNetFromONNX()."""
    cv2.dnn_registerLayer("dnn_gm.GMHead", GMHead)
    cv2.dnn_registerLayer("GMHead", GMHead)
