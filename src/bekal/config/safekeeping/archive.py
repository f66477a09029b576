"""The file of a backup: a tar of a manifest, the secrets sealed by a passphrase, the database, and the models.

The manifest names the SHA-256 of each other member, and the secrets are sealed (AES-256-GCM under scrypt of the passphrase)
together with the manifest: with the passphrase one also knows that nothing in the file was changed since.
"""

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from bekal.config.safekeeping.errors import NotABackup, WrongPassphrase

FORMAT: Final = 1
DUMP: Final = "database.dump"
MODELS: Final = "models/"
_MANIFEST: Final = "manifest.json"
_SECRETS: Final = "secrets.sealed"
_SALT_BYTES: Final = 16
_NONCE_BYTES: Final = 12
_SCRYPT: Final = {"n": 2**17, "r": 8, "p": 1}  # 128 MB and half a second for each guess
_MOST_MANIFEST_BYTES: Final = 10_000_000


def write_archive(
    path: Path, *, members: Mapping[str, Path], about: Mapping[str, object], secrets: Mapping[str, str], passphrase: str
) -> None:
    """Write a backup, whole and on the disk or not at all, readable by its owner alone.

    Args:
        path: where nothing is yet.
        members: the files by their names in the backup.
        about: what the manifest says beside the digests.
        secrets: what is sealed.

    Raises:
        OSError: it cannot be written.
    """
    digests = {name: _sha256(member) for name, member in members.items()}
    manifest = json.dumps({"format": FORMAT, **about, "sha256": digests}, indent=1).encode()
    unfinished = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
    try:
        unfinished.touch(mode=0o600, exist_ok=False)
        with unfinished.open("wb") as file:
            with tarfile.open(fileobj=file, mode="w") as archive:
                _add(archive, _MANIFEST, manifest)
                _add(archive, _SECRETS, _sealed(json.dumps(dict(secrets)), passphrase, manifest))
                for name, member in members.items():
                    archive.add(member, name, recursive=False, filter=_anonymous)
            os.fsync(file.fileno())
        path.hardlink_to(unfinished)
    finally:
        unfinished.unlink(missing_ok=True)


class Archive:
    """A backup that is open for reading."""

    def __init__(self, path: Path, passphrase: str) -> None:
        """Raises:
        NotABackup: something else, or of a later format.
        WrongPassphrase: the secrets do not open, or the manifest was changed.
        OSError: it cannot be read.
        """
        self._path = path
        try:
            with tarfile.open(path, "r:") as archive:
                manifest, sealed = (_bytes(archive, name) for name in (_MANIFEST, _SECRETS))
            found: dict[str, Any] = json.loads(manifest)
            self.format, self.digests = int(found["format"]), dict(found["sha256"])
        except (tarfile.TarError, KeyError, TypeError, ValueError) as error:
            raise NotABackup(path=path, reason=error) from error
        if self.format != FORMAT:
            raise NotABackup(path=path, reason=f"format {self.format}")
        self.about = found
        try:
            self.secrets: dict[str, str] = json.loads(_opened(sealed, passphrase, manifest))
        except (InvalidTag, ValueError) as error:
            raise WrongPassphrase(path=path) from error

    def extract(self, folder: Path) -> dict[str, Path]:
        """Write the members into an empty folder, each compared with its digest; return their paths by name.

        Raises:
            NotABackup: one is missing or was changed.
            OSError: they cannot be written.
        """
        extracted: dict[str, Path] = {}
        try:
            with tarfile.open(self._path, "r:") as archive:
                for position, (name, digest) in enumerate(self.digests.items()):
                    stream = archive.extractfile(name)
                    if stream is None:
                        raise NotABackup(path=self._path, reason=name)
                    target = folder / str(position)
                    with stream, target.open("wb") as file:
                        while chunk := stream.read(1 << 20):
                            file.write(chunk)
                    if _sha256(target) != digest:
                        raise NotABackup(path=self._path, reason=name)
                    extracted[name] = target
        except (tarfile.TarError, KeyError) as error:
            raise NotABackup(path=self._path, reason=error) from error
        return extracted


def _sealed(text: str, passphrase: str, manifest: bytes) -> bytes:
    salt, nonce = os.urandom(_SALT_BYTES), os.urandom(_NONCE_BYTES)
    return salt + nonce + AESGCM(_key(passphrase, salt)).encrypt(nonce, text.encode(), manifest)


def _opened(sealed: bytes, passphrase: str, manifest: bytes) -> str:
    salt, nonce, rest = (
        sealed[:_SALT_BYTES],
        sealed[_SALT_BYTES : _SALT_BYTES + _NONCE_BYTES],
        sealed[_SALT_BYTES + _NONCE_BYTES :],
    )
    return AESGCM(_key(passphrase, salt)).decrypt(nonce, rest, manifest).decode()


def _key(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, **_SCRYPT).derive(passphrase.encode())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), 0o600
    archive.addfile(member, io.BytesIO(content))


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


def _bytes(archive: tarfile.TarFile, name: str) -> bytes:
    stream = archive.extractfile(name)
    if stream is None:
        raise KeyError(name)
    with stream:
        return stream.read(_MOST_MANIFEST_BYTES)
