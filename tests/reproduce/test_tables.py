# SPDX-License-Identifier: Apache-2.0
"""Tables of what the paper has no figures of."""

import unittest

from example import lgm, result, titled, with_pairs
from results import group_runs
from tables import Table, detection_tables, pairs_tables


class Detection(unittest.TestCase):
    def test_each_set_has_a_table(self):
        first, second, softmax = lgm(error=0.4), lgm(seed=2, error=0.5), result("softmax", error=0.7)
        first.figures["adversarial"]["pgd_0.3"] = first.figures["adversarial"]["fgsm_0.3"]
        tables = detection_tables(group_runs([first, second, softmax, result("softmax", features=2)]))
        self.assertEqual([table.title for table in tables],
                         ["MNIST, 100-D: classification", "MNIST, 100-D: clean against FGSM ε = 0.3",
                          "MNIST, 100-D: clean against targeted FGSM ε = 0.3",
                          "MNIST, 100-D: clean against PGD ε = 0.3", "MNIST, 100-D: clean against Fashion-MNIST"])
        for table in tables:
            self.assertEqual([cells[0] for cells in table.rows], ["Softmax", "L-GM (α = 1)"])
            self.assertEqual([cells[-1] for cells in table.rows], ["1", "2"])
        self.assertEqual(tables[0].rows[1][1], "0.45 ± 0.07")
        # Nobody has scored by Mahalanobis distance, everybody by energy score.
        self.assertNotIn("by Mahalanobis", tables[4].columns)
        self.assertIn("by energy score", tables[4].columns)
        self.assertNotIn("of successful alone (%)", tables[4].columns)
        attacked = softmax.figures["adversarial"]["fgsm_0.3"]
        self.assertEqual(tables[1].columns[1:3], ["EER by likelihood (%)", "of successful alone (%)"])
        self.assertEqual(tables[1].rows[0][1:3], [f"{attacked['eer_likelihood']:.2f}",
                                                  f"{attacked['successful']['eer_likelihood']:.2f}"])
        # One of two seeds has measured PGD.
        self.assertTrue(tables[3].rows[1][1].endswith(" (1 seed)"))
        self.assertTrue(tables[3].note.endswith(
            "40 steps of 2.5 ε / 40, 1 attempt from anywhere within the bound, of the L∞ norm."))
        self.assertTrue(tables[4].note.startswith("200 images of Fashion-MNIST. Accepted: share of these"))

    def test_part_of_the_classes_has_a_table_of_its_own(self):
        part = lgm(error=0.3, recipe="mnist-unseen", classes=7, unseen_classes=3)
        tables = detection_tables(group_runs([lgm(error=0.4), part]))
        for title, error in (("MNIST, 100-D: classification", "0.40"),
                             ("MNIST, 7 of 10 classes, 100-D: classification", "0.30")):
            (cells,) = titled(tables, title).rows
            self.assertEqual(cells[1], error)

    def test_experiments_of_one_loss_are_told_apart(self):
        table = detection_tables(group_runs([lgm(), lgm(recipe="mnist-demo", epochs=1)]))[0]
        self.assertEqual({cells[0] for cells in table.rows},
                         {"L-GM (α = 1): mnist-100d-lgm (conv6 16-32-64, 8 epochs)",
                          "L-GM (α = 1): mnist-demo (conv6 16-32-64, 1 epoch)"})


class Pairs(unittest.TestCase):
    def test_each_score_of_each_loss_has_a_row(self):
        (table,) = pairs_tables(group_runs([with_pairs(result("softmax"), "cosine"),
                                            with_pairs(lgm(), "cosine", "euclidean"), result("center")]))
        self.assertEqual(table.title, "MNIST, 100-D: verification of pairs")
        self.assertEqual(table.columns, ["", "accuracy (%)", "standard error", "EER (%)", "AUROC", "TAR at FAR 0.5",
                                         "TAR at FAR 0.01", "seeds"])
        # Genuine 3 and impostor 2 in one fold, 1 and 0 in the other: the threshold of one fold accepts or rejects all
        # of the other.
        self.assertEqual(table.rows[0], ["Softmax, cosine", "50.00", "0.00", "50.00", "0.7500", "1.0000", "–", "1"])
        self.assertEqual([cells[0] for cells in table.rows[1:]], ["L-GM (α = 1), cosine", "L-GM (α = 1), euclidean"])
        self.assertTrue(table.note.startswith("2 genuine and 2 impostor pairs, 2 folds. "))


class Shape(unittest.TestCase):
    def test_a_row_of_another_width_is_named(self):
        with self.assertRaisesRegex(ValueError, 'table "T": expected 2 cells in row 2, found 1'):
            Table("T", ["a", "b"], [["1", "2"], ["3"]])


if __name__ == "__main__":
    unittest.main()
