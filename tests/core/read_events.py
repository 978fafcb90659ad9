"""Reads the event file that test_core leaves back with TensorBoard's own reader.

    read_events.py FOLDER
"""

import pathlib
import sys

from tensorboard.backend.event_processing.event_file_loader import LegacyEventFileLoader

EXPECTED = [("train/loss", 0, 1.0), ("train/loss", 100, 0.5), ("train/loss", 200, 0.25),
            ("test/error", 1 << 40, -0.25)]


def main(folder: str) -> None:
    paths = list(pathlib.Path(folder).glob("events.out.tfevents.*"))
    if len(paths) != 1:
        sys.exit(f"{folder}: expected one event file, found {len(paths)}")
    version, *events = LegacyEventFileLoader(str(paths[0])).Load()
    if version.file_version != "brain.Event:2":
        sys.exit(f"expected the file version first, found {version}")
    found = [(value.tag, event.step, value.simple_value)
             for event in events for value in event.summary.value]
    if found != EXPECTED:
        sys.exit(f"expected {EXPECTED}, found {found}")
    print(f"TensorBoard reads {len(found)} scalars")


if __name__ == "__main__":
    main(sys.argv[1])
