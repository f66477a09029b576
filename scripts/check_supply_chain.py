"""What the packages are that Bekal brings along: pinned by hash, as they were published, under suitable licences, without known
vulnerabilities. `make supply-chain` runs it; exit 1 when something is wrong that can be known.

Vulnerabilities can be known only where the package index serves them. Where it does not, pip-audit skips packages and still says
that none are known; here it is said how many of them nothing is known about.
"""

import json
import re
import subprocess
import sys
import tempfile
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import file_digest
from importlib.metadata import Distribution, PathDistribution, distributions
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
REQUIREMENTS: Final = ROOT / "requirements"
# Of the environment itself.
_NOT_REQUIRED: Final = frozenset({"bekal", "pip"})
_SECONDS: Final = 300
# ADR 1: permissive, or weak copyleft as a library.
_SUITABLE: Final = re.compile(
    r"0BSD|Apache(?:[ -]?(?:2\.0|Software License|License.*))(?: WITH LLVM-exception)?"
    r"|BSD(?: License|-[23]-Clause| [23]-Clause License)?"
    r"|[23]-Clause BSD License|CC0-1\.0|ISC.*|LGPL-(?:2\.1|3\.0)-(?:only|or-later)|MIT(?:-0| License)?|MPL-2\.0"
    r"|Mozilla Public License 2\.0 \(MPL 2\.0\)|PSF-2\.0|PSFL|Python Software Foundation License|Unlicense|Zlib"
)
# Their metadata name no licence, or name a second one that says nothing; their files do.
_READ_BY_HAND: Final = {"axe-playwright-python": "MIT", "qrcode": "BSD"}


@dataclass(frozen=True, slots=True)
class Vulnerabilities:
    """What pip-audit found out.

    Attributes:
        known: what is wrong, a sentence each.
        unknown: packages of which nothing is known.
        asked: how many packages it was asked about.
        failed: why it gave no answer at all; empty where it gave one.
    """

    known: list[str]
    unknown: list[str]
    asked: int
    failed: str = ""


def name_of(text: str) -> str:
    """A package's name as it is compared."""
    return re.sub(r"[-_.]+", "-", text).lower()


Pins = dict[str, dict[str, int]]


def pins(text: str) -> Pins:
    """Of each requirement in a compiled file, its versions (several Pythons may need several) and how many hashes each has.

    The version is empty where none is pinned.
    """
    found: Pins = {}
    for entry in re.split(r"\n(?=[\w])", re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE)):
        head = re.match(r"([\w.-]+)(?:\[[^\]]*\])?(?:==([\w.!+]+))?", entry)
        if head is not None:
            found.setdefault(name_of(head[1]), {})[head[2] or ""] = entry.count("--hash=sha256:")
    return found


def wanted(text: str) -> set[str]:
    """The names of what a file for people requires, without what it includes."""
    return {name_of(found[1]) for line in text.splitlines() if (found := re.match(r"([A-Za-z][\w.-]*)", line.strip()))}


def unpinned(folder: Path) -> Iterator[str]:
    """What is required and not pinned by a hash."""
    for source in sorted(folder.glob("*.in")):
        pinned = pins(source.with_suffix(".txt").read_text())
        for name in sorted(wanted(source.read_text()) - pinned.keys()):
            yield f"{name} is in {source.name} and not in {source.stem}.txt: make requirements"
        for name, versions in pinned.items():
            if not all(version and hashes for version, hashes in versions.items()):
                yield f"{name} is in {source.stem}.txt without a version or a hash"


def strangers(installed: Sequence[Distribution], pinned: Pins) -> Iterator[str]:
    """What is installed and was not asked for, or in another version."""
    for found in installed:
        name = name_of(found.name)
        if name in _NOT_REQUIRED:
            continue
        if name not in pinned:
            yield f"{name} {found.version} is installed and in no file of requirements"
        elif found.version not in pinned[name]:
            yield f"{name} is installed as {found.version} and pinned as {' or '.join(pinned[name])}"


def changed(installed: Sequence[Distribution]) -> Iterator[str]:
    """Files that are no longer what their package says that it holds."""
    for found in installed:
        for path in found.files or []:
            if path.hash is None or path.suffix == ".pyc":
                continue
            place = Path(str(found.locate_file(path)))
            if not place.exists():
                yield f"{found.name}: {path} is gone"
                continue
            with place.open("rb") as file:
                digest = urlsafe_b64encode(file_digest(file, path.hash.mode).digest()).rstrip(b"=").decode()
            if digest != path.hash.value:
                yield f"{found.name}: {path} is not what was published"


def licences(found: Distribution) -> list[list[str]]:
    """The licences that a package names: of each inner list one suffices, all of the outer one are needed."""
    metadata = found.metadata
    if name_of(found.name) in _READ_BY_HAND:
        return [[_READ_BY_HAND[name_of(found.name)]]]
    if "License-Expression" in metadata:
        return _of_expression(metadata["License-Expression"])
    named = [each.rsplit(" :: ", 1)[-1] for each in metadata.get_all("Classifier") or [] if each.startswith("License ::")]
    if named:
        return [named]
    return _of_expression("\n".join(metadata.get_all("License") or []).strip().split("\n", 1)[0])


def _of_expression(text: str) -> list[list[str]]:
    return [re.split(r"\s+OR\s+", part.strip("() ")) for part in re.split(r"\s+AND\s+", text)]


def unsuitable(installed: Sequence[Distribution]) -> Iterator[str]:
    """What may not be used under ADR 1, or does not say what it may be used under."""
    for found in installed:
        for choices in licences(found):
            if not any(_SUITABLE.fullmatch(choice) for choice in choices):
                yield f"{found.name} {found.version}: no suitable licence ({' or '.join(choices) or 'none named'})"


def to_ask(folder: Path) -> list[Path]:
    """The compiled files that together name every package, each version once where one file holds another."""
    files = {
        path: {(name, version) for name, of in pins(path.read_text()).items() for version in of} for path in folder.glob("*.txt")
    }
    return sorted(path for path, held in files.items() if not any(held < others for others in files.values()))


def vulnerabilities(requirements: Path) -> Vulnerabilities:
    """Ask pip-audit, and count what it skips as unknown."""
    with tempfile.NamedTemporaryFile(suffix=".json") as told:
        asking = [sys.executable, "-m", "pip_audit", "--requirement", str(requirements), "--require-hashes", "--disable-pip"]
        asking += ["--format", "json", "--output", told.name, "--progress-spinner", "off", "--timeout", "5"]
        asked = sum(len(versions) for versions in pins(requirements.read_text()).values())
        try:
            done = subprocess.run(asking, capture_output=True, text=True, timeout=_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            return _nothing_known(asked, "the package index does not answer")
        text = Path(told.name).read_text()
    if not text:
        said = done.stderr.strip().splitlines()
        return _nothing_known(asked, said[-1] if said else f"status {done.returncode}")
    return read_answer(json.loads(text), asked=asked)


def _nothing_known(asked: int, why: str) -> Vulnerabilities:
    return Vulnerabilities([], ["a package that it was not told of"] * asked, asked, failed=why)


def read_answer(answer: dict[str, list[dict[str, object]]], *, asked: int) -> Vulnerabilities:
    """What pip-audit's JSON says; what it leaves out is unknown too."""
    known, unknown, told = [], [], 0
    for each in answer["dependencies"]:
        told += 1
        if "skip_reason" in each:
            unknown.append(str(each["name"]))
        for found in each.get("vulns", []):  # type: ignore[attr-defined]
            fixed = ", ".join(found["fix_versions"]) or "none yet"
            known.append(f"{each['name']} {each['version']}: {found['id']}; fixed in {fixed}")
    unknown += ["a package that it does not name"] * (asked - told)
    return Vulnerabilities(known, unknown, asked)


def main() -> int:
    installed = [found for found in distributions() if isinstance(found, PathDistribution)]
    pinned = pins("\n".join(path.read_text() for path in sorted(REQUIREMENTS.glob("*.txt"))))
    of_others = [found for found in installed if name_of(found.name) not in _NOT_REQUIRED]
    wrong = [*unpinned(REQUIREMENTS), *strangers(installed, pinned), *changed(of_others), *unsuitable(of_others)]
    print(f"{len(of_others)} packages: versions, hashes of their files and licences compared")
    for path in to_ask(REQUIREMENTS):
        name, found = path.name, vulnerabilities(path)
        wrong += found.known
        if found.unknown:
            why = found.failed or "the index has no data"
            print(f"{name}: NOT CHECKED for vulnerabilities: {len(found.unknown)} of {found.asked} packages; {why}")
        else:
            print(f"{name}: no known vulnerability in {found.asked} packages")
    for each in wrong:
        print(f"wrong: {each}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
