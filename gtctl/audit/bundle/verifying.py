"""Checks evidence bundles, offline. A bundle comes from anywhere: nothing of it is unpacked, and nothing trusted."""

from __future__ import annotations

import hashlib
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from gtctl.audit.bundle import FORMAT, MANIFEST, PUBLIC_KEY, SIGNATURE, VERSION, Manifest
from gtctl.audit.bundle.signatures import fingerprint, is_signed_by, load_public_key
from gtctl.errors import BadInput, Refused

if TYPE_CHECKING:
    from gtctl.audit.bundle.signatures import PublicKey

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(?:/[A-Za-z0-9][A-Za-z0-9._-]*){0,4}")
_BESIDE = (MANIFEST, SIGNATURE, PUBLIC_KEY)
_MOST_ENTRIES = 1000
_LARGEST_MANIFEST = 16 << 20
# Evidence packs 10 to 40 to 1. A small file may hold this much, whatever its ratio.
_MOST_RATIO = 200
_HARMLESS = 100 << 20
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError)


@dataclass(frozen=True, slots=True)
class Verified:
    """What a bundle turned out to be. sha256: of its manifest. signed_by: fingerprint of the key; "" for unsigned.

    trusted: whether that key is the one that the caller trusts. chained: whether it follows the bundle that was given.
    """

    manifest: Manifest
    sha256: str
    signed_by: str
    trusted: bool
    chained: bool


def verify(path: Path, *, previous: Path | None = None, public_key: Path | None = None) -> Verified:
    """Check every file of the bundle against its manifest, the manifest's signature, and the chain.

    previous: the bundle that it should follow, checked as well. public_key: of whoever should have signed it, in PEM.
    Raises Refused, with the name of the file, for what was changed, added or taken away, and for a chain or signature
    that does not hold; BadInput for what is no bundle, or is made to harm.
    """
    trusted = _read_key(public_key) if public_key else None
    data, manifest = _checked(path)
    signature, pem = data.get(SIGNATURE), data.get(PUBLIC_KEY)
    signed_by = ""
    if (signature is None) != (pem is None):
        missing = SIGNATURE if signature is None else PUBLIC_KEY
        raise Refused(f"{path}: {missing} is missing: the signature cannot be checked")
    if signature is not None and pem is not None:
        key = load_public_key(pem, f"{path}: {PUBLIC_KEY}")
        if not is_signed_by(key, signature, data[MANIFEST]):
            raise Refused(f"{path}: {MANIFEST} does not fit its signature: one of the two was changed")
        signed_by = fingerprint(key)
    if trusted:
        if not signed_by:
            raise Refused(f"{path}: is not signed, so {public_key} cannot vouch for it")
        if signed_by != fingerprint(trusted):
            raise Refused(f"{path}: is signed by another key ({signed_by}) than {public_key} ({fingerprint(trusted)})")
    if previous:
        before = verify(previous).sha256
        if manifest.previous != before:
            names = manifest.previous or "none"
            raise Refused(f"{path}: does not follow {previous}: it names {names} as the manifest before, not {before}")
    digest = hashlib.sha256(data[MANIFEST]).hexdigest()
    return Verified(manifest, digest, signed_by, trusted is not None, previous is not None)


def _read_key(file: Path) -> PublicKey:
    try:
        return load_public_key(file.read_bytes(), str(file))
    except OSError as error:
        raise BadInput(f"cannot read the public key {file}: {error.strerror}") from error


def _checked(path: Path) -> tuple[Mapping[str, bytes], Manifest]:
    """The manifest, and what lies beside it in the bundle, once every file is as the manifest says."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = _entries(path, archive)
            if MANIFEST not in entries:
                raise BadInput(f"{path}: holds no {MANIFEST}: it is no evidence bundle")
            beside = {name: _small(path, archive, entries[name]) for name in _BESIDE if name in entries}
            manifest = _decoded(path, beside[MANIFEST])
            listed = manifest.files
            if missing := sorted(listed.keys() - entries.keys()):
                raise Refused(f"{path}: {missing[0]} is missing")
            if added := sorted(entries.keys() - listed.keys() - set(_BESIDE)):
                raise Refused(f"{path}: {added[0]} was added: the manifest does not list it")
            for name, about in sorted(listed.items()):
                if name in _BESIDE:
                    raise Refused(f"{path}: {MANIFEST} lists {name}, which cannot be")
                if _digest(path, archive, entries[name], about.bytes) != about.sha256:
                    raise Refused(f"{path}: {name} was changed: its SHA-256 is not the one in the manifest")
            return beside, manifest
    except FileNotFoundError as error:
        raise BadInput(f"{path}: there is no such file") from error
    except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError) as error:
        raise BadInput(f"{path}: is no zip file that can be read: {' '.join(str(error).split())[:200]}") from error
    except OSError as error:
        raise BadInput(f"cannot read {path}: {error.strerror or error}") from error


def _entries(path: Path, archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The entries by name. Refuses what no bundle has: it may mean another thing to another program."""
    infos = archive.infolist()
    if len(infos) > _MOST_ENTRIES:
        raise BadInput(f"{path}: holds {len(infos)} files: that is no evidence bundle")
    if archive.comment or min((info.header_offset for info in infos), default=0):
        raise BadInput(f"{path}: holds something beside its files")
    if twice := [name for name, times in Counter(info.filename.lower() for info in infos).items() if times > 1]:
        raise BadInput(f"{path}: holds {twice[0]!r} twice")
    for info in infos:
        kind = (info.external_attr >> 16) & 0o170000
        if not _NAME.fullmatch(info.filename) or info.orig_filename != info.filename:
            raise BadInput(f"{path}: holds a file with an impossible name: {info.filename!r}"[:300])
        if kind not in (0, 0o100000) or info.is_dir():
            raise BadInput(f"{path}: {info.filename} is no plain file")
        if info.flag_bits & 0x1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise BadInput(f"{path}: {info.filename} is encrypted, or packed in a way that no bundle is")
    total, packed = sum(info.file_size for info in infos), path.stat().st_size
    if sum(info.compress_size for info in infos) > packed or total > max(_HARMLESS, _MOST_RATIO * packed):
        raise BadInput(f"{path}: claims to hold {total} bytes: it is made to fill a disk")
    return {info.filename: info for info in infos}


def _small(path: Path, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    if info.file_size > _LARGEST_MANIFEST:
        raise BadInput(f"{path}: {info.filename} is too large to be one")
    try:
        with archive.open(info) as stream:
            return stream.read(_LARGEST_MANIFEST)
    except _DAMAGED as error:
        raise Refused(f"{path}: {info.filename} was changed: it cannot be unpacked") from error


def _digest(path: Path, archive: zipfile.ZipFile, info: zipfile.ZipInfo, size: int) -> str:
    """The SHA-256 of an entry; "" where it is not as long as it should be."""
    digest, done = hashlib.sha256(), 0
    try:
        with archive.open(info) as stream:
            while piece := stream.read(1 << 20):
                done += len(piece)
                if done > size:
                    return ""
                digest.update(piece)
    except _DAMAGED as error:
        raise Refused(f"{path}: {info.filename} was changed: it cannot be unpacked") from error
    return digest.hexdigest() if done == size else ""


def _decoded(path: Path, data: bytes) -> Manifest:
    try:
        manifest = msgspec.json.decode(data, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refused(f"{path}: {MANIFEST} was changed: it is no manifest any more ({error})"[:400]) from error
    if manifest.format != FORMAT or manifest.version != VERSION:
        raise BadInput(f"{path}: is {manifest.format} {manifest.version}; this gtctl reads {FORMAT} {VERSION}"[:300])
    return manifest
