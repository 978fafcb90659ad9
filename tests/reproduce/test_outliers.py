# SPDX-License-Identifier: Apache-2.0
"""The tables of doc/outliers.md, and the pictures that they are measured on."""

import pathlib
import random
import tempfile
import unittest

import outlier_tables
import pages
import sets
from example import ROOT


def told(auroc, accepted=0.5):
    return {"auroc": auroc, "accepted_at_0.01": accepted, "accepted_at_0.05": accepted / 2}


def figures(**kinds):
    """Of a p-value, MSP and kNN."""
    scores = ("p_value", "MSP", "kNN")
    sets = {kind: dict(zip(scores, map(told, aurocs))) for kind, aurocs in kinds.items()}
    refused = {"false_reject_at_0.01": 0.01, "false_reject_at_0.05": 0.05}
    return {"rivals": {"outliers": sets, "own_mistakes": None, "refused": dict.fromkeys(scores, refused)},
            "parts": {"fit": 1, "choose": 2, "calibrate": 3, "test": 4}, "form": {"chosen": "a form"},
            "test": {"own_accuracy": 0.8, "accuracy": 0.82}}


class Tables(unittest.TestCase):
    def test_page_has_what_was_kept(self):
        page = (ROOT / "doc/outliers.md").read_text()
        parts = outlier_tables.parts_of(ROOT / "doc/results/outliers")
        self.assertEqual(page, pages.replace_marked(page, parts, "outliers.md"))

    def test_means_are_over_kinds_and_the_best_rival_of_a_kind_is_its_own(self):
        table = outlier_tables.auroc_table(figures(near=(0.8, 0.7, 0.6), far=(0.9, 0.5, 0.92)))
        self.assertIn("| near | **0.800** | 0.700 | 0.600 | +0.100 |", table)
        self.assertIn("| far | 0.900 | 0.500 | **0.920** | -0.020 |", table)
        self.assertIn("| mean | **0.850** | 0.600 | 0.760 | +0.090 |", table)

    def test_says_what_is_missed(self):
        summary = outlier_tables.summary_part({"a": figures(near=(0.8, 0.7, 0.6), far=(0.9, 0.5, 0.92)), "b": None})
        self.assertIn("| a | 0.850 | 0.760 (kNN) | +0.090: reached | -0.020 (far): **missed** for far |", summary)
        self.assertIn("| b | not run |", summary)

    def test_no_gap_has_no_sign(self):
        self.assertIn("| near | **1.000** | **1.000** | 0.600 | 0.000 |",
                      outlier_tables.auroc_table(figures(near=(0.9999, 1, 0.6))))


class Pictures(unittest.TestCase):
    def test_spread_takes_even_steps(self):
        self.assertEqual(sets.spread(list(range(5))), [0, 1, 2, 3, 4])
        taken = sets.spread(list(range(3 * sets.MOST)))
        self.assertEqual(taken[:3], [0, 3, 6])
        self.assertEqual(len(taken), sets.MOST)

    def test_classes_are_left_out_by_folder_or_name(self):
        for name in ("n02123045/val_1.JPEG", "n02123045_tabby.jpg"):
            self.assertTrue(sets.is_left_out(pathlib.PurePosixPath(name), {"n02123045"}))
            self.assertFalse(sets.is_left_out(pathlib.PurePosixPath(name), {"n02123046"}))

    def test_noise_is_the_same_every_time_and_of_its_kind(self):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            for name, picture in (("uniform", sets.uniform), ("gaussian", sets.gaussian), ("constant", sets.constant)):
                made = [bytes(picture(random.Random(1), 300)) for _ in range(2)]
                self.assertEqual(made[0], made[1], name)
                sets.write_pixels(folder, 1, sets.SIDE, made[0])
                self.assertEqual((folder / "0001.ppm").read_bytes(), b"P6 32 32 255\n" + made[0])
                self.assertEqual(len(made[0]), 3 * sets.SIDE**2)
            self.assertEqual(len(set(zip(*[iter(made[0])] * 3))), 1)
