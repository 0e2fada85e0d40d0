"""List the licences of everything the program is installed with, or check them.

    python packaging/licences.py            write packaging/THIRD_PARTY.md
    python packaging/licences.py --check    fail on a licence that may not ship (GPL, AGPL) or none

What counts is the set reached from the program's own requirements (with the extra `train`): tools
that only test or build are listed nowhere, because they are not shipped.
"""

import re
import sys
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

# The LGPL may be linked against; the GPL and the AGPL would bind the whole program.
FORBIDDEN = re.compile(r"(?<!L)(?<!Lesser )\bA?GPL|Affero|(?<!Lesser )General Public", re.I)
# Metadata that offers a choice, or says nothing while the licence file does; read by hand.
KNOWN = {
    "PySide6_Essentials": "LGPL-3.0-only (chosen of LGPL-3.0-only OR GPL-2.0-only OR GPL-3.0-only)",
    "shiboken6": "LGPL-3.0-only (chosen of LGPL-3.0-only OR GPL-2.0-only OR GPL-3.0-only)",
}


def shipped() -> list[metadata.Distribution]:
    """Distributions reached from maskwright's requirements and its extra `train`."""
    found: dict[str, metadata.Distribution] = {}
    waiting = [("maskwright", "train")]
    while waiting:
        name, extra = waiting.pop()
        for text in metadata.requires(name) or []:
            need = Requirement(text)
            if need.marker and not need.marker.evaluate({"extra": extra}):
                continue
            key = re.sub(r"[-_.]+", "-", need.name).lower()
            if key in found:
                continue
            try:
                found[key] = metadata.distribution(need.name)
            except metadata.PackageNotFoundError:
                continue  # for another platform
            waiting += [(need.name, each) for each in (need.extras or {""})]
    return sorted(found.values(), key=lambda each: each.metadata["Name"].lower())


def licence(dist: metadata.Distribution) -> str:
    """The licence as the package's metadata states it, in one line; empty when it does not."""
    about = dist.metadata
    name = about["Name"]
    if name in KNOWN:
        return KNOWN[name]
    classified = [
        line.split(" :: ")[-1]
        for line in about.get_all("Classifier", [])
        if line.startswith("License :: ") and not line.endswith("OSI Approved")
    ]
    stated = about.get("License-Expression") or "; ".join(classified) or about.get("License") or ""
    return stated.strip().splitlines()[0][:120] if stated.strip() else ""


def main(arguments: list[str]) -> int:
    """Check or write; returns the exit code."""
    # "+cpu" and the like tell where a build came from, not what it is.
    rows = [
        (dist.metadata["Name"], dist.version.partition("+")[0], licence(dist)) for dist in shipped()
    ]
    bad = [
        (name, text)
        for name, _, text in rows
        if not text or (name not in KNOWN and FORBIDDEN.search(text))
    ]
    for name, text in bad:
        print(f"{name}: {text or 'no licence stated'}; it may not ship", file=sys.stderr)
    if "--check" in arguments:
        print(f"{len(rows)} third-party packages, {len(bad)} with a licence that may not ship")
        return 1 if bad else 0
    lines = [
        "# Third-party packages",
        "",
        "Made by `make licences` from the installed environment: what the program and its extra",
        "`train` are installed with. What is in the program's own files is told in NOTICE.",
        "",
    ]
    lines += ["| package | version | licence |", "|---|---|---|"]
    lines += [f"| {name} | {version} | {text} |" for name, version, text in rows]
    Path(__file__).with_name("THIRD_PARTY.md").write_text("\n".join(lines) + "\n")
    print(f"{len(rows)} packages listed")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
