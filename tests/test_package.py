"""The package as people install it: built from its source distribution, in an environment of its own, and served."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path
from typing import Final
from urllib.request import urlopen

import pytest

from bekal.recommender.engine.kernels import compiling
from tests.cli.conftest import home  # noqa: F401 - a fixture

ROOT: Final = Path(__file__).parents[1]
_BUILDING: Final = """
import sys
from setuptools import build_meta
print(build_meta.build_sdist(sys.argv[1]))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built by way of a source distribution, of a tree that holds nothing that git does not."""
    tree, made = tmp_path_factory.mktemp("tree") / "bekal", tmp_path_factory.mktemp("made")
    ignored = shutil.ignore_patterns("*.mo", "__pycache__", "*.egg-info")
    shutil.copytree(ROOT / "src", tree / "src", ignore=ignored)
    shutil.copytree(ROOT / "requirements", tree / "requirements")
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tree)
    subprocess.run([sys.executable, "-c", _BUILDING, str(made)], cwd=tree, check=True, capture_output=True)
    (source,) = made.glob("*.tar.gz")
    shutil.rmtree(tree)
    with tarfile.open(source) as archive:
        archive.extractall(made, filter="data")
    (unpacked,) = (path for path in made.iterdir() if path.is_dir())
    for compiled in unpacked.rglob("*.mo"):
        compiled.unlink()
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--wheel-dir", str(made), str(unpacked)], check=True)
    (found,) = made.glob("*.whl")
    return found


def test_the_wheel_holds_what_runs_and_the_compiled_translations(wheel: Path) -> None:
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "src"]
    ours = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
    wanted = {name.removeprefix("src/") for name in ours if (ROOT / name).exists()}
    assert held - wanted == {"bekal/locale/id/LC_MESSAGES/django.mo"}
    assert sorted(wanted - held) == []


def test_make_lets_python_keep_what_it_compiles() -> None:
    environment = {name: value for name, value in os.environ.items() if name not in {"MAKEFLAGS", "MAKELEVEL", "MFLAGS"}}
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    asked = ["make", "--silent", "--eval", 'told:\n\t@echo "[$$PYTHONDONTWRITEBYTECODE]"', "told"]
    told = subprocess.run(asked, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    assert told.stdout == "[]\n"


@pytest.mark.slow
def test_an_installation_of_its_own_serves_the_demo_in_indonesian(wheel: Path, tmp_path: Path, home: Path) -> None:  # noqa: F811
    """What Bekal requires is that of this environment; Bekal itself is the wheel's alone."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "DJANGO", "DATABASE"))}
    environment |= {"BEKAL_HOME": str(home)}
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "env")], check=True)
    python = tmp_path / "env" / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-index", "--no-deps", "--no-compile"]
    subprocess.run([*pip, str(wheel)], check=True)
    (packages,) = (tmp_path / "env" / "lib").glob("python*/site-packages")
    # A path that a .pth names comes after the environment's own, and no .pth in it is read: not that of an editable installation.
    (packages / "required.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    _lend_kernels(packages)
    asking = [str(python), "-c", "import bekal; print(bekal.__file__)"]
    where = subprocess.run(asking, cwd=tmp_path, env=environment, check=True, capture_output=True, text=True)
    assert where.stdout.strip() == str(packages / "bekal" / "__init__.py")

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(tmp_path / "env" / "bin" / "bekal"), "demo", "--participants", "10", "--port", str(port), "--json"]
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True) as demo:
        try:
            assert demo.stdout is not None
            url = json.loads(demo.stdout.readline())["url"]
            with urlopen(url, timeout=10) as answer:  # noqa: S310 - an address that we printed
                page = answer.read().decode()
            assert re.findall(r"<html lang=\"(\w+)\"", page) == ["id"]
            assert "Uang pelatihan Anda, sampai rupiah terakhir" in page
        finally:
            demo.send_signal(signal.SIGTERM)


def _lend_kernels(packages: Path) -> None:
    """Machine code is the same for the same source, and takes a minute to make."""
    folder = Path(compiling.__file__).parent
    for kept in (folder / "__pycache__").glob(f"bekal-kernels-{compiling.digest()[:32]}"):
        shutil.copytree(kept, packages / folder.relative_to(ROOT / "src") / "__pycache__" / kept.name)
