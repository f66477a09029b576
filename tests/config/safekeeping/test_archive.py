"""The file of a backup."""

import io
import json
import stat
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from bekal.config.safekeeping.archive import Archive, write_archive
from bekal.config.safekeeping.errors import NotABackup, WrongPassphrase

PASSPHRASE = "correct horse battery staple"
SECRETS = {"BEKAL_SECRET_KEY": "s" * 64, "BEKAL_IDENTITY_SECRET": "i" * 64}
MEMBERS = {"database.dump": b"the database", "models/a": b"a model"}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("archive")
    for name, content in MEMBERS.items():
        (folder / Path(name).name).write_bytes(content)
    path = folder / "backup"
    write_archive(
        path,
        members={name: folder / Path(name).name for name in MEMBERS},
        about={"bekal": "1"},
        secrets=SECRETS,
        passphrase=PASSPHRASE,
    )
    return path


def rewritten(written: Path, path: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    """The same backup, member by member as `change` makes it; None leaves a member out."""
    with tarfile.open(written) as before, tarfile.open(path, "w") as after:
        for member in before:
            stream = before.extractfile(member)
            assert stream is not None
            content = change(member.name, stream.read())
            if content is not None:
                member.size = len(content)
                after.addfile(member, io.BytesIO(content))
    return path


def test_what_was_written_comes_back(written: Path, tmp_path: Path) -> None:
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    archive = Archive(written, PASSPHRASE)
    assert (archive.secrets, archive.about["bekal"]) == (SECRETS, "1")
    assert {name: path.read_bytes() for name, path in archive.extract(tmp_path).items()} == MEMBERS
    assert sorted(path.name for path in written.parent.iterdir()) == ["a", "backup", "database.dump"]


def test_secrets_are_not_in_clear(written: Path) -> None:
    content = written.read_bytes()
    assert [value for value in (*SECRETS.values(), PASSPHRASE) if value.encode() in content] == []


def test_another_passphrase_opens_nothing(written: Path) -> None:
    with pytest.raises(WrongPassphrase):
        Archive(written, PASSPHRASE + "!")


def test_a_manifest_that_was_changed_with_its_member_is_noticed(written: Path, tmp_path: Path) -> None:
    def forged(name: str, content: bytes) -> bytes:
        if name != "manifest.json":
            return content
        manifest = json.loads(content)
        manifest["sha256"]["database.dump"] = "0" * 64
        return json.dumps(manifest).encode()

    with pytest.raises(WrongPassphrase):
        Archive(rewritten(written, tmp_path / "forged", forged), PASSPHRASE)


@pytest.mark.parametrize("lost", [None, b"another database"])
def test_a_member_that_is_missing_or_changed_is_noticed(written: Path, tmp_path: Path, lost: bytes | None) -> None:
    path = rewritten(written, tmp_path / "changed", lambda name, content: lost if name == "database.dump" else content)
    (tmp_path / "out").mkdir()
    with pytest.raises(NotABackup):
        Archive(path, PASSPHRASE).extract(tmp_path / "out")


@pytest.mark.parametrize("kept", [0, 100, 600])
def test_a_file_that_is_something_else_or_was_cut_off_is_refused(written: Path, tmp_path: Path, kept: int) -> None:
    path = tmp_path / "cut"
    path.write_bytes(written.read_bytes()[:kept])
    with pytest.raises(NotABackup):
        Archive(path, PASSPHRASE)


def test_a_later_format_is_refused(written: Path, tmp_path: Path) -> None:
    path = rewritten(
        written,
        tmp_path / "later",
        lambda name, content: content.replace(b'"format": 1', b'"format": 2') if name == "manifest.json" else content,
    )
    with pytest.raises(NotABackup, match="format 2"):
        Archive(path, PASSPHRASE)


def test_a_file_is_never_written_over(written: Path) -> None:
    before = written.read_bytes()
    with pytest.raises(FileExistsError):
        write_archive(written, members={}, about={}, secrets=SECRETS, passphrase=PASSPHRASE)
    assert written.read_bytes() == before
    assert sorted(path.name for path in written.parent.iterdir()) == ["a", "backup", "database.dump"]
