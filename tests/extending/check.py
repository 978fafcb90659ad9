# SPDX-License-Identifier: Apache-2.0
"""What doc/extending.md adds is trained, evaluated and verified under the names that it gives.

check.py GMTRAIN FOLDER
"""

import json
import pathlib
import random
import shutil
import subprocess
import sys

RECIPE = """
name = "extended"
[data]
format = "csv"
root = "{root}"
path = "squares"
labels = ["1", "4", "7", "3", "9"]
unseen_classes = ["3", "9"]
held_out = 20
[network]
name = "tiny"
filters = 8
[loss]
name = "smoothed"
smoothing = 0.05
[train]
epochs = 8
batch_size = 20
[optimizer]
learning_rate = 0.05
[evaluation]
attacks = ["noise_0.1"]
post_hoc = ["nearest_mean"]
[verification]
scores = ["largest_difference", "cosine"]
pairs = 40
folds = 2
"""

SIDES = [1, 4, 7, 3, 9]  # of a bright square, by class


def write_images(file, count):
    lines = []
    for i in range(count):
        label = i % len(SIDES)
        pixels = [random.randrange(50) + 150 * (max(x, y) < SIDES[label])
                  for y in range(9) for x in range(9)]
        lines.append(",".join(map(str, [label, *pixels])))
    file.write_text("\n".join(lines) + "\n")


def main():
    gmtrain, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "data" / "squares").mkdir(parents=True)
    random.seed(1)
    write_images(folder / "data" / "squares" / "train.csv", 200)
    write_images(folder / "data" / "squares" / "test.csv", 100)
    recipe, run = folder / "recipe.toml", folder / "run"
    recipe.write_text(RECIPE.format(root=folder / "data"))

    subprocess.run([gmtrain, "train", "--recipe", recipe, "--out", run], check=True)
    for verb in ("evaluate", "verify", "report"):
        subprocess.run([gmtrain, verb, run], check=True)

    evaluation = json.loads((run / "evaluation.json").read_text())
    assert evaluation["network"] == "tiny" and evaluation["loss"] == "smoothed", evaluation
    assert "nearest_mean" in evaluation["adversarial"]["noise_0.1"]["scores"], evaluation
    assert evaluation["test_error"] < 10, evaluation  # guessing gives 67 %
    verification = json.loads((run / "verification.json").read_text())
    assert set(verification["scores"]) == {"largest_difference", "cosine"}, verification
    report = (run / "report.html").read_text()
    for name in ("tiny", "smoothed", "nearest_mean", "noise", "largest_difference"):
        assert name in report, f"report.html does not name {name}"


if __name__ == "__main__":
    main()
