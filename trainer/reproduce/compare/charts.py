# SPDX-License-Identifier: Apache-2.0
"""The paper's Figs. 3 to 6, and how far posteriors can be trusted, of several experiments."""

import dataclasses
import io
import re
import textwrap

import labels
import matplotlib
from labels import set_label
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from results import ResultError, is_number, value_at
from tables import attack_of_kind, comparable

FEWEST = 10  # images in a bin of the reliability curve: one of fewer says nothing
STYLE = {"svg.fonttype": "none", "font.sans-serif": ["DejaVu Sans", "Helvetica", "Arial"], "font.size": 9,
         "axes.grid": True, "grid.color": "#e4e7eb", "axes.axisbelow": True,
         "axes.titlesize": 10, "axes.titleweight": "bold", "axes.titlelocation": "left", "legend.frameon": False}
NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))
DASHES = ("-", "--", ":")  # others for every ten lines


@dataclasses.dataclass(frozen=True)
class Line:
    name: str
    points: list  # x, y


@dataclasses.dataclass(frozen=True)
class Chart:
    name: str  # of its file, without ending
    title: str
    x_label: str
    y_label: str
    lines: list
    steps: bool = False  # bars over [0, 1] instead of points that are joined: y of each, from x to the next
    y_to_1: bool = False


def to_svg(chart):
    """A picture as SVG that needs nothing else, the same bytes for the same chart."""
    with matplotlib.rc_context({**STYLE, "svg.hashsalt": chart.name}):
        figure = Figure(figsize=(6.4, 4), layout="constrained")
        axes = figure.add_subplot(title=textwrap.fill(chart.title, 72), xlabel=chart.x_label, ylabel=chart.y_label,
                                  xlim=(0, 1))
        for number, line in enumerate(chart.lines):
            style = {"color": f"C{number % 10}", "linestyle": DASHES[number // 10 % len(DASHES)],
                     "label": textwrap.fill(line.name, 24)}
            x, y = zip(*line.points)
            if chart.steps:
                colour = style.pop("color")
                axes.stairs(y[:-1], x, fill=True, facecolor=to_rgba(colour, 0.14), edgecolor=colour, linewidth=1.2,
                            **style)
            else:
                axes.plot(x, y, **style)
        axes.set_ylim(bottom=0, top=1 if chart.y_to_1 else None)
        figure.legend(loc="outside right center")  # beside the chart, below the end of a long title
        written = io.StringIO()
        figure.savefig(written, format="svg", metadata=NO_METADATA)
    svg = "".join(line.rstrip() + "\n" for line in written.getvalue().splitlines())
    # Its style would hold for all of a page that the picture is part of.
    svg = re.sub(r" *<defs>\s*<style.*?</style>\s*</defs>\n", "", svg, count=1, flags=re.DOTALL)
    return svg[svg.index("<svg"):].replace("<svg ", '<svg stroke-linejoin="round" ', 1)


def read(group, path, convert):
    """What `convert` makes of a figure of the smallest seed; None if that run has not measured it."""
    run = group.runs[0]
    value = value_at(run.figures, path)
    if value is None:
        return None
    try:
        return convert(value)
    except (TypeError, ValueError, KeyError) as error:
        raise ResultError(f"{run.source}: {path}: {error}") from None


def numbers(value):
    if not isinstance(value, list) or not all(map(is_number, value)):
        raise ValueError("expected a list of numbers")
    return value


def points(value):
    if not isinstance(value, list) or not all(len(numbers(point)) == 2 for point in value):
        raise ValueError("expected a list of pairs of numbers")
    return [tuple(point) for point in value]


def reliability_points(bins):
    """Of each bin its mean posterior and its share of images classified correctly."""
    return points([[each["confidence"], each["accuracy"]] for each in bins if each["count"] >= FEWEST])


def histogram_line(group, name, attack, score):
    """The outline of a histogram over [0, 1] in percent."""
    shares = read(group, f"histograms/{attack}/{score}", numbers)
    if not shares:
        return None
    outline = [(i / len(shares), 100 * share) for i, share in enumerate(shares)]
    return Line(name, [*outline, (1, 100 * shares[-1])])


def histogram(name, title, x_label, lines):
    return Chart(name, title, x_label, "share of images (%)", lines, steps=True)


def posteriors(runs, attack):
    """Fig. 3: posteriors of attacked images, a line for each experiment."""
    lines = [histogram_line(group, label, attack, "posterior") for group, label in zip(runs.groups, runs.labels)]
    return histogram(f"fig3-{runs.key}", f"{runs.title}: posterior of {set_label(attack)} images (Fig. 3)",
                     "posterior of the predicted class", [line for line in lines if line])


def free_name(name, taken):
    """The name; experiments of one recipe are counted."""
    free, number = name, 2
    while free in taken:
        free, number = f"{name}-{number}", number + 1
    return free


def likelihoods(runs, attack, figure, groups):
    """Figs. 4 and 6: likelihoods of clean and of attacked images, a chart for each experiment."""
    made = {}
    for group, label in zip(runs.groups, runs.labels):
        lines = [histogram_line(group, "clean", "clean", "likelihood"),
                 histogram_line(group, set_label(attack), attack, "likelihood")]
        if group not in groups or not all(lines):
            continue
        score = labels.likelihood_label(group.facts)
        x_label = score if score == "likelihood" else f"{score}, brought to [0, 1]"
        name = free_name(f"fig{figure}-{group.facts['recipe']}", made)
        made[name] = histogram(name, f"{runs.title}, {label}: {score} (Fig. {figure})", x_label, lines)
    return list(made.values())


def curves(runs, path, convert, **chart):
    """A line for each experiment that has the curve."""
    found = [(label, read(group, path, convert)) for group, label in zip(runs.groups, runs.labels)]
    return Chart(lines=[Line(label, line) for label, line in found if line], **chart)


def roc(runs, attack):
    """Fig. 5: ROC curves by likelihood, a line for each experiment."""
    name = set_label(attack)
    return curves(runs, f"roc/{attack}/log_likelihood", points, name=f"fig5-{runs.key}",
                  title=f"{runs.title}: clean against {name} (Fig. 5)", x_label=f"{name} images accepted",
                  y_label="clean images accepted", y_to_1=True)


def confidence(runs):
    """Reliability of the posterior, and risk by coverage."""
    return [curves(runs, "classification/reliability", reliability_points, name=f"reliability-{runs.key}",
                   title=f"{runs.title}: reliability of the posterior",
                   x_label=f"mean posterior of a bin with at least {FEWEST} images",
                   y_label="share classified correctly", y_to_1=True),
            curves(runs, "classification/risk_coverage", points, name=f"risk-coverage-{runs.key}",
                   title=f"{runs.title}: risk and coverage",
                   x_label="share of images answered, most confident first", y_label="share of those wrong")]


def comparison_charts(groups):
    """For each data set and width of the features, as far as the runs have measured it. FGSM is at 0.3 as in the
    paper or, where that was not run, at the largest bound that was. Of repetitions the smallest seed is drawn."""
    charts = []
    for runs in comparable(groups):
        plain, targeted = attack_of_kind(runs, "fgsm"), attack_of_kind(runs, "targeted_fgsm")
        if plain:
            charts += [posteriors(runs, plain), *likelihoods(runs, plain, 4, runs.groups), roc(runs, plain)]
        if targeted:
            mixtures = [group for group in runs.groups if group.facts["loss"] == "lgm"]
            charts += likelihoods(runs, targeted, 6, mixtures)
        charts += confidence(runs)
    return [chart for chart in charts if chart.lines]
