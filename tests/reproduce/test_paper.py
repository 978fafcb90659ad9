# SPDX-License-Identifier: Apache-2.0
"""paper.json, and results beside its figures."""

import copy
import unittest

import labels
import paper
import tomli
from example import ROOT, lgm, result, row, titled, with_pairs
from paper import tables_against_paper, tables_not_run
from results import ResultError, group_runs

RECIPES = sorted((ROOT / "trainer/recipes").glob("*.toml"))


def read_recipe(file):
    """A recipe over those it is based on."""
    recipe = tomli.loads(file.read_text())
    base = recipe.pop("base", None)
    if base is None:
        return recipe
    merged = read_recipe(file.with_name(base))
    for key, value in recipe.items():
        merged[key] = {**merged.get(key, {}), **value} if isinstance(value, dict) else value
    return merged


def facts_of(file):
    """What evaluation.json will say of a recipe, as far as cells ask for it; None for a base."""
    recipe = read_recipe(file)
    data, network, loss = recipe["data"], recipe.get("network", {}), recipe.get("loss", {})
    if "name" not in recipe or "name" not in loss:
        return None
    facts = {"recipe": recipe["name"], "loss": loss["name"], "data": data["path"], "network": network["name"],
             "augmentation": {"mirror": data.get("mirror", False)},
             "classes": len(data.get("labels", [])) - len(data.get("unseen_classes", []))}
    # These name their classes themselves.
    facts["classes"] = {"cifar-100-binary": 100, "imagenet": 1000}.get(data["path"], facts["classes"])
    if loss["name"] == "lgm":
        facts["alpha"] = loss.get("alpha", 1.0)
    if "features" in network:
        facts["features"] = network["features"]
    depth = {"resnet_cifar": 20, "resnet": 101}.get(network["name"])
    if depth:
        facts["depth"] = network.get("depth", depth)
    return facts


def tables(key="tables"):
    return paper.parse(labels.PAPER, key)


def cells_of(title, facts):
    """Row and column of the cells of a table that a run belongs to."""
    return [(r, c) for r, cells in enumerate(titled(tables(), title).rows) for c, cell in enumerate(cells)
            if cell.takes(facts)]


class Paper(unittest.TestCase):
    def test_the_figures_are_all_there(self):
        shapes = {"Table 1": (6, 2), "Table 2": (4, 3), "Table 3": (6, 2), "Table 4": (2, 4), "Table 5": (6, 1),
                  "Table 6": (4, 3), "Sect. 4.3": (4, 3)}
        self.assertEqual(len(tables()), len(shapes))
        for title, (rows, columns) in shapes.items():
            table = titled(tables(), title)
            self.assertEqual((len(table.rows), len(table.columns)), (rows, columns), title)
            self.assertTrue(table.note)
            for cells in table.rows:
                self.assertEqual(len(cells), columns)
                # Sect. 4.3 gives targeted attacks of L-GM alone.
                if title != "Sect. 4.3":
                    self.assertNotIn(labels.MISSING, [cell.paper for cell in cells])
        self.assertEqual([cell.paper for cell in titled(tables(), "Table 1").rows[-1]],
                         ["1.17 ± 0.01", "0.39 ± 0.01"])
        self.assertEqual(titled(tables(), "Table 6").rows[2][2].paper, "64.40")
        self.assertEqual(titled(tables(), "Table 4").rows[0][0].paper, "23.5 ± 0.2")

    def test_the_summary_says_what_the_tables_say(self):
        (summary,) = tables("summary")
        whole = {label: cells[1].paper for label, cells in zip(titled(tables(), "Table 1").labels,
                                                               titled(tables(), "Table 1").rows)}
        rates = {column: cell.paper for column, cell in zip(titled(tables(), "Sect. 4.3").columns,
                                                            titled(tables(), "Sect. 4.3").rows[0])}
        for label, cells in zip(summary.labels, summary.rows):
            self.assertEqual(cells[0].paper, whole[label])
            self.assertEqual(cells[1].paper, rates.get(label, labels.MISSING))

    def test_every_cell_measures_something_that_evaluation_writes(self):
        run = with_pairs(lgm(), "cosine", "pca_mahalanobis")
        attacks = run.figures["adversarial"]
        for attack in ("fgsm_0.1", "fgsm_0.2", "pgd_0.3"):
            attacks[attack] = attacks["fgsm_0.3"]
        # As `gmtrain evaluate` writes crops.
        run.figures["crops"] = {crops: {"error": 20, "top_5_error": 6} for crops in ("one_crop", "ten_crop")}
        (group,) = group_runs([run])
        for table in tables() + tables("summary"):
            for cell in sum(table.rows, []):
                self.assertIsNotNone(group.estimate(cell.path), cell.path)

    def test_recipes_belong_to_one_cell_of_their_table(self):
        of_mnist = 0
        for facts in filter(None, map(facts_of, RECIPES)):
            name, data, network = facts["recipe"], facts["data"], facts["network"]
            digits = data == "mnist" and facts["classes"] == 10
            expected = {"Table 1": digits, "Table 2": network == "resnet_cifar", "Table 3": data == "cifar-100-binary",
                        "Table 4": 4 * (data == "imagenet"), "Table 5": network == "face27"}  # 4: all crops
            self.assertEqual({title: len(cells_of(title, facts)) for title in expected}, expected, name)
            of_mnist += digits and name != "mnist-demo"
        self.assertEqual(of_mnist, 12)

    def test_every_cell_of_table_1_has_a_recipe(self):
        filled = {cell for facts in filter(None, map(facts_of, RECIPES)) for cell in cells_of("Table 1", facts)}
        self.assertEqual(len(filled), 12)

    def test_a_broken_file_names_the_place(self):
        def fails(message, change):
            broken = copy.deepcopy(labels.PAPER)
            change(broken["tables"])
            with self.assertRaisesRegex(ResultError, message):
                paper.parse(broken)

        fails('paper.json, "Table 2: error on CIFAR-10 .*": row "Softmax": expected 3 values of the paper, found 4',
              lambda all: all[1]["rows"][0]["paper"].append(1))
        fails('"Table 1: error on MNIST .*": expected \'path\'', lambda all: all[0].pop("path"))
        fails("header", lambda all: all[0]["columns"][0].pop("header"))
        fails("a table without a title", lambda all: all[0].pop("title"))


class Beside(unittest.TestCase):
    def test_ours_stand_beside_the_papers(self):
        made = tables_against_paper(group_runs([lgm(error=0.3), lgm(seed=2, error=0.4),
                                                result("softmax", features=2, error=1.234)]))
        first = titled(made, "Table 1")
        self.assertEqual(first.columns, ["", "2-D, here", "2-D, paper", "100-D, here", "100-D, paper"])
        self.assertEqual(row(first, "L-GM (α = 1)"),
                         ["L-GM (α = 1)", "–", "1.17 ± 0.01", "0.35 ± 0.07 (2 seeds)", "0.39 ± 0.01"])
        self.assertEqual(row(first, "Softmax"), ["Softmax", "1.23 (1 seed)", "1.82 ± 0.01", "–", "0.68 ± 0.01"])
        self.assertEqual(len(first.rows), 6)
        self.assertTrue(first.note.startswith("Here: conv6 16-32-64, 8 epochs, MNIST, 5000 training images held out. "))
        attacked = titled(made, "Table 6")
        self.assertEqual(row(attacked, "ε = 0")[5], "0.35 ± 0.07 (2 seeds)")
        self.assertEqual(row(attacked, "ε = 0.1")[5], "–")  # was not run
        self.assertEqual(row(attacked, "ε = 0.3")[6], "81.62")
        self.assertEqual(row(attacked, "ε = 0")[1], "–")  # 2-D softmax is not of this table

    def test_experiments_of_one_cell_have_a_row_each(self):
        made = tables_against_paper(group_runs([lgm(error=0.3), lgm(error=0.5, recipe="mnist-demo", epochs=1),
                                                lgm(features=2, error=1.1)]))
        first = titled(made, "Table 1")
        self.assertEqual(len(first.rows), 7)
        full = row(first, "L-GM (α = 1): mnist-100d-lgm (conv6 16-32-64, 8 epochs)")
        self.assertEqual((full[1], full[3]), ("1.10 (1 seed)", "0.30 (1 seed)"))
        shortened = row(first, "L-GM (α = 1): mnist-demo (conv6 16-32-64, 1 epoch)")
        self.assertEqual((shortened[1], shortened[3], shortened[4]), ("–", "0.50 (1 seed)", "0.39 ± 0.01"))
        self.assertIn("8 epochs, MNIST, 5000 training images held out (mnist-2d-lgm, mnist-100d-lgm)", first.note)
        self.assertIn("1 epoch, MNIST, 5000 training images held out (mnist-demo)", first.note)

    def test_re_encoded_images_are_said_to_be_so(self):
        groups = group_runs([result("softmax", features=64, error=12, data="cifar10-jpeg", network="resnet_cifar",
                                    depth=20, widths=[], epochs=15, held_out_images=0,
                                    augmentation={"mirror": True, "padding": 4, "crop": 0})])
        (table,) = tables_against_paper(groups)
        self.assertEqual(row(table, "Softmax")[1], "12.00 (1 seed)")
        self.assertIn("Here: resnet_cifar of depth 20, 15 epochs, CIFAR-10 (JPEG) (re-encoded, not the images the "
                      "paper used), images mirrored, shifted by up to 4 pixels. ", table.note)
        missing = tables_not_run(groups)
        self.assertEqual(len(missing), len(tables()) - 1)
        self.assertEqual(missing[0], "Table 1: error on MNIST (%)")

    def test_where_the_paper_says_nothing_it_has_no_column(self):
        (table,) = tables_against_paper(group_runs([lgm(error=0.3)]), "summary")
        self.assertIn("FGSM ε = 0.3, paper", table.columns)
        self.assertIn("PGD ε = 0.3, here", table.columns)
        self.assertNotIn("PGD ε = 0.3, paper", table.columns)
        self.assertEqual(row(table, "L-GM (α = 1)")[1:3], ["0.30 (1 seed)", "0.39 ± 0.01"])

    def test_truth_values_are_no_numbers(self):
        cell = paper.Cell({"augmentation/mirror": False, "alpha": [0, 1]}, "test_error", 1, 2, "")
        self.assertTrue(cell.takes({"augmentation": {"mirror": False}, "alpha": 1.0}))
        self.assertFalse(cell.takes({"augmentation": {"mirror": 0}, "alpha": 1}))
        self.assertFalse(cell.takes({"augmentation": {"mirror": False}, "alpha": True}))
        self.assertFalse(cell.takes({"alpha": 1}))


if __name__ == "__main__":
    unittest.main()
