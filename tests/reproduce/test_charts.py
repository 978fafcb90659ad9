# SPDX-License-Identifier: Apache-2.0
"""The charts of several experiments."""

import unittest
import xml.etree.ElementTree as xml

from charts import Chart, Line, comparison_charts, reliability_points, to_svg
from example import changed, lgm, result
from results import ResultError, Run, group_runs

SVG = "{http://www.w3.org/2000/svg}"


def texts(svg):
    return ["".join(text.itertext()) for text in xml.fromstring(svg).iter(SVG + "text")]


class Charts(unittest.TestCase):
    def test_figures_3_to_6_have_the_lines_of_all_experiments(self):
        groups = group_runs([lgm(seed=2), lgm(), result("softmax"), result("center", features=2)])
        charts = {chart.name: chart for chart in comparison_charts(groups)}
        self.assertEqual(list(charts), ["fig3-mnist-100d", "fig4-mnist-100d-softmax", "fig4-mnist-100d-lgm",
                                        "fig5-mnist-100d", "fig6-mnist-100d-lgm", "reliability-mnist-100d",
                                        "risk-coverage-mnist-100d"])
        self.assertEqual([line.name for line in charts["fig3-mnist-100d"].lines], ["Softmax", "L-GM (α = 1)"])
        self.assertEqual([line.name for line in charts["fig4-mnist-100d-lgm"].lines], ["clean", "FGSM ε = 0.3"])
        self.assertEqual(charts["fig6-mnist-100d-lgm"].lines[1].name, "targeted FGSM ε = 0.3")
        self.assertIn("winning affinity", charts["fig4-mnist-100d-softmax"].title)
        self.assertEqual(charts["fig4-mnist-100d-softmax"].x_label, "winning affinity, brought to [0, 1]")
        self.assertEqual(charts["fig4-mnist-100d-lgm"].x_label, "likelihood")

    def test_lines_are_of_the_smallest_seed(self):
        first, second = lgm(), lgm(seed=2)
        second.figures["histograms"]["fgsm_0.3"]["posterior"] = [1.0]
        second.figures["roc"]["fgsm_0.3"]["log_likelihood"] = [[0, 0], [1, 1]]
        charts = {chart.name: chart for chart in comparison_charts(group_runs([second, first]))}
        shares = first.figures["histograms"]["fgsm_0.3"]["posterior"]
        points = charts["fig3-mnist-100d"].lines[0].points
        # In percent; the last bar ends at 1.
        self.assertEqual(points[:-1], [(i / 50, 100 * share) for i, share in enumerate(shares)])
        self.assertEqual(points[-1], (1, 100 * shares[-1]))
        roc = [tuple(point) for point in first.figures["roc"]["fgsm_0.3"]["log_likelihood"]]
        self.assertEqual(charts["fig5-mnist-100d"].lines[0].points, roc)
        found = first.figures["classification"]
        self.assertEqual(charts["reliability-mnist-100d"].lines[0].points, reliability_points(found["reliability"]))
        self.assertTrue(charts["reliability-mnist-100d"].lines[0].points)
        self.assertEqual(len(charts["risk-coverage-mnist-100d"].lines[0].points), len(found["risk_coverage"]))

    def test_bins_of_few_images_are_left_out(self):
        bins = [{"confidence": 0.5, "accuracy": 0.6, "count": 10}, {"confidence": 0.9, "accuracy": 0.1, "count": 9}]
        self.assertEqual(reliability_points(bins), [(0.5, 0.6)])

    def test_the_attack_is_the_papers_or_the_largest(self):
        run = lgm()
        attack = run.figures["adversarial"].pop("fgsm_0.3")
        for part in ("histograms", "roc"):
            run.figures[part]["fgsm_0.1"] = run.figures[part]["fgsm_0.2"] = run.figures[part].pop("fgsm_0.3")
        run.figures["adversarial"].update({"fgsm_0.1": attack, "fgsm_0.2": attack})
        self.assertIn("FGSM ε = 0.2 images", comparison_charts(group_runs([run]))[0].title)
        run.figures["adversarial"].update({"fgsm_0.3": attack, "fgsm_0.5": attack})
        for part in ("histograms", "roc"):
            run.figures[part]["fgsm_0.3"] = run.figures[part]["fgsm_0.2"]
        self.assertIn("FGSM ε = 0.3 images", comparison_charts(group_runs([run]))[0].title)

    def test_experiments_of_one_recipe_have_charts_of_their_own(self):
        longer = result("softmax", epochs=20)
        longer.figures["settings"]["train"]["epochs"] = 20
        charts = comparison_charts(group_runs([longer, result("softmax")]))
        self.assertEqual([chart.name for chart in charts[1:3]],
                         ["fig4-mnist-100d-softmax", "fig4-mnist-100d-softmax-2"])
        self.assertIn("20 epochs", charts[2].title)

    def test_figures_of_another_form_are_named(self):
        for path, value in (("histograms/clean/likelihood", "none"), ("roc/fgsm_0.3/log_likelihood", [[0, 1], [2]]),
                            ("classification/reliability", [{"count": 20}])):
            run = lgm()
            with self.assertRaisesRegex(ResultError, f"mnist-100d-lgm/seed-1.json: {path}: "):
                comparison_charts(group_runs([Run(run.source, changed(run.figures, path, value))]))

    def test_runs_without_attacks_have_curves_of_confidence_alone(self):
        run = lgm()
        for part in ("adversarial", "roc", "histograms", "ood"):
            del run.figures[part]
        self.assertEqual([chart.name for chart in comparison_charts(group_runs([run]))],
                         ["reliability-mnist-100d", "risk-coverage-mnist-100d"])


class Svg(unittest.TestCase):
    def test_a_chart_is_drawn_with_its_words(self):
        for steps in (False, True):
            chart = Chart("a", "A & B", "x <1>", "y", [Line("first", [(0, 1), (0.5, 2), (1, 3)]),
                                                       Line("second", [(0, 4), (1, 5)])], steps=steps)
            svg = to_svg(chart)
            self.assertTrue(svg.startswith("<svg"))
            for word in ("A & B", "x <1>", "y", "first", "second"):
                self.assertIn(word, texts(svg))
            self.assertNotIn("metadata", svg)
            # It would hold for the other pictures of a page as well.
            self.assertNotIn("<style", svg)

    def test_the_same_chart_is_the_same_file(self):
        chart = comparison_charts(group_runs([lgm()]))[0]
        self.assertEqual(to_svg(chart), to_svg(chart))

    def test_many_lines_are_told_apart(self):
        chart = Chart("a", "t", "x", "y", [Line(str(i), [(0, i), (1, i)]) for i in range(11)])
        self.assertEqual(to_svg(chart).count("stroke-dasharray"), 2)  # the eleventh, in the chart and in the legend


if __name__ == "__main__":
    unittest.main()
