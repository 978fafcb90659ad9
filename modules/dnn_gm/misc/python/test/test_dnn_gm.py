#!/usr/bin/env python3
# This file is part of OpenCV project.
# It is subject to the license terms in the LICENSE file found in the top-level directory
# of this distribution and at http://opencv.org/license.html.
"""cv2.dnn_gm on a small ONNX file that is made here."""

import math
import os
import struct
import tempfile
import unittest

import cv2 as cv
import numpy as np


# As much of onnx.proto as the file needs: fields of a Protocol Buffers message, by number.
def varint(value):
    out = b""
    while value >= 128:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    if isinstance(value, float):
        return varint(number << 3 | 5) + struct.pack("<f", value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def attribute(name, value):
    number, kind = {int: (3, 2), float: (2, 1), str: (4, 3)}[type(value)]
    return field(5, field(1, name) + field(number, value) + field(20, kind))


def node(kind, inputs, outputs, domain="", **attributes):
    message = b"".join(field(1, name) for name in inputs) + b"".join(field(2, name) for name in outputs)
    message += field(3, kind) + field(4, kind) + (field(7, domain) if domain else b"")
    return field(1, message + b"".join(attribute(*item) for item in attributes.items()))


def tensor(name, values):
    dims = b"".join(field(1, size) for size in values.shape)
    return field(5, dims + field(2, 1) + field(8, name) + field(9, values.astype(np.float32).tobytes()))


def value_info(number, name, sizes):
    dims = b"".join(field(1, field(2, "N") if size == 0 else field(1, size)) for size in sizes)
    return field(number, field(1, name) + field(2, field(1, field(1, 1) + field(2, dims))))


OUTPUTS = ("prob", "log_likelihood", "log_density", "distance", "p_value", "class")
DARK, BRIGHT = 50.0, 200.0  # the means of the two classes, in all four pixels


def model():
    """Images of 2x2 pixels, grey; classes N(50, 1) and N(200, 1); calibrated by distances 1, 2, ... 9."""
    constants = {
        "means": np.array([[DARK] * 4, [BRIGHT] * 4]),
        "log_variances": np.zeros((1, 1)),
        "log_priors": np.full(2, math.log(0.5)),
        "calibration": np.arange(1.0, 10.0).reshape(1, 1, 9),
    }
    graph = node("Flatten", ["image"], ["features"], axis=1)
    graph += node("GMHead", ["features", *constants], OUTPUTS, "dnn_gm", labels="dark\nbright", accept_rate=0.8,
                  input_height=2, input_width=2, input_channels=1, channel_order="GRAY")
    graph += field(2, "graph")
    graph += b"".join(tensor(*constant) for constant in constants.items())
    graph += value_info(11, "image", (0, 1, 2, 2))
    graph += b"".join(value_info(12, name, (0, 2 if name == "prob" else 1)) for name in OUTPUTS)
    opsets = field(8, field(1, "") + field(2, 13)) + field(8, field(1, "dnn_gm") + field(2, 1))
    return field(1, 8) + field(7, graph) + opsets


def picture(value):
    return np.full((2, 2), value, np.uint8)


class DnnGmTest(unittest.TestCase):
    def setUp(self):
        handle, self.path = tempfile.mkstemp(suffix=".onnx")
        with os.fdopen(handle, "wb") as file:
            file.write(model())
        self.classifier = cv.dnn_gm.OpenSetClassifier.create(self.path)

    def tearDown(self):
        os.remove(self.path)

    def test_classifies_an_image(self):
        verdict = self.classifier.classify(picture(51))
        self.assertEqual((verdict.classId, verdict.label, verdict.accepted), (0, "dark", True))
        self.assertEqual(verdict.confidence, 1.0)
        self.assertEqual(verdict.distance, 4.0)
        self.assertAlmostEqual(verdict.pValue, (1 + 6) / (1 + 9), 6)
        self.assertAlmostEqual(verdict.logLikelihood, -0.5 * (4 + 4 * math.log(2 * math.pi)), 5)
        self.assertAlmostEqual(verdict.logDensity, verdict.logLikelihood + math.log(0.5), 5)

    def test_refuses_what_is_far_from_all_classes(self):
        verdict = self.classifier.classify(picture(120))
        self.assertFalse(verdict.accepted)
        self.assertAlmostEqual(verdict.pValue, 0.1, 6)
        self.classifier.setFalseRejectRate(0.05)
        self.assertTrue(self.classifier.classify(picture(120)).accepted)

    def test_classifies_a_batch_in_order(self):
        verdicts = self.classifier.classifyBatch([picture(51), picture(199), picture(120)])
        self.assertEqual([v.label for v in verdicts], ["dark", "bright", "dark"])
        self.assertEqual([v.accepted for v in verdicts], [True, True, False])
        self.assertEqual(len(self.classifier.classifyBatch([])), 0)

    def test_gives_features(self):
        features = self.classifier.features([picture(51), picture(199)])
        np.testing.assert_array_equal(features, [[51] * 4, [199] * 4])

    def test_takes_the_bytes_of_a_file(self):
        classifier = cv.dnn_gm.OpenSetClassifier.create(np.frombuffer(model(), np.uint8))
        self.assertEqual(classifier.getLabels(), ("dark", "bright"))
        self.assertEqual(classifier.classify(picture(199)).label, "bright")

    def test_says_what_the_model_says(self):
        self.assertTrue(self.classifier.isCalibrated())
        self.assertEqual(self.classifier.getInputSize(), (2, 2))
        self.assertEqual(self.classifier.getPreparation().channelOrder, "GRAY")
        self.assertAlmostEqual(self.classifier.getFalseRejectRate(), 0.2, 6)
        self.assertEqual(self.classifier.getTarget(), cv.dnn.DNN_TARGET_CPU)
        self.assertEqual(self.classifier.getBackend(), cv.dnn.DNN_BACKEND_OPENCV)

    def test_errors_are_those_of_cv2(self):
        with self.assertRaisesRegex(cv.error, "absent.onnx"):
            cv.dnn_gm.OpenSetClassifier.create("absent.onnx")
        with self.assertRaisesRegex(cv.error, "image 1 is empty"):
            self.classifier.classifyBatch([picture(51), np.empty((0, 0), np.uint8)])
        with self.assertRaisesRegex(cv.error, "false-reject rate"):
            self.classifier.setFalseRejectRate(2)

    def test_reads_and_prepares_images(self):
        handle, path = tempfile.mkstemp(suffix=".png")
        os.close(handle)
        try:
            cv.imwrite(path, picture(51))
            image = cv.dnn_gm.readImage(path)
        finally:
            os.remove(path)
        self.assertEqual(image.shape, (2, 2, 3))
        prepared = cv.dnn_gm.prepareImage(image, self.classifier.getPreparation())
        np.testing.assert_array_equal(prepared, picture(51))

    def test_a_net_knows_the_layer(self):
        net = cv.dnn.readNetFromONNX(self.path)
        net.setInput(cv.dnn.blobFromImages([picture(51), picture(199)]))
        prob, predicted = (net.forward(OUTPUTS)[i] for i in (0, 5))
        np.testing.assert_array_equal(prob, [[1, 0], [0, 1]])
        np.testing.assert_array_equal(predicted, [[0], [1]])

    def test_an_alarm_watches_p_values(self):
        self.assertEqual(tuple(self.classifier.getCalibrationCounts()), (9,))
        alarm = cv.dnn_gm.StreamAlarm.create(0.01, self.classifier.getCalibrationCounts(True))
        self.assertFalse(any(alarm.update(p, 1) for p in (0.9, 0.3, 0.6)))
        strange = self.classifier.classify(picture(120))
        self.assertTrue(any(alarm.update(strange.pValue, strange.classId) for _ in range(50)))
        self.assertGreaterEqual(alarm.getLevel(), 1)
        alarm.reset()
        self.assertEqual(alarm.getLevel(), 0)
        with self.assertRaisesRegex(cv.error, "p-value must be within"):
            alarm.update(2)

    def mixture(self):
        mixture = cv.dnn_gm.GaussianMixture.create()
        mixture.setUnitLength(False)
        mixture.setRelativity(0)
        mixture.setFalseRejectRate(0.05)
        random = np.random.default_rng(1)
        features = np.repeat([DARK, BRIGHT], 40)[:, None] + random.normal(size=(80, 4))
        mixture.fit(features.astype(np.float32), ["dark"] * 40 + ["bright"] * 40)
        mixture.calibrate((features + random.normal(size=(80, 4))).astype(np.float32),
                          ["dark"] * 40 + ["bright"] * 40)
        return mixture

    def test_a_mixture_is_fitted_and_enrolled(self):
        mixture = self.mixture()
        features = np.array([[51] * 4, [120] * 4, [199] * 4], np.float32)
        self.assertEqual([v.accepted for v in mixture.predict(features)], [True, False, True])
        mixture.enrol("grey", features[1:2])
        self.assertEqual([v.label for v in mixture.predict(features)], ["dark", "grey", "bright"])
        self.assertEqual(mixture.getLabels(), ("dark", "bright", "grey"))
        with self.assertRaisesRegex(cv.error, "there is no class red"):
            mixture.remove("red")
        handle, path = tempfile.mkstemp(suffix=".yml.gz")
        os.close(handle)
        try:
            mixture.save(path)
            loaded = cv.dnn_gm.GaussianMixture.load(path)
        finally:
            os.remove(path)
        self.assertEqual([v.pValue for v in loaded.predict(features)], [v.pValue for v in mixture.predict(features)])

    def test_a_mixture_stands_behind_a_net(self):
        preparation = self.classifier.getPreparation()
        classic = [cv.dnn.ENGINE_CLASSIC] if hasattr(cv.dnn, "ENGINE_CLASSIC") else []
        net = cv.dnn.readNetFromONNX(self.path, *classic)
        classifier = cv.dnn_gm.OpenSetClassifier.create(net, "Flatten", self.mixture(), preparation)
        self.assertEqual(classifier.classify(picture(199)).label, "bright")
        self.assertFalse(classifier.classify(picture(120)).accepted)

    @unittest.skipUnless(hasattr(cv.dnn, "ENGINE_CLASSIC"), "this OpenCV has one engine")
    def test_both_engines_agree(self):
        for engine in (cv.dnn.ENGINE_CLASSIC, cv.dnn.ENGINE_NEW):
            classifier = cv.dnn_gm.OpenSetClassifier.create(self.path, engine=engine)
            self.assertTrue(classifier.isCalibrated())
            verdicts = classifier.classifyBatch([picture(51), picture(120)])
            self.assertEqual([v.accepted for v in verdicts], [True, False])
            np.testing.assert_array_equal(classifier.features([picture(51)]), [[51] * 4])


if __name__ == "__main__":
    unittest.main()
