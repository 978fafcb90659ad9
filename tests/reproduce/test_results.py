# SPDX-License-Identifier: Apache-2.0
"""Reading results and putting repetitions together."""

import json
import pathlib
import tempfile
import unittest

from example import changed, lgm, result
from results import ResultError, Run, group_runs, read_results, value_at


class Groups(unittest.TestCase):
    def test_repetitions_give_mean_and_sample_deviation(self):
        runs = [lgm(seed=3, error=0.5), lgm(seed=1, error=0.3), lgm(seed=2, error=0.4),
                lgm(features=2, error=1.2)]
        rates = {1: 2.0, 2: 4.0, 3: 9.0}
        for run in runs[:3]:
            run.figures["adversarial"]["fgsm_0.3"]["eer_likelihood"] = rates[run.figures["seed"]]
        wide, plane = group_runs(runs)
        self.assertEqual([run.figures["seed"] for run in wide.runs], [1, 2, 3])
        error = wide.estimate("test_error")
        self.assertAlmostEqual(error.mean, 0.4, places=12)
        self.assertAlmostEqual(error.deviation, 0.1, places=12)
        self.assertEqual(error.count, 3)
        self.assertAlmostEqual(wide.estimate("adversarial/fgsm_0.3/eer_likelihood").mean, 5, places=12)
        self.assertAlmostEqual(wide.estimate("adversarial/fgsm_0.3/eer_likelihood").deviation, 13 ** 0.5, places=12)
        self.assertEqual(error.text(2), "0.40 ± 0.10")
        self.assertEqual(error.text(1, scale=10), "4.0 ± 1.0")
        self.assertEqual(plane.estimate("test_error").mean, 1.2)
        self.assertIsNone(plane.estimate("test_error").deviation)
        self.assertEqual(plane.estimate("test_error").text(2), "1.20")
        self.assertIsNone(wide.estimate("adversarial/pgd_0.3/error"))

    def test_whatever_else_was_set_is_another_experiment(self):
        base = lgm().figures
        changes = {"recipe": "mine", "settings/loss/alpha": 0.3, "settings/loss/center_rate": 0.1,
                   "settings/train/batch_size": 64, "settings/evaluation/pgd/steps": 100}
        runs = [Run(f"{i}.json", changed(base, path, value)) for i, (path, value) in enumerate(changes.items())]
        self.assertEqual(len(group_runs([lgm(), *runs])), len(changes) + 1)

    def test_repetitions_may_measure_other_sets(self):
        more = lgm(seed=2).figures
        more["settings"]["evaluation"].update(attacks=["fgsm_0.1"], post_hoc=["energy_score"])
        more["settings"]["data"]["outliers"] = ["fashion-mnist"]
        self.assertEqual(len(group_runs([lgm(), Run("b.json", more)])), 1)

    def test_experiments_are_ordered(self):
        runs = [result("center"), lgm(), result("softmax", features=2), result("l_softmax"), result("softmax"),
                result("new"), lgm(alpha=0.3, recipe="a"), result("softmax", data="a", recipe="b")]
        order = [(group.facts["data"], group.facts["features"], group.facts["loss"], group.facts.get("alpha"))
                 for group in group_runs(runs)]
        self.assertEqual(order, [("a", 100, "softmax", None), ("mnist", 100, "softmax", None),
                                 ("mnist", 100, "center", None), ("mnist", 100, "l_softmax", None),
                                 ("mnist", 100, "lgm", 0.3), ("mnist", 100, "lgm", 1.0), ("mnist", 100, "new", None),
                                 ("mnist", 2, "softmax", None)])

    def test_figures_that_only_some_runs_have_are_counted(self):
        first, second = lgm(seed=1), lgm(seed=2)
        first.figures["classification"]["ece"] = 0.25
        second.figures["classification"]["ece"] = None  # as NaN is written
        ece = group_runs([first, second])[0].estimate("classification/ece")
        self.assertEqual((ece.mean, ece.deviation, ece.count), (0.25, None, 1))

    def test_a_result_that_lacks_something_is_named(self):
        for key in ("recipe", "loss", "alpha", "data", "classes", "network", "features", "seed", "epochs",
                    "measured_on", "test_error", "settings"):
            run = lgm()
            del run.figures[key]
            with self.assertRaisesRegex(ResultError, f"mnist-100d-lgm/seed-1.json: expected {key}, "):
                group_runs([run])
        for value in ("100", True, 1.5):
            with self.assertRaisesRegex(ResultError, "expected features, an integer"):
                group_runs([Run("a.json", {**lgm().figures, "features": value})])
        with self.assertRaisesRegex(ResultError, "seed-1.json: expected a JSON object"):
            group_runs([Run("seed-1.json", [])])

    def test_a_score_by_another_name_is_named(self):
        for path, score in (("adversarial/fgsm_0.3/scores", "log_likelihood"),
                            ("ood/fashion_mnist/scores", "neg_log_error"), ("roc/fgsm_0.3", "log_likelihood")):
            run = lgm()
            scores = value_at(run.figures, path)
            scores["other"] = scores.pop(score)
            with self.assertRaisesRegex(ResultError, f"seed-1.json: {path}: expected the score {score}, "):
                group_runs([run])

    def test_held_out_figures_and_repeated_seeds_are_refused(self):
        run = result("softmax")
        with self.assertRaises(ResultError) as raised:
            group_runs([run, Run("elsewhere/seed-1.json", run.figures)])
        self.assertIn("mnist-100d-softmax/seed-1.json", str(raised.exception))
        self.assertIn("elsewhere/seed-1.json", str(raised.exception))
        with self.assertRaisesRegex(ResultError, "measured on test images, found held_out"):
            group_runs([result("softmax", measured_on="held_out")])

    def test_a_figure_that_is_no_number_is_named(self):
        for value, kind in (("low", "a text"), (True, "a truth value"), ([1], "a list")):
            run = result("softmax")
            run.figures["classification"]["ece"] = value
            with self.assertRaisesRegex(ResultError,
                                        f"seed-1.json: classification/ece: expected a number, found {kind}"):
                group_runs([run])[0].estimate("classification/ece")


class Files(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def keep(self, run):
        file = self.folder / run.source
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(run.figures))

    def fails(self, message, folder=None):
        with self.assertRaisesRegex(ResultError, message):
            read_results(folder or self.folder)

    def test_results_are_read_from_folders(self):
        for run in (result("softmax", seed=2, error=0.7), result("softmax", error=0.5), result("center", features=2)):
            self.keep(run)
        (self.folder / "seed-9.json.unfinished").write_text("{")
        (self.folder / "README.md").write_text("no result")
        runs = read_results(self.folder)
        self.assertEqual(len(runs), 3)
        self.assertTrue(runs[1].source.endswith("mnist-100d-softmax/seed-2.json"))
        self.assertEqual(runs[1].figures, result("softmax", seed=2, error=0.7).figures)
        self.assertEqual(len(group_runs(runs)), 2)

    def test_verification_beside_a_result_is_its_figure(self):
        run = result("softmax")
        self.keep(run)
        pairs = {**run.figures, "scores": {"cosine": {"accuracy": 75.0, "roc": [[0, 0.5], [1, 1]]}}}
        file = self.folder / "mnist-100d-softmax/verification-seed-1.json"
        file.write_text(json.dumps(pairs))
        group = group_runs(read_results(self.folder))[0]
        self.assertEqual(group.estimate("verification/scores/cosine/accuracy").mean, 75)
        file.write_text(json.dumps({**pairs, "seed": 2}))
        self.fails("verification-seed-1.json: expected seed 1, as in the evaluation beside it, found 2: run gmtrain "
                   "verify again")
        for broken in ({}, [], {**pairs, "scores": {"cosine": {"roc": [["a", 1]]}}}, {**pairs, "scores": 1}):
            file.write_text(json.dumps(broken))
            self.fails("verification-seed-1.json: expected what gmtrain verify writes")

    def test_folders_without_results_and_broken_files_are_named(self):
        self.fails("nowhere: no such folder", self.folder / "nowhere")
        self.fails("expected results as <recipe>/seed-<n>.json")
        for broken in ('{"recipe": ', '{"recipe": NaN}', ""):
            (self.folder / "seed-1.json").write_text(broken)
            self.fails("seed-1.json: ")


if __name__ == "__main__":
    unittest.main()
