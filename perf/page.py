# SPDX-License-Identifier: Apache-2.0
"""Writes the measured parts of doc/performance.md: page.py BENCH PAGE

BENCH has what the benchmarks of bench.sh wrote; of those that are not there the page keeps what it says.
"""

import json
import math
import pathlib
import platform
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "trainer/reproduce/compare"))

import matplotlib
from charts import NO_METADATA, STYLE
from matplotlib.figure import Figure
from pages import replace_marked, table


def digits(milliseconds):
    return f"{milliseconds:.{max(0, 2 - math.floor(math.log10(milliseconds)))}f}"


def spread(ratio):
    return f"{ratio['median']:.2f} ({ratio['least']:.2f} to {ratio['largest']:.2f})"


def machine():
    name = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s*(\d+)", pathlib.Path("/proc/meminfo").read_text())
    return f"{name[1] if name else platform.processor()}, {int(memory[1]) / 2**20:.0f} GiB, {platform.system()}"


def geometric_mean(values):
    return math.exp(sum(map(math.log, values)) / len(values))


def heads(figures):
    rows, ratios, floors = [], [], []
    for row in figures["rows"]:
        ms = row["ms"]
        floor = max(ms["product"], ms["read"])
        ratios.append(ms["leanest"] / ms["GMHead"])
        above = ms["GMHead"] / floor
        if row["operations"] > 1e6:
            floors.append(above)
        rows.append([f"{row['N, K, D']}, {row['variances']}",
                     *map(digits, (ms["GMHead"], ms["leanest"], ms["exported"], floor)),
                     f"{ratios[-1]:.2f}", f"{above:.2f}"])
    columns = ["N, K, D, variances", "GMHead, ms", "leanest graph", "exported function", "floor", "leanest / GMHead",
               "GMHead / floor"]
    slower, far = sum(ratio < 1 for ratio in ratios), sum(floor > 1.5 for floor in floors)
    versions = figures["versions"]
    return (f"OpenCV {versions['opencv']}, onnxruntime {versions['onnxruntime']}, {figures['threads']} threads; "
            f"the least median of {figures['rounds']} rounds.\n\n{table(columns, rows)}\n\n"
            f"In geometric mean {geometric_mean(ratios):.2f} times as fast as the leanest graph (to reach: 1.5); "
            f"slower at {slower} of {len(ratios)} sizes (to reach: 0). More than 1.5 times the floor at {far} of "
            f"{len(floors)} sizes above 10⁶ operations (to reach: 0).")


def loss(figures):
    first = figures["rows"][0]
    rows = [[", ".join((row["N, K, D"], row["variances"], row["classes"])), *map(digits, row["ms"].values()),
             *map(spread, row["ratios"].values())] for row in figures["rows"]]
    columns = ["N, K, D, variances, classes", *(f"{name}, ms" for name in first["ms"]),
               *(f"{name} / ours" for name in first["ratios"])]
    text = (f"LibTorch and PyTorch {figures['torch']}, {figures['threads']} threads; medians of {figures['rounds']} "
            f"rounds, and the least and largest.\n\n{table(columns, rows)}")
    compiled = {row["N, K, D"]: [] for row in figures["rows"]}
    for row in figures["rows"]:
        if "compiled" in row["ratios"]:
            compiled[row["N, K, D"]].append(row["ratios"]["compiled"]["median"])
    every = [ratio for ratios in compiled.values() for ratio in ratios]
    if not every:
        return text
    many = [ratio for size, ratios in compiled.items() if int(size.split(", ")[1]) >= 1000 for ratio in ratios]
    return (f"{text}\n\n1.3 times as fast as `torch.compile` from 1000 classes on: reached at "
            f"{sum(ratio >= 1.3 for ratio in many)} of {len(many)} sizes. Never slower: reached at "
            f"{sum(ratio >= 1 for ratio in every)} of {len(every)}.")


def training(figures):
    first = figures["rows"][0]
    rates = table(["network", *first["images/s"]],
                  [[row["network"], *map(round, row["images/s"].values())] for row in figures["rows"]])
    beside = table(["network", *first["gmtrain / other"]],
                   [[row["network"], *map(spread, row["gmtrain / other"].values())] for row in figures["rows"]])
    reached = [min(row["gmtrain / other"][name]["median"] for name in ("eager", "compiled")) for row in figures["rows"]]
    return (f"Images per second, batches of {first['batch']}, PyTorch {figures['torch']}, {figures['threads']} "
            f"threads; medians of {first['rounds']} rounds of {first['steps']} steps; `loading` is what reading images alone "
            f"allows:\n\n{rates}\n\n"
            f"gmtrain / other, within a round, hence not the quotients of these medians (to reach: 1.1 over the better "
            f"of eager and compiled; reached for {sum(ratio >= 1.1 for ratio in reached)} of {len(reached)} networks):"
            f"\n\n{beside}")


def end_to_end(figures):
    rows = []
    for row in figures["rows"]:
        ms = row["ms"]
        rows.append([f"{row['model']}, {row['pictures']}, {row['batch']}", digits(ms["dnn_gm"]),
                     digits(ms["onnxruntime"]), spread(row["onnxruntime / dnn_gm"]), digits(ms["GMHead"]),
                     digits(ms["softmax"]), spread(row["GMHead / softmax"])])
    versions = figures["versions"]
    slower = sum(row["onnxruntime / dnn_gm"]["median"] < 1 for row in figures["rows"])
    dear = sum(row["GMHead / softmax"]["median"] > 1.03 for row in figures["rows"])
    columns = ["network, pictures, batch", "dnn_gm, ms", "onnxruntime, ms", "onnxruntime / dnn_gm",
               "net with head, ms", "with softmax, ms", "head / softmax"]
    return (f"OpenCV {versions['opencv']}; beside it onnxruntime {versions['onnxruntime']} with OpenCV "
            f"{versions['opencv of the rival']} of Python; {figures['threads']} threads.\n\n{table(columns, rows)}\n\n"
            f"Slower than onnxruntime in {slower} of {len(rows)} rows (to reach: 0). The head costs more than 3 % over "
            f"softmax in {dear} (to reach: 0).")


def draw_growth(growth, file):
    """Milliseconds over each of N, K and D, with lines of slope 1."""
    with matplotlib.rc_context({**STYLE, "svg.hashsalt": "growth"}):
        figure = Figure(figsize=(9.6, 3.2), layout="constrained")
        for axes, (name, told) in zip(figure.subplots(1, len(growth)), growth.items()):
            at = [size["NKD".index(name)] for size in told["sizes"]]
            others = ", ".join(f"{other} = {told['sizes'][0]['NKD'.index(other)]}" for other in "NKD" if other != name)
            axes.loglog(at, told["ms"], "o-", markersize=3)
            axes.loglog(at, [told["ms"][-1] * x / at[-1] for x in at], "--", color="0.6", linewidth=1)
            axes.set(title=f"{name} ({others})", xlabel=name, ylabel="ms" if name == "N" else "")
        file.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(file, metadata=NO_METADATA)


READERS = {"heads": heads, "heads-4.14": heads, "loss": loss, "training": training, "end-to-end": end_to_end}


def main():
    bench, page = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    read = {file.stem: json.loads(file.read_text()) for file in bench.glob("*.json") if file.stem in READERS}
    if not read:
        sys.exit(f"{bench}: expected one of {', '.join(READERS)}, each a .json")
    if growth := read.get("loss", {}).get("growth"):
        draw_growth(growth, page.parent / "images/performance/loss-growth.svg")
    parts = {"machine": machine(), **{name: READERS[name](figures) for name, figures in read.items()}}
    page.write_text(replace_marked(page.read_text(), parts, str(page), others_stay=True))


if __name__ == "__main__":
    main()
