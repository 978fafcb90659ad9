# SPDX-License-Identifier: Apache-2.0
"""GMHead in whole networks of OpenCV beside the same of stock operators: head_in_networks.py PERF_BINARY FOLDER

By OpenCV's performance tests of the module, on its CUDA targets.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree as xml


def medians(binary, fixture, folder):
    """Milliseconds by parameters, and the program's exit code."""
    report = folder / f"{fixture}.xml"
    code = subprocess.run([binary, f"--gtest_filter=*/{fixture}.*", f"--gtest_output=xml:{report}",
                           "--perf_min_samples=20", "--perf_force_samples=20"], stdout=sys.stderr,
                          env={**os.environ, "OPENCV_OPENCL_RUNTIME": "disabled"}).returncode
    times = {}
    for case in xml.parse(report).iter("testcase") if report.exists() else ():
        values = {name.get("name"): name.get("value") for name in case.iter("property")}
        if "CUDA" in case.get("value_param", "") and "median" in values:
            times[case.get("value_param")] = 1000 * float(values["median"]) / float(values["frequency"])
    return times, code


def main():
    binary, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    ours, code = medians(binary, "GMHead", folder)
    if code or not ours:
        sys.exit(f"exit code {code}, {len(ours)} tests on a CUDA target")
    # The stock operators may not all run there; what they gave is shown.
    stock, _ = medians(binary, "StockOperators", folder)
    for parameters, milliseconds in ours.items():
        row = {"N, D x K, where": re.sub(r"DNN_(BACKEND|TARGET)_", "", parameters), "GMHead, ms": round(milliseconds, 4)}
        if parameters in stock:
            row |= {"stock, ms": round(stock[parameters], 4), "factor": round(stock[parameters] / milliseconds, 2)}
        print(json.dumps(row))


if __name__ == "__main__":
    main()
