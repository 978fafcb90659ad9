# SPDX-License-Identifier: Apache-2.0
"""Images per second of gmtrain beside PyTorch:
    training.py GMTRAIN LIBLGM OUT.json [--network NAME]... [--data FOLDER]

The same network, loss, batch, optimiser and threads, without augmentation, by turns in one run. gmtrain reads a data
set of files as its users have it; its steps are timed by the wall times in its TensorBoard log, first record to last.
The rivals, eager and by torch.compile, draw batches from normalised tensors in memory and have the loss composed
of PyTorch's operators. `loading` is gmtrain with a network of one filter: the most that reading images allows.
"""

import argparse
import json
import math
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

import cv2
import numpy as np
import torch
from lgm_loss import composed, ours
from networks import Conv6, ResNet20
from ratios import ratio
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch import nn

RECIPES = pathlib.Path(__file__).resolve().parent.parent / "trainer/recipes"
BATCH, RECORD = 128, 50  # RECORD: steps between two records of gmtrain
RATE = 0.01  # one that no rival diverges at without a warm-up
SETTINGS = [f"train.batch_size={BATCH}", "train.epochs=1", f"optimizer.learning_rate={RATE}", "optimizer.warmup=0",
            "loss.alpha=1.0", "loss.alpha_start=1.0", "data.mirror=false", "data.padding=0"]
ONE_FILTER = '[network]\nname = "conv6"\nwidths = [1]\nfeatures = 16\nrelu_features = false\n[loss]\nname = "lgm"\n'


def mnist(root, count):
    parts = [np.fromfile(root / "mnist" / f"train-{name}-ubyte", np.uint8, offset=offset)
             for name, offset in (("images-idx3", 16), ("labels-idx1", 8))]
    images = torch.from_numpy(parts[0][:count * 784].reshape(-1, 1, 28, 28).astype(np.float32) / 255)
    return images, torch.from_numpy(parts[1][:count].astype(np.int64)), len(parts[1])


def cifar10(root, count):
    files = [(file, label) for label, folder in enumerate(sorted((root / "cifar10-jpeg/train").iterdir()))
             for file in sorted(folder.iterdir())]
    some = [files[i] for i in np.random.default_rng(1).permutation(len(files))[:count]]
    pixels = np.stack([cv2.imread(str(file)) for file, _ in some]).astype(np.float32)
    images = (pixels - np.float32([113.9, 122.9, 125.3])) / np.float32([66.5, 61.9, 62.5])
    return (torch.from_numpy(images.transpose(0, 3, 1, 2).copy()), torch.tensor([label for _, label in some]),
            len(files))


NETWORKS = {"conv6": (Conv6, mnist, "mnist-demo", "mnist-base", 200),
            "resnet20": (ResNet20, cifar10, "cifar10-jpeg-resnet20-lgm", "cifar10-base", 100)}
NARROW_DATA = {"conv6": "", "resnet20": '[data]\nformat = "folder"\npath = "cifar10-jpeg"\n'}


class Trainer:
    """gmtrain: images per second, the first steps left out."""

    def __init__(self, program, data, recipe, settings, environment):
        self.command = [program, "train", "--recipe", recipe, "--data", data]
        for setting in settings:
            self.command += ["--set", setting]
        self.environment, self.parameters = environment, None

    def __call__(self):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([*map(str, self.command), "--out", f"{folder}/run"], env=self.environment,
                                  capture_output=True, text=True)
            said = done.stdout + done.stderr
            if done.returncode:
                sys.exit(said)
            self.parameters = int(re.search(r"(\d+) parameters", said)[1])
            events = EventAccumulator(f"{folder}/run")
            events.Reload()
            records = events.Scalars("step/loss")
        return (records[-1].step - records[0].step) * BATCH / (records[-1].wall_time - records[0].wall_time)


class Rival:
    """A training in PyTorch: images per second of some steps."""

    def __init__(self, network, images, labels, steps, loss=composed, form=torch.contiguous_format, compiled=False,
                 **sgd):
        self.images, self.labels, self.steps = images.contiguous(memory_format=form), labels, steps
        torch.manual_seed(1)
        self.network = network(*images.shape[1:3]).to(memory_format=form)
        for module in self.network.modules():
            if isinstance(module, nn.PReLU):
                nn.init.constant_(module.weight, 0.25)
        self.means = nn.Parameter(0.3 * torch.randn(10, network.dimension))
        self.constants = torch.zeros(1, 1), torch.full((10,), -math.log(10))
        self.optimizer = torch.optim.SGD(
            [{"params": self.network.parameters()}, {"params": [self.means], "weight_decay": 0}],
            lr=RATE, momentum=0.9, nesterov=True, weight_decay=5e-4, **sgd)
        self.loss = lambda *batch: loss(self.network(batch[0]), self.means, *self.constants, batch[1]).mean()
        if compiled:
            self.loss = torch.compile(self.loss)
        self.train(5)

    def parameters(self):
        return sum(p.numel() for p in (*self.network.parameters(), self.means))

    def train(self, steps):
        while steps > 0:
            order = torch.randperm(len(self.labels))
            for chosen in order.split(BATCH)[:steps]:
                self.optimizer.zero_grad()
                loss = self.loss(self.images[chosen], self.labels[chosen])
                loss.backward()
                self.optimizer.step()
                steps -= 1
        if not loss.isfinite():
            sys.exit(f"expected a loss that is finite, got {loss}")

    def __call__(self):
        self.train(2)
        begin = time.perf_counter()
        self.train(self.steps)
        return self.steps * BATCH / (time.perf_counter() - begin)

    def step_ms(self):
        """Of the optimiser alone."""
        begin = time.perf_counter()
        for _ in range(50):
            self.optimizer.step()
        return 20 * (time.perf_counter() - begin)


def measured(name, options, environment, folder):
    network, data_set, recipe, base, steps = NETWORKS[name]
    steps = options.steps or steps
    images, labels, whole = data_set(options.data, steps * BATCH)
    settings = [*SETTINGS, f"data.held_out={whole - steps * BATCH}"]
    narrow = pathlib.Path(folder) / f"{name}.toml"
    narrow.write_text(f'base = "{RECIPES / base}.toml"\nname = "loading"\n{NARROW_DATA[name]}{ONE_FILTER}')
    gmtrain = Trainer(options.gmtrain, options.data, RECIPES / f"{recipe}.toml", settings, environment)
    # So slow that gmtrain does not stop for features that fall together.
    loading = Trainer(options.gmtrain, options.data, narrow, [*settings, "optimizer.learning_rate=1e-6"], environment)

    def rival(**how):
        return Rival(network, images, labels, steps - RECORD, **how)

    turns = {"gmtrain": gmtrain, "eager": rival(), "compiled": rival(compiled=True),
             "eager, channels last": rival(form=torch.channels_last), "loading": loading}
    if options.more:
        turns |= {"eager, our loss": rival(loss=ours), "eager, foreach": rival(foreach=True),
                  "compiled, channels last": rival(compiled=True, form=torch.channels_last),
                  "eager, fused": rival(fused=True)}
    rates = {turn: [] for turn in turns}
    for _ in range(options.rounds):
        for turn, train in turns.items():
            rates[turn].append(train())
            print(name, turn, round(rates[turn][-1]), flush=True)
    count = turns["eager"].parameters()
    if count != gmtrain.parameters:
        sys.exit(f"{name}: expected the {gmtrain.parameters} parameters of gmtrain, got {count}")
    return {"network": name, "parameters": count, "batch": BATCH, "steps": steps - RECORD, "rounds": options.rounds,
            "images/s": {turn: statistics.median(of) for turn, of in rates.items()},
            "gmtrain / other": {turn: ratio(rates["gmtrain"], of) for turn, of in rates.items()
                                if turn not in ("gmtrain", "loading")},
            "step of the optimiser, ms": {turn: min(turns[turn].step_ms() for _ in range(5))
                                          for turn in ("eager", "eager, foreach", "eager, fused")
                                          if turn in turns}}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gmtrain")
    parser.add_argument("library")
    parser.add_argument("out")
    parser.add_argument("--network", choices=NETWORKS, action="append")
    parser.add_argument("--data", type=pathlib.Path, default="build/data", help="with mnist and cifar10-jpeg")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, help=f"of gmtrain, a multiple of {RECORD}, at least {2 * RECORD}")
    parser.add_argument("--more", action="store_true", help="rivals that differ in layout and optimiser")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    options = parser.parse_args()
    if options.steps and (options.steps % RECORD or options.steps < 2 * RECORD):
        parser.error(f"--steps: expected a multiple of {RECORD} from {2 * RECORD} on, got {options.steps}")
    torch.ops.load_library(options.library)
    torch.set_num_threads(options.threads)
    environment = {**os.environ, "OMP_NUM_THREADS": str(options.threads)}
    with tempfile.TemporaryDirectory() as folder:
        rows = [measured(name, options, environment, folder) for name in options.network or NETWORKS]
    for row in rows:
        print(json.dumps(row, indent=1))
    with open(options.out, "w") as file:
        json.dump({"torch": torch.__version__, "threads": options.threads, "rows": rows}, file, indent=1)


if __name__ == "__main__":
    main()
