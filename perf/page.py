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
from pages import MARK, replace_marked


def table(head, rows):
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def digits(milliseconds):
    return f"{milliseconds:.{max(0, 2 - math.floor(math.log10(milliseconds)))}f}"


def machine():
    name = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s*(\d+)", pathlib.Path("/proc/meminfo").read_text())
    return f"{name[1] if name else platform.processor()}, {int(memory[1]) / 2**20:.0f} GiB"


def geometric_mean(values):
    return math.exp(sum(map(math.log, values)) / len(values))


def heads(figures):
    rows, ratios, floors = [], [], []
    for row in figures["rows"]:
        ms = row["ms"]
        floor = max(ms["product"], ms["read"])
        ratios.append(ms["leanest"] / ms["GMHead"])
        if row["operations"] > 1e6:
            floors.append(ms["GMHead"] / floor)
        rows.append([f"{row['N, K, D']}, {row['variances']}", *map(digits, (ms["GMHead"], ms["leanest"], ms["exported"], floor)),
                     f"{ratios[-1]:.2f}", f"{ms['GMHead'] / floor:.2f}"])
    text = table(["N, K, D, variances", "GMHead, ms", "leanest graph", "exported function", "floor", "leanest / GMHead", "GMHead / floor"], rows)
    slower, far = sum(ratio < 1 for ratio in ratios), sum(floor > 1.5 for floor in floors)
    return (f"OpenCV {figures['versions']['opencv']}, onnxruntime {figures['versions']['onnxruntime']}, {figures['threads']} threads; least medians of five.\n\n"
            f"{text}\n\nIn geometric mean {geometric_mean(ratios):.2f} times as fast as the leanest graph (to reach: 1.5); slower at {slower} of {len(ratios)} sizes (to reach: 0). "
            f"More than 1.5 times the floor at {far} of {len(floors)} sizes above 10⁶ operations (to reach: 0).")


def loss(figures):
    rows = []
    for row in figures["rows"]:
        ratios = row["ratios"]
        rows.append([", ".join((row["N, K, D"], row["variances"], row["classes"])), *(digits(ms) for ms in row["ms"].values()),
                     *map(spread, ratios.values())])
    compiled = [(row, row["ratios"]["compiled"]["median"]) for row in figures["rows"] if "compiled" in row["ratios"]]
    many = [ratio for row, ratio in compiled if int(row["N, K, D"].split(", ")[1]) >= 1000]
    text = table(["N, K, D, variances, classes", *(f"{name}, ms" for name in figures["rows"][0]["ms"]),
                  *(f"{name} / ours" for name in figures["rows"][0]["ratios"])], rows)
    text = f"LibTorch and PyTorch {figures['torch']}, {figures['threads']} threads; medians, and the least and largest of the rounds.\n\n{text}"
    if not compiled:
        return text
    return (f"{text}\n\n"
            f"1.3 times as fast as `torch.compile` from 1000 classes on: reached at {sum(ratio >= 1.3 for ratio in many)} of {len(many)} sizes. "
            f"Never slower: reached at {sum(ratio >= 1 for _, ratio in compiled)} of {len(compiled)}.")


def spread(ratio):
    return f"{ratio['median']:.2f} ({ratio['least']:.2f} to {ratio['largest']:.2f})"


def training(figures):
    rates = [{"network": row["network"], **{name: round(rate) for name, rate in row["images/s"].items()}} for row in figures["rows"]]
    beside = [{"network": row["network"], **{name: spread(ratio) for name, ratio in row["gmtrain / other"].items()}} for row in figures["rows"]]
    tables = [table(rows[0], [row.values() for row in rows]) for rows in (rates, beside)]
    reached = [min(row["gmtrain / other"][name]["median"] for name in ("eager", "compiled")) for row in figures["rows"]]
    return (f"Images per second, batches of {figures['rows'][0]['batch']}, PyTorch {figures['torch']}, {figures['threads']} threads; `loading` is what reading images alone allows:\n\n{tables[0]}\n\n"
            f"gmtrain / other (to reach: 1.1 over the better of eager and compiled; reached for {sum(ratio >= 1.1 for ratio in reached)} of {len(reached)} networks):\n\n{tables[1]}")


def end_to_end(figures):
    rows = []
    for row in figures["rows"]:
        ms = row["ms"]
        rows.append([f"{row['model']}, {row['pictures']}, {row['batch']}", digits(ms["dnn_gm"]), digits(ms["onnxruntime"]),
                     spread(row["onnxruntime / dnn_gm"]), digits(ms["GMHead"]), digits(ms["softmax"]), spread(row["GMHead / softmax"])])
    versions = figures["versions"]
    slower = sum(row["onnxruntime / dnn_gm"]["median"] < 1 for row in figures["rows"])
    dear = sum(row["GMHead / softmax"]["median"] > 1.03 for row in figures["rows"])
    text = table(["network, pictures, batch", "dnn_gm, ms", "onnxruntime, ms", "onnxruntime / dnn_gm", "net with head, ms", "with softmax, ms", "head / softmax"], rows)
    return (f"OpenCV {versions['opencv']}; beside it onnxruntime {versions['onnxruntime']} with OpenCV {versions['opencv of the rival']} of Python; {figures['threads']} threads.\n\n{text}\n\n"
            f"Slower than onnxruntime in {slower} of {len(rows)} rows (to reach: 0). The head costs more than 3 % over softmax in {dear} (to reach: 0).")


def growth_picture(growth):
    """Milliseconds over each of N, K and D, with lines of slope 1."""
    with matplotlib.rc_context({**STYLE, "svg.hashsalt": "growth"}):
        figure = Figure(figsize=(9.6, 3.2), layout="constrained")
        for axes, (name, told) in zip(figure.subplots(1, len(growth)), growth.items()):
            at = [size["NKD".index(name)] for size in told["sizes"]]
            others = ", ".join(f"{other} = {told['sizes'][0]['NKD'.index(other)]}" for other in "NKD" if other != name)
            axes.loglog(at, told["ms"], "o-", markersize=3)
            axes.loglog(at, [told["ms"][-1] * x / at[-1] for x in at], "--", color="0.6", linewidth=1)
            axes.set(title=f"{name} ({others})", xlabel=name, ylabel="ms" if name == "N" else "")
        return figure


def parts_of(bench):
    readers = {"heads": heads, "heads-4.14": heads, "loss": loss, "training": training, "end-to-end": end_to_end}
    read = {file.stem: json.loads(file.read_text()) for file in bench.glob("*.json")}
    parts = {name: reader(read[name]) for name, reader in readers.items() if name in read}
    if read:
        parts["machine"] = machine()
    return parts, read.get("loss", {}).get("growth")


def main():
    bench, page = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    parts, growth = parts_of(bench)
    if growth:
        picture = page.parent / "images/performance/loss-growth.svg"
        picture.parent.mkdir(parents=True, exist_ok=True)
        with matplotlib.rc_context({**STYLE, "svg.hashsalt": "growth"}):
            growth_picture(growth).savefig(picture, metadata=NO_METADATA)
    document = page.read_text()
    kept = {mark[1]: document[mark.end():document.index("<!-- end of tables -->", mark.end())].strip()
            for mark in MARK.finditer(document) if mark[1]}
    page.write_text(replace_marked(document, {**kept, **parts}, str(page)))


if __name__ == "__main__":
    main()
