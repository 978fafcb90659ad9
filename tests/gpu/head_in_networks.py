"""GMHead in whole networks of OpenCV beside the same of stock operators: head_in_networks.py PERF_BINARY FOLDER

By OpenCV's performance tests of the module, on its CUDA targets.
"""

import json
import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree as xml


def medians(binary, fixture, folder):
    """Milliseconds by parameters."""
    report = folder / f"{fixture}.xml"
    subprocess.run([binary, f"--gtest_filter=*/{fixture}.*", f"--gtest_output=xml:{report}",
                    "--perf_min_samples=20", "--perf_time_limit=1"], check=True, stdout=subprocess.DEVNULL)
    times = {}
    for case in xml.parse(report).iter("testcase"):
        values = {name.get("name"): name.get("value") for name in case.iter("property")} | case.attrib
        if "CUDA" in case.get("value_param", "") and "median" in values:
            times[case.get("value_param")] = 1000 * float(values["median"]) / float(values["frequency"])
    return times


def main():
    binary, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    ours, stock = (medians(binary, fixture, folder) for fixture in ("GMHead", "StockOperators"))
    if not ours:
        sys.exit("no test on a CUDA target ran")
    for parameters, milliseconds in ours.items():
        row = {"N, D x K, where": re.sub(r"DNN_(BACKEND|TARGET)_", "", parameters), "GMHead, ms": round(milliseconds, 4)}
        if parameters in stock:
            row |= {"stock, ms": round(stock[parameters], 4), "factor": round(stock[parameters] / milliseconds, 2)}
        print(json.dumps(row))


if __name__ == "__main__":
    main()
