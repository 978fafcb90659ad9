# SPDX-License-Identifier: Apache-2.0
"""Runs the steps of a GPU bundle: run.py BUNDLE [RESULTS_FOLDER] [--seconds N] [--check]

Each step has a time limit of its own, and what is left of all the time where that is less. A step that
fails does not keep the others from running. What a step prints as lines of JSON is kept as its rows.
"""

import argparse
import dataclasses
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import results

SANITIZER = "compute-sanitizer"
SANITIZER_FOUND = 86  # what compute-sanitizer is told to return where it finds a fault


@dataclasses.dataclass
class Step:
    title: str
    limit: float  # seconds
    command: list
    environment: dict = dataclasses.field(default_factory=dict)
    expected: int = 0  # the exit code that passes


def sanitized(tool, program, *arguments):
    """Calls of CUDA that libraries make to see what there is may fail: they are no faults."""
    return [SANITIZER, "--tool", tool, "--report-api-errors", "no", "--error-exitcode",
            str(SANITIZER_FOUND), program, *arguments]


def steps_of(bundle, work):
    """The most telling first: later ones may be left out for want of time."""
    python, program = os.environ.get("GM_PYTHON", sys.executable), lambda name: str(bundle / "bin" / name)
    script = lambda name: str(bundle / "python" / name)
    kernels, network = program("test_kernels_on_gpu"), program("opencv_test_dnn_gm")
    few, uncached = {"GM_CASES": "25", "GM_UNWRITTEN": "1"}, {"PYTORCH_NO_CUDA_MEMORY_CACHING": "1"}
    cuda = {"GM_EXPECT_CUDA": "1"}
    steps = [
        Step("Kernels against float64", 30, [kernels], {"GM_WORST_ERRORS": "1"}),
        Step("The head on OpenCV's CUDA targets against float64", 120,
             [network, "--gtest_filter=CUDA/*:DNN_GM_Backends.*"], cuda),
        Step("The loss against float64, the same bits twice, a million classes", 60, [program("test_gpu")]),
    ]
    faults = {"memcheck": "bounds", "racecheck": "race", "initcheck": "uninitialised", "synccheck": "barrier"}
    for tool, fault in faults.items():
        steps.append(Step(f"{tool} finds a planted fault", 15, sanitized(tool, program("planted_fault"), fault),
                          expected=SANITIZER_FOUND))
    for tool in faults:
        steps.append(Step(f"{tool} of the kernels", 30,
                          sanitized(tool, kernels, "--run_test=!gm_head_kernels/very_many_classes"), few))
    steps += [
        Step("What the card can do", 40, [python, script("floors.py")]),
        Step("The head's kernels", 40, [program("time_head_kernels")]),
        Step("The loss beside PyTorch", 80, [python, script("lgm_loss.py"), str(bundle / "lib")]),
        Step("memcheck of a network with the head", 40,
             sanitized("memcheck", network, "--gtest_filter=CUDA/*.runs_in_one_net/*"), cuda),
        Step("memcheck of the loss in LibTorch", 40,
             sanitized("memcheck", program("test_gpu"), "--run_test=lgm_cuda/reduced*"), uncached),
        Step("The head in whole networks", 40,
             [python, script("head_in_networks.py"), program("opencv_perf_dnn_gm"), str(work)]),
        Step("Training on MNIST: gmtrain", 60, [python, script("gmtrain_mnist.py"), str(bundle), str(work / "mnist")]),
        Step("Training on MNIST: the same in PyTorch", 40,
             [python, script("torch_mnist.py"), str(bundle / "lib"), str(bundle / "data/mnist")]),
        Step("What limits the kernels", 60, [python, script("limits.py"), program("time_head_kernels")]),
    ]
    return steps


def rows_of(text):
    rows = []
    for line in text.splitlines():
        if line.startswith("{"):
            try:
                rows.append(json.loads(line))
            except ValueError:
                pass
    return rows


def found_tool(name):
    """A program on the path or of the CUDA toolkit."""
    return shutil.which(name) or shutil.which(name, path="/usr/local/cuda/bin")


def stop_group(process):
    """Ends what is left of a step: it must not take the GPU from the next one."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def run_step(step, log, seconds):
    """What came of it, for results.json. What was printed is in the file `log`."""
    outcome = {"title": step.title, "seconds": 0.0, "rows": []}
    tool = found_tool(step.command[0])
    if tool is None:
        return {**outcome, "status": "left out", "why": f"no {step.command[0]} here"}
    if seconds < 5:
        return {**outcome, "status": "left out", "why": "no time was left"}
    limit = min(step.limit, seconds)
    began = time.monotonic()
    with open(log, "w") as out:
        process = subprocess.Popen([tool, *step.command[1:]], stdout=out, stderr=subprocess.STDOUT,
                                   env={**os.environ, **step.environment}, start_new_session=True)
        try:
            code = process.wait(limit)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            stop_group(process)
    outcome["seconds"] = round(time.monotonic() - began, 1)
    printed = log.read_text(errors="replace")
    outcome["rows"] = rows_of(printed)
    if step.command[0] == SANITIZER and code is not None:
        # Without its summary the tool has looked at nothing, whatever the exit code.
        summaries = re.findall(r"=+ ((?:ERROR|RACECHECK) SUMMARY: .*)", printed)
        if not summaries:
            return {**outcome, "status": "failed", "why": f"{SANITIZER} gave no summary, exit code {code}"}
        outcome["rows"].append({"summary": summaries[-1]})
    if code == step.expected:
        return {**outcome, "status": "passed"}
    why = f"stopped after {limit:.0f} s" if code is None else f"exit code {code}, expected {step.expected}"
    return {**outcome, "status": "failed", "why": why}


def output_of(*command):
    tool = found_tool(command[0])
    if tool is None:
        return f"no {command[0]} here"
    return subprocess.run([tool, *command[1:]], capture_output=True, text=True).stdout.strip()


def machine():
    found = {"date": time.strftime("%Y-%m-%d", time.gmtime())}
    for name, query in (("card", "name"), ("driver", "driver_version"), ("compute capability", "compute_cap"),
                        ("memory", "memory.total")):
        found[name] = output_of("nvidia-smi", f"--query-gpu={query}", "--format=csv,noheader").split("\n")[0]
    found["toolkit"] = output_of("nvcc", "--version").split("\n")[-1]
    return found


def absent_files(bundle):
    """What steps name of the bundle and it has not."""
    return sorted({argument for step in steps_of(bundle, pathlib.Path("work")) for argument in step.command
                   if argument.startswith(f"{bundle}/") and not os.path.exists(argument)})


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bundle", type=pathlib.Path)
    parser.add_argument("results", type=pathlib.Path, nargs="?")
    parser.add_argument("--seconds", type=float, default=400)
    parser.add_argument("--check", action="store_true", help="only see that the bundle has what the steps need")
    arguments = parser.parse_args()
    if absent := absent_files(arguments.bundle):
        sys.exit(f"run.py: the bundle lacks {', '.join(absent)}")
    if arguments.check:
        return 0
    out = arguments.results or arguments.bundle / "results"
    out.mkdir(parents=True, exist_ok=True)
    end = time.monotonic() + arguments.seconds
    found = {"machine": machine(), "steps": []}
    with tempfile.TemporaryDirectory() as work, open(out / "log.txt", "w") as logs:
        for step in steps_of(arguments.bundle, pathlib.Path(work)):
            log = pathlib.Path(work) / "log"
            outcome = run_step(step, log, end - time.monotonic())
            found["steps"].append(outcome)
            line = (f"{outcome['status']:9}{outcome['seconds']:6.1f} s  {step.title}"
                    + (f": {outcome['why']}" if "why" in outcome else ""))
            print(line, flush=True)
            printed = log.read_text(errors="replace") if log.exists() else ""
            log.unlink(missing_ok=True)
            logs.write(f"{line}\n\n{printed}\n")
            logs.flush()
            results.write(found, out)  # whatever ends this run, what it found so far is kept
    passed = sum(step["status"] == "passed" for step in found["steps"])
    print(f"{passed} of {len(found['steps'])} steps passed; {out}/results.md")
    return 0 if passed == len(found["steps"]) else 1


if __name__ == "__main__":
    sys.exit(main())
