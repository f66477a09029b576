"""The documentation says what is there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)", page.read_text())
    inside = [link for link in links if not link.startswith("http")]
    assert [link for link in inside if not (page.parent / link).exists()] == []


def test_every_path_of_the_table_exists() -> None:
    table = (ROOT / "docs" / "architecture.md").read_text().split("Where do I change", 1)[1].split("\n## ", 1)[0]
    named = {path for path in re.findall(r"`([\w/.-]+(?:/|\.(?:py|sql|toml|po)))`", table) if "<" not in path}
    assert len(named) > 15
    missing = [path for path in named if not ((ROOT / "src" / "bekal" / path).exists() or (ROOT / path).exists())]
    assert missing == []


def test_every_room_is_described_and_every_description_is_a_room() -> None:
    table = (ROOT / "docs" / "architecture.md").read_text().split("## Where do I change", 1)[0]
    described = {name for row in re.findall(r"^\| (`[^|]+`) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}
    rooms = {path.parent.name for path in (ROOT / "src" / "bekal").glob("*/__init__.py")}
    assert described == rooms


def test_the_commands_of_the_readme_are_the_commands() -> None:
    readme = (ROOT / "README.md").read_text()
    told = set(re.findall(r"^\| `bekal ([\w-]+)", readme, re.MULTILINE))
    usage = subprocess.run(
        [sys.executable, "-m", "bekal.config.main", "--help"], capture_output=True, text=True, check=True
    ).stdout
    assert told == set(re.findall(r"^    ([a-z-]+)(?:  |$)", usage, re.MULTILINE))


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = sorted(int(path.name[:4]) for path in (ROOT / "docs" / "adr").glob("*.md"))
    assert numbers == list(range(1, len(numbers) + 1))


def test_requirements_carry_hashes_and_no_download_host() -> None:
    for path in (ROOT / "requirements").glob("*.txt"):
        text = path.read_text()
        assert "://" not in text
        pinned = re.findall(r"^[\w.\[\]-]+==", text, re.MULTILINE)
        assert len(pinned) > 0
        assert text.count("--hash=sha256:") >= len(pinned)
