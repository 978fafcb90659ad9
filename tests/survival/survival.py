# SPDX-License-Identifier: Apache-2.0
"""A training that is killed, stopped, or left without disk or folder loses at most the running epoch, and goes on to the
same bits; with another number of threads to the same but for rounding.

survival.py GMTRAIN FAIL_CALL FOLDER [--minutes N]

FAIL_CALL is the library of fail_call.cpp. Without --minutes each kind of fault happens a few times, in under a minute; with
it, at each call that writes, and at random moments for so many minutes (make soak).
"""

import argparse
import json
import math
import os
import pathlib
import random
import shutil
import signal
import struct
import subprocess
import sys
import time

EPOCHS = 3
RECIPE = """
name = "survival"
[data]
format = "idx"
root = "{root}"
path = "squares"
labels = ["0", "1", "2", "3"]
held_out = 20
[network]
name = "conv6"
widths = [2, 4]
features = 8
[loss]
name = "lgm"
[train]
epochs = {epochs}
batch_size = 4
[optimizer]
name = "{optimizer}"
learning_rate = 0.001
"""


def write_squares(folder, prefix, count):
    """Images of 8x8 pixels, each with a bright square in one of four corners."""
    pixels, labels = bytearray(), bytearray()
    for i in range(count):
        label = i % 4
        labels.append(label)
        for y in range(8):
            for x in range(8):
                bright = y // 4 == label // 2 and x // 4 == label % 2
                pixels.append(random.randrange(100) + 150 * bright)
    (folder / f"{prefix}-images-idx3-ubyte").write_bytes(struct.pack(">iiii", 0x803, count, 8, 8) + pixels)
    (folder / f"{prefix}-labels-idx1-ubyte").write_bytes(struct.pack(">ii", 0x801, count) + labels)


def check(condition, *said):
    if not condition:
        raise SystemExit("survival.py: " + " ".join(map(str, said)))


class Trainings:
    """Trainings of one recipe, and what one that nothing happens to leaves."""

    def __init__(self, gmtrain, library, folder, optimizer):
        self.gmtrain, self.library = gmtrain, library
        self.folder = folder / optimizer
        self.recipe = folder / f"{optimizer}.toml"
        self.recipe.write_text(RECIPE.format(root=folder / "data", epochs=EPOCHS, optimizer=optimizer))
        self.count = 0
        run, log = self.folder / "whole", folder / f"{optimizer}.calls"
        began = time.monotonic()
        self.must_end_well(self.train(run, FAIL_LOG=log))
        self.seconds = time.monotonic() - began
        self.checkpoint = (run / "checkpoint.safetensors").read_bytes()
        self.metrics = (run / "metrics.jsonl").read_text()
        self.calls = [line.split(" ", 2)[1:] for line in log.read_text().splitlines()]

    def new_run(self):
        self.count += 1
        return self.folder / str(self.count)

    def start(self, run, resume=False, **settings):
        arguments = ["--resume"] if resume else ["--recipe", self.recipe]
        return self.run("train", *arguments, "--out", run, FAIL_FOLDER=run, **settings)

    def run(self, *arguments, **settings):
        # The library comes before a sanitizer's.
        environment = {"OMP_NUM_THREADS": "1", "LD_PRELOAD": self.library,
                       "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}
        environment.update({name: str(value) for name, value in settings.items()})
        return subprocess.Popen([self.gmtrain, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                env={**os.environ, **environment})

    def train(self, run, resume=False, **settings):
        """Exit code and what was said on standard error."""
        return self.end_of(self.start(run, resume, **settings))

    @staticmethod
    def end_of(process):
        said = process.communicate(timeout=300)[1]
        return process.returncode, said.splitlines()

    @staticmethod
    def must_end_well(end):
        check(end[0] == 0, "expected exit code 0, got", *end)

    def must_fail(self, end, part, code=1):
        check(end[0] == code, f"expected exit code {code}, got", *end)
        errors = [line for line in end[1] if line.startswith("gmtrain: ")]
        check(len(errors) == 1 and errors[0] == end[1][-1] and part in errors[0],
              f"expected one last line with \"{part}\", got", end[1])

    def must_be_whole(self, run):
        """What readers find in the folder of a training that did not end."""
        metrics = (run / "metrics.jsonl").read_text() if (run / "metrics.jsonl").exists() else ""
        check(metrics.endswith("\n") or not metrics, run, "has half a line of metrics:", metrics[-100:])
        for line in metrics.splitlines():
            json.loads(line)

    def must_go_on(self, run, threads=1):
        """To what the training would have become."""
        resume = (run / "checkpoint.safetensors").exists()
        self.must_end_well(self.train(run, resume, OMP_NUM_THREADS=threads))
        metrics = (run / "metrics.jsonl").read_text()
        if threads == 1:
            check((run / "checkpoint.safetensors").read_bytes() == self.checkpoint, run, "has another result")
            check(metrics == self.metrics, run, "has other metrics")
        else:  # sums are rounded in another order
            records = [[json.loads(line) for line in text.splitlines()] for text in (metrics, self.metrics)]
            check([a.keys() for a in records[0]] == [b.keys() for b in records[1]], run, "has other metrics")
            for a, b in zip(*records):
                check(all(math.isclose(a[key], b[key], rel_tol=1e-3) for key in a if "error" not in key), a, "instead of", b)
        left = [file.name for file in run.iterdir() if ".part-" in file.name]
        check(not left, run, "holds what a killed process left:", left)
        shutil.rmtree(run)

    def numbers(self, part, epoch=None):
        """Of the calls on files with that in their names; from one epoch's last checkpoint to the next."""
        ends = [i for i, (name, path) in enumerate(self.calls) if name == "rename" and ".checkpoint." in path]
        begin, end = (0, len(self.calls)) if epoch is None else (ends[epoch - 2] + 1 if epoch > 1 else 0, ends[epoch - 1] + 2)
        return [i + 1 for i in range(begin, end) if part in self.calls[i][1]]


def killed_at_calls(trainings, numbers):
    for number in numbers:
        for action in ["kill", "half"] if trainings.calls[number - 1][0].startswith("write") else ["kill"]:
            run = trainings.new_run()
            code, said = trainings.train(run, FAIL_CALL=number, FAIL_ACTION=action)
            check(code == -signal.SIGKILL, f"call {number}, {action}: expected to be killed, got", code, said)
            trainings.must_go_on(run)


def killed_at_random(trainings, times):
    """Several times in one training, too."""
    for _ in range(times):
        run = trainings.new_run()
        for _ in range(random.randint(1, 3)):
            process = trainings.start(run, (run / "checkpoint.safetensors").exists())
            time.sleep(random.random() * trainings.seconds)
            process.kill()
            code, said = trainings.end_of(process)
            check(code in (0, -signal.SIGKILL), "killed at random, got", code, said)
        trainings.must_go_on(run)


def full_disk(trainings, numbers):
    for number in numbers:
        run = trainings.new_run()
        trainings.must_fail(trainings.train(run, FAIL_CALL=number, FAIL_ACTION="full"), "No space left on device")
        trainings.must_be_whole(run)
        trainings.must_go_on(run)


def full_file_system(trainings):
    """The same on a file system of its own, where a process may make one."""
    if subprocess.run(["unshare", "--user", "--map-root-user", "--mount", "true"], stderr=subprocess.DEVNULL).returncode:
        print("no mount namespaces here: no small tmpfs was filled")
        return
    run = trainings.new_run()
    # Room for the first checkpoint and the logs, not for a second beside it.
    pages = 2 * -(-len(trainings.checkpoint) // 4096) + 2
    run.mkdir()
    script = f"""mount -t tmpfs -o size={4096 * pages} none "$1" || exit 99
      "$2" train --recipe "$3" --out "$1" > /dev/null; code=$?
      cp -r "$1" "$1.kept"; exit $code"""
    end = subprocess.run(["unshare", "--user", "--map-root-user", "--mount",
                          "sh", "-c", script, "sh", run, trainings.gmtrain, trainings.recipe],
                         stderr=subprocess.PIPE, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
    if end.returncode == 99:
        print("no tmpfs can be mounted here: none was filled")
        return
    trainings.must_fail((end.returncode, end.stderr.splitlines()), "No space left on device")
    kept = pathlib.Path(f"{run}.kept")
    trainings.must_be_whole(kept)
    check((kept / "checkpoint.safetensors").exists(), kept, "lost its checkpoint")
    trainings.must_go_on(kept)


def folder_lost(trainings, number):
    run = trainings.new_run()
    trainings.must_fail(trainings.train(run, FAIL_CALL=number, FAIL_ACTION="vanish"), "No such file or directory")
    os.rename(f"{run}.gone", run)
    trainings.must_go_on(run)

    run = trainings.new_run()
    trainings.must_fail(trainings.train(run, FAIL_CALL=number, FAIL_ACTION="frozen"), "Read-only file system")
    trainings.must_go_on(run)


def other_number_of_threads(trainings, number):
    run = trainings.new_run()
    trainings.train(run, FAIL_CALL=number, FAIL_ACTION="kill")
    trainings.must_go_on(run, threads=2)


def interrupted(trainings, number):
    for name, code in ("INT", 130), ("TERM", 143):
        run = trainings.new_run()
        end = trainings.train(run, FAIL_CALL=number, FAIL_ACTION=name)
        trainings.must_fail(end, f"stopped by SIG{name}: the checkpoint of epoch 2 of {EPOCHS} is kept, go on with "
                                 f"gmtrain train --resume --out {run}", code)
        trainings.must_be_whole(run)
        trainings.must_go_on(run)


def two_in_one_folder(trainings, number):
    run = trainings.new_run()
    first = trainings.start(run, FAIL_CALL=number, FAIL_ACTION="STOP")
    os.waitid(os.P_PID, first.pid, os.WSTOPPED | os.WNOWAIT)
    trainings.must_fail(trainings.train(run, resume=True), "another command is at work in this folder")
    first.kill()
    trainings.end_of(first)
    trainings.must_go_on(run)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("gmtrain")
    parser.add_argument("library")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--minutes", type=float, default=0)
    given = parser.parse_args()
    folder = given.folder.resolve()
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "data" / "squares").mkdir(parents=True)
    random.seed(1)
    write_squares(folder / "data" / "squares", "train", 120)
    write_squares(folder / "data" / "squares", "t10k", 20)

    # Where this runs in the background SIGINT may be ignored, which a training would inherit.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    began = time.monotonic()
    long = given.minutes > 0
    for optimizer in ["sgd", "adamw"] if long else ["sgd"]:
        trainings = Trainings(given.gmtrain, given.library, folder, optimizer)
        second = trainings.numbers(".checkpoint.", epoch=2)
        logged = trainings.numbers("metrics.jsonl", epoch=2)[-1]
        killed_at_calls(trainings, range(1, len(trainings.calls) + 1) if long else second + [second[-1] + 1])
        writes = [n for n in trainings.numbers("") if trainings.calls[n - 1][0].startswith("write")]
        full_disk(trainings, writes if long else [n for n in writes if n in second or n == logged])
        full_file_system(trainings)
        folder_lost(trainings, second[0])
        other_number_of_threads(trainings, second[0])
        interrupted(trainings, logged)
        two_in_one_folder(trainings, logged)
        killed_at_random(trainings, 2)
        while long and time.monotonic() - began < given.minutes * 60 / 2 * (1 if optimizer == "sgd" else 2):
            killed_at_random(trainings, 1)
        print(f"{optimizer}: {trainings.count} trainings went on to the same bits", flush=True)
    print(f"{time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    sys.exit(main())
