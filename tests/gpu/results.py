# SPDX-License-Identifier: Apache-2.0
"""What the steps on a GPU found, as a page: results.py RESULTS.json DOCUMENT

puts the page into a document, in place of its section "On a GPU".
"""

import json
import os
import pathlib
import sys

HEADING = "## On a GPU"


def table(rows):
    columns = list(dict.fromkeys(column for row in rows for column in row))
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    for row in rows:
        cells = (str(row.get(column, "")).replace("|", "\\|") for column in columns)
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def page(found):
    """The section, its heading included."""
    machine = found["machine"]
    parts = [HEADING,
             f"`run.sh` of the bundle (`make gpu-bundle`) on {machine['date']}: "
             + ", ".join(f"{name} {value}" for name, value in machine.items() if name != "date") + ".",
             table([{"step": step["title"], "": step["status"], "s": step["seconds"], "why": step.get("why", "")}
                    for step in found["steps"]])]
    for step in found["steps"]:
        if step["rows"]:
            parts += [f"**{step['title']}**", table(step["rows"])]
    return "\n\n".join(parts) + "\n"


def write_file(path, text):
    part = path.with_name(path.name + ".part")
    part.write_text(text)
    os.replace(part, path)


def write(found, folder):
    write_file(folder / "results.json", json.dumps(found, indent=1) + "\n")
    write_file(folder / "results.md", page(found))


def replaced(document, section):
    """The document with its section "On a GPU" replaced."""
    begin = document.find(HEADING + "\n")
    if begin < 0:
        raise ValueError(f'expected a section "{HEADING}"')
    end = document.find("\n## ", begin)
    rest = document[end:] if end >= 0 else ""
    return document[:begin] + section + rest


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    found, document = json.loads(pathlib.Path(sys.argv[1]).read_text()), pathlib.Path(sys.argv[2])
    try:
        write_file(document, replaced(document.read_text(), page(found)))
    except ValueError as error:
        sys.exit(f"{document}: {error}")


if __name__ == "__main__":
    main()
