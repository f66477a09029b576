"""The documentation says what is there."""

import re
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

import pytest
from scripts.draw_architecture import PICTURES, flows_picture, rooms_picture

from bekal.web.operator.wording import ACTS

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "bekal"
README = (ROOT / "README.md").read_text()
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
CONTRIBUTING, GLOSSARY = (ROOT / "CONTRIBUTING.md").read_text(), (ROOT / "docs" / "glossary.md").read_text()
TABLE = (ROOT / "docs" / "architecture.md").read_text().split("Where do I change", 1)[1].split("\n## ", 1)[0]

_PATH = r"[\w./-]*(?:/|\.(?:py|sql|toml|po|in|md|html|css|js|svg|txt))"
_NAMES_IN = re.compile(rf"((?:`\w+`(?:, (?:and )?| and ))*`\w+`)\s+in\s+`({_PATH})`")


def paths_in(text: str) -> set[str]:
    """What a text names as a file or a folder; not where one is left to be filled in, as in `<room>/models.py`."""
    return {path for path in re.findall(rf"`({_PATH})`", text) if "/" in path}


def found(path: str) -> Path | None:
    """The file or folder of that name, below the package or the repository."""
    return next((place for place in (PACKAGE / path, ROOT / path) if place.exists()), None)


def names_with_files(text: str) -> list[tuple[str, str]]:
    """Each name that a text places in a file or a folder: `name` in `file`, several joined by commas and `and`."""
    return [(name, path) for names, path in _NAMES_IN.findall(text) for name in re.findall(r"\w+", names) if name != "and"]


def defines(place: Path, name: str) -> bool:
    """Whether a file, or one of a folder's, defines a function, a class, a column or a value of that name."""
    files = [place] if place.is_file() else [*place.rglob("*.py"), *place.rglob("*.sql")]
    defined = re.compile(rf"\b(?:def|class|FUNCTION|VIEW)\s+{name}\b|^\s*{name}\s*[:=]", re.MULTILINE)
    return any(defined.search(file.read_text(encoding="utf-8")) for file in files)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)", page.read_text())
    inside = [link for link in links if not link.startswith("http")]
    assert [link for link in inside if not (page.parent / link).exists()] == []


@pytest.mark.parametrize(("page", "least"), [(TABLE, 60), (CONTRIBUTING, 60), (GLOSSARY, 30)], ids=["table", "recipes", "words"])
def test_every_path_that_is_named_exists(page: str, least: int) -> None:
    named = paths_in(page)
    assert len(named) >= least
    assert [path for path in sorted(named) if found(path) is None] == []


@pytest.mark.parametrize(("page", "least"), [(TABLE, 5), (CONTRIBUTING, 30), (GLOSSARY, 50)], ids=["table", "recipes", "words"])
def test_what_is_named_with_a_file_is_in_it(page: str, least: int) -> None:
    named = names_with_files(page)
    assert len(named) >= least
    assert [f"{name} in {path}" for name, path in named if (place := found(path)) and not defines(place, name)] == []


def test_a_name_that_is_in_no_such_file_is_found() -> None:
    named = names_with_files("`post`, `nowhere` and `open_fund`\nin `ledger/services.py`; `here` in a file")
    assert named == [(name, "ledger/services.py") for name in ("post", "nowhere", "open_fund")]
    assert [defines(PACKAGE / path, name) for name, path in named] == [True, False, True]


def test_recipes_name_targets_of_make() -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?:^|`)make ([\w-]+)", CONTRIBUTING, re.MULTILINE)) - targets == set()


def test_words_are_in_order_and_each_is_placed() -> None:
    rows = [row.strip("| ").split(" | ") for row in GLOSSARY.splitlines() if row.startswith("| ")][1:]
    words = [row[0] for row in rows]
    assert words == sorted(set(words))
    placed = {row[0]: bool(paths_in(row[2]) or re.search(r"\]\(", row[2])) for row in rows if len(row) == 3}
    assert placed == dict.fromkeys(words, True)


@pytest.mark.django_db
def test_pictures_are_those_that_the_code_draws() -> None:
    drawn = {"rooms.svg": rooms_picture(), "flows.svg": flows_picture()}
    there = {path.name: path.read_text(encoding="utf-8") for path in PICTURES.iterdir()}
    assert there == drawn, "run scripts/draw_architecture.py, and look at what it drew"


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


def test_the_readme_leads_to_every_page() -> None:
    pages = {f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md")}
    assert pages - set(re.findall(r"\]\((docs/[\w-]+[.]md)\)", README)) == set()


def test_every_act_of_the_log_is_in_its_table() -> None:
    table = (ROOT / "docs" / "operations.md").read_text().split("\n## The log of acts", 1)[1].split("\n## ", 1)[0]
    verbs = re.findall(r"`([a-z_]+[.][a-z_]+)`", table)
    assert sorted(verbs) == sorted(ACTS)


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


def test_the_readme_shows_two_pictures_of_pages() -> None:
    shown = re.findall(r"!\[[^\]]+\]\((docs/screens/\w+\.png)\)", README)
    assert shown == ["docs/screens/dashboard.png", "docs/screens/wave.png"]
    assert [(ROOT / name).read_bytes()[:8] for name in shown] == [b"\x89PNG\r\n\x1a\n"] * 2


def test_the_readme_says_how_much_room_is_taken() -> None:
    lines = [line for name in ("build", "base") for line in (ROOT / "requirements" / f"{name}.txt").read_text().splitlines()]
    required = {match[1] for line in lines if (match := re.match(r"([\w.-]+)==", line))}
    installed = [found for found in distributions() if found.metadata["Name"].lower().replace("_", "-") in required]
    taken = sum(file.size or 0 for found in installed for file in found.files or [] if file.suffix != ".pyc")
    (said,) = re.findall(r"then takes (\d+) MB", README)
    assert 0.85 < int(said) * 1_000_000 / taken < 1.15
    (downloaded,) = re.findall(r"downloads some (\d+) MB", README)
    assert f"some {downloaded} MB to download" in (ROOT / "Makefile").read_text()
