# SPDX-License-Identifier: Apache-2.0
"""Reads the event file that test_core leaves back with TensorBoard's own reader.

    read_events.py FOLDER
"""

import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

EXPECTED = {"train/loss": [(0, 1.0), (100, 0.5), (200, 0.125)], "test/error": [(1 << 40, -0.25)]}


def main(folder: str) -> None:
    events = EventAccumulator(folder, size_guidance={"scalars": 0}).Reload()
    found = {tag: [(event.step, event.value) for event in events.Scalars(tag)]
             for tag in events.Tags()["scalars"]}
    if found != EXPECTED:
        sys.exit(f"expected {EXPECTED}, found {found}")
    print(f"TensorBoard reads {found}")


if __name__ == "__main__":
    main(sys.argv[1])
