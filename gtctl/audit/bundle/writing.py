"""Writes evidence bundles. What is collected is masked on its way in, and never all in memory."""

from __future__ import annotations

import dataclasses
import hashlib
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

import msgspec

from gtctl import __version__
from gtctl.audit import report_files
from gtctl.audit.bundle import FORMAT, MANIFEST, PUBLIC_KEY, SIGNATURE, VERSION, Listed, Manifest
from gtctl.audit.bundle.signatures import Signer, sign
from gtctl.audit.masking import masked
from gtctl.audit.model import MISSING, Finding, Resource, Unknown
from gtctl.audit.report import Report, relative
from gtctl.files import atomic_write

# What zip files can say at the least: a bundle's times stand in its manifest.
_TIME = (1980, 1, 1, 0, 0, 0)
_FINDINGS = "findings.jsonl"
_PASSED = "passed.jsonl"
_ENCODER = msgspec.json.Encoder(order="sorted")


class Collected:
    """Evidence as it comes, in a folder of its own: a JSON line for each resource, by source, and for each pass."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self._stack = stack
        self._open: dict[str, IO[bytes]] = {}

    def resource(self, resource: Resource) -> None:
        """Something that was looked at."""
        line = {
            "type": resource.type,
            "address": resource.address,
            "file": relative(resource.location.file),
            "line": resource.location.line,
            "attributes": _plain(resource.attributes),
        }
        self._write(f"evidence/{resource.source}.jsonl", line)

    def passed(self, finding: Finding) -> None:
        """A rule that a resource keeps to; reports leave those out."""
        names = ("rule_id", "resource", "source", "observed")
        line: dict[str, Any] = {name: getattr(finding, name) for name in names}
        self._write(_PASSED, line | {"file": relative(finding.file), "line": finding.line})

    def _write(self, name: str, line: Mapping[str, Any]) -> None:
        if name not in self._open:
            file = self.folder / name
            file.parent.mkdir(exist_ok=True)
            self._open[name] = self._stack.enter_context(file.open("wb"))
        self._open[name].write(_ENCODER.encode(masked(line)) + b"\n")

    def finish(self) -> list[str]:
        """The names of all files that hold something."""
        for stream in self._open.values():
            stream.flush()
        return sorted(self._open)


@contextmanager
def collecting() -> Iterator[Collected]:
    """Somewhere to put evidence, gone when the block ends."""
    with tempfile.TemporaryDirectory(prefix="gtctl-evidence-") as folder, ExitStack() as stack:
        yield Collected(Path(folder), stack)


def write(path: Path, collected: Collected, report: Report, *, previous: str = "", signer: Signer | None = None) -> str:
    """Write the bundle of ``report`` (as it is reported: masked) to ``path``; gives the SHA-256 of its manifest.

    previous: the SHA-256 of the manifest of the bundle before. The file appears whole or not at all, and is readable
    for its owner only. Raises EnvironmentFailed where the disk refuses.
    """
    names = collected.finish()
    listed: dict[str, Listed] = {}
    with (
        atomic_write(path, "wb", private=True) as stream,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for name, text in sorted(_texts(report)):
            listed[name] = _add(archive, name, [text.encode(errors="backslashreplace")])
        for name in names:
            with (collected.folder / name).open("rb") as source:
                listed[name] = _add(archive, name, iter(lambda source=source: source.read(1 << 20), b""))  # type: ignore[misc]
        manifest = _manifest(report, previous, dict(sorted(listed.items())))
        _add(archive, MANIFEST, [manifest])
        if signer:
            _add(archive, SIGNATURE, [sign(signer, manifest)])
            _add(archive, PUBLIC_KEY, [signer.public_key])
    return hashlib.sha256(manifest).hexdigest()


def _texts(report: Report) -> Iterator[tuple[str, str]]:
    lines = (_ENCODER.encode(_finding(finding)).decode() + "\n" for finding in report.findings)
    yield _FINDINGS, "".join(lines)
    for name, text in report_files.rendered(report):
        yield f"reports/{name}", text


def _add(archive: zipfile.ZipFile, name: str, pieces: Any) -> Listed:
    """Write one entry: the same bytes for the same content."""
    info = zipfile.ZipInfo(name, _TIME)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o100600 << 16
    digest, size = hashlib.sha256(), 0
    with archive.open(info, "w", force_zip64=True) as stream:
        for piece in pieces:
            stream.write(piece)
            digest.update(piece)
            size += len(piece)
    return Listed(size, digest.hexdigest())


def _manifest(report: Report, previous: str, files: dict[str, Listed]) -> bytes:
    scope = report.audit.scope if report.audit else None
    manifest = Manifest(
        format=FORMAT,
        version=VERSION,
        created=scope.finished.isoformat(timespec="seconds") if scope else "",
        gtctl=__version__,
        accounts=list(scope.accounts) if scope else [],
        commit=scope.commit if scope else "",
        previous=previous,
        files=files,
    )
    return msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"


def _finding(finding: Finding) -> dict[str, Any]:
    return {field.name: getattr(finding, field.name) for field in dataclasses.fields(finding) if field.name != "place"}


def _plain(value: Any) -> Any:
    """Attributes as JSON knows them; what is unknown is its reason, with what is known of the text."""
    if isinstance(value, Unknown):
        text = value.text
        known = {"text": text} if text != "${?}" else {}
        structure = {"json": _plain(value.json)} if value.json is not MISSING else {}
        return {"unknown": value.reason} | known | structure
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)
