"""Identifiers are planted wherever a file, its name or its folder can hold one. None may come out of a run, anywhere:
not in images, DICOM objects, ledger, lists, key file, output, errors or progress."""

from __future__ import annotations

import base64
import os
import pty
import re
import shutil
import subprocess
import sys
import threading
import traceback
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pydicom
import pytest
from PIL import Image
from pydicom import Dataset, config

from gtctl.errors import GtctlError
from gtctl.scans.skipping import Reason
from gtctl.scans.sources.bucket import Object
from tests.account import Account
from tests.faults import ACCESS_DENIED, DROPPED, Fault, Request, faulty
from tests.scans import runs
from tests.scans.deidentify import planted
from tests.scans.deidentify.planted import MARK
from tests.scans.dicom_files import content
from tests.scans.runs import run
from tests.scans.test_png import chunks

NAMES = (
    "CT_small.dcm",
    "MR_small.dcm",
    "JPEG2000.dcm",
    "MR_small_RLE.dcm",
    "image_dfl.dcm",
    "examples_palette.dcm",
    "SC_rgb_rle_2frame.dcm",
    "SC_rgb_jpeg_dcmtk.dcm",
)
EVERY = os.environ.get("GTCTL_FULL_PROOFS") == "1"
"""Plant in every image that comes with pydicom, not in a few of each kind (benchmarks/README.md)."""

PASSPHRASE = "PLANTED passphrase"
# Texts and UIDs that planted.value makes; a date that none can be shifted to.
SECRETS = (MARK, "1.2.840.99999.", "21341231")
# Numbers that it makes. Pseudonyms are long rows of digits: any six stand in one of many.
NUMBER = re.compile(rb"(?<![0-9.])9870[0-9]{5}(?![0-9])")
POLICY = """schema_version: 1
burned_in: accept
may_be_burned_in: accept
faces: accept
unknown_body_part: accept
"""


def plant(name: str, vr: str | None = None) -> bytes:
    """One of pydicom's files with every attribute of the table planted, at the top and in sequences that are kept."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        image = planted.slice_of(name)
        kept = [image[tag] for tag in (0x00080016, 0x7FE00010)]
        if vr:
            kept += [image[tag] for tag in (0x00080008, 0x00080018, 0x0020000D, 0x0020000E) if tag in image]
        planted.plant(image, vr)
        for element in kept:
            image[element.tag] = element
        if not vr:
            image.PatientBirthDate = SECRETS[2]
            image.ReferencedImageSequence = [planted.plant(Dataset())]
            image.ConceptNameCodeSequence = [planted.plant(Dataset())]
        image.preamble = f"{MARK} PREAMBLE".encode().ljust(128, b"\0")
        image.file_meta.SourceApplicationEntityTitle = f"{MARK}AE"
        return content(image)


def traces(found: bytes) -> list[str]:
    """The secrets that stand in some bytes: as text, as UTF-16, or as base64 of either."""
    hits = [match.decode() for match in NUMBER.findall(found)]
    for secret in SECRETS:
        for text in (secret.encode(), secret.encode("utf-16-le"), secret.encode("utf-16-be")):
            hits += [secret for each in (text, *map(coded, range(3), [text] * 3)) if each in found]
    return hits


def coded(shift: int, text: bytes) -> bytes:
    """How base64 writes a text that begins so many bytes after a multiple of three, without what its ends share."""
    whole = base64.b64encode(b"\0" * shift + text)
    return whole[-(-8 * shift // 6) : 8 * (shift + len(text)) // 6]


def looked_into(path: Path) -> Iterator[bytes]:
    """Everything that a file holds: its name, its bytes, and what is packed or coded in them."""
    whole = path.read_bytes()
    yield path.name.encode()
    yield whole
    if path.suffix == ".png":
        assert set(chunks(whole)) == {b"IHDR", b"IDAT", b"IEND"}
        with Image.open(path) as image:
            assert not image.info
            yield image.tobytes()
    if path.suffix == ".dcm":
        for _, element in planted.walk(pydicom.dcmread(path)):
            yield str(element.value).encode()
    if path.suffix == ".key":
        for line in whole.splitlines()[1:]:
            yield base64.b64decode(line)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Planted files of many kinds under planted names: whole, broken, twice, packed; and what is no scan at all."""
    folder = tmp_path_factory.mktemp("source") / f"{MARK}_NAME"
    folder.mkdir()
    samples = Path(pydicom.__file__).parent / "data/test_files"
    names = [path.name for path in sorted(samples.glob("*.dcm"))] if EVERY else NAMES
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(config.settings, "reading_validation_mode", config.IGNORE)
        patch.setattr(config.settings, "writing_validation_mode", config.IGNORE)
        for number, name in enumerate(names):
            try:
                whole = plant(name)
            except Exception:
                # Some of pydicom's own are there to be unreadable.
                assert EVERY
                continue
            (folder / f"{MARK}-{number:03}.dcm").write_bytes(whole)
        for vr in planted.WRONG:
            (folder / f"{MARK}-{vr}.dcm").write_bytes(plant("CT_small.dcm", vr))
        whole = plant("CT_small.dcm")
    for length in (500, len(whole) // 2, len(whole) - 10):
        (folder / f"{MARK}-broken-{length}.dcm").write_bytes(whole[:length])
    (folder / f"{MARK}-junk.dcm").write_bytes(whole[:20_000] + MARK.encode() * 2_000)
    (folder / f"{MARK}.txt").write_text(MARK)
    shutil.copyfile(folder / f"{MARK}-000.dcm", folder / f"{MARK}-twice.dcm")
    (folder / f"{MARK} loop").symlink_to(folder)
    return folder


def prepare_on_a_terminal(source: str, out: Path, *options: str) -> tuple[int, bytes, bytes]:
    """``gtctl --debug scans prepare`` with all that writes something; gives exit code, stdout, and the terminal."""
    policy = out.parent / "policy.yaml"
    policy.write_text(POLICY)
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "gtctl", "--debug", "scans", "prepare", source, str(out)]
    options = (
        "--json",
        "--with-dicom",
        "--pixel-policy",
        str(policy),
        "--key-file",
        str(out.parent / "a.key"),
        *options,
    )
    started = subprocess.Popen(
        [*command, *options],
        stdout=subprocess.PIPE,
        stderr=theirs,
        env=os.environ | {"GTCTL_KEY_PASSPHRASE": PASSPHRASE, "TERM": "xterm-256color", "COLUMNS": "120"},
    )
    os.close(theirs)
    shown = bytearray()

    def listen() -> None:
        while True:
            try:
                shown.extend(os.read(ours, 65536))
            except OSError:
                return

    listener = threading.Thread(target=listen)
    listener.start()
    printed, _ = started.communicate(timeout=240)
    listener.join(10)
    os.close(ours)
    return started.returncode, printed, bytes(shown)


def test_nothing_that_was_planted_comes_out_of_a_run(source: Path, tmp_path: Path) -> None:
    code, printed, shown = prepare_on_a_terminal(str(source), tmp_path / "out", "--jobs", "2")
    assert code == 0, shown.decode()
    assert b"preparing" in shown
    assert not traces(printed)
    assert not traces(shown)
    seen = [path for path in tmp_path.rglob("*") if path.is_file()]
    kinds = {path.suffix for path in seen}
    assert {".png", ".dcm", ".jsonl", ".key"} <= kinds
    assert len([path for path in seen if path.suffix == ".dcm"]) >= len(NAMES)
    for path in seen:
        for part in looked_into(path):
            assert not traces(part), path


def test_the_search_finds_what_it_looks_for(source: Path) -> None:
    whole = (source / f"{MARK}-000.dcm").read_bytes()
    assert set(SECRETS) < set(traces(whole))
    assert any(NUMBER.fullmatch(each.encode()) for each in traces(whole))
    for shift in range(3):
        for encoding in ("latin-1", "utf-16-le", "utf-16-be"):
            hidden = base64.b64encode(b"x" * shift + f"..{MARK}000123..".encode(encoding))
            assert MARK in traces(hidden)


def test_an_archive_with_planted_names_leaks_none(source: Path, tmp_path: Path) -> None:
    packed = tmp_path / f"{MARK}.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for number, name in enumerate((f"{MARK}/a.dcm", f"../{MARK}.dcm", f"{MARK}/b.dcm")):
            archive.write(source / f"{MARK}-{number:03}.dcm", name)
    summary = run(packed, tmp_path / "out")
    assert [each.reason for each in summary.quarantined] == [Reason.OUTSIDE]
    assert summary.prepared == 2
    assert not traces(repr(summary).encode())
    for path in (tmp_path / "out").iterdir():
        for part in looked_into(path):
            assert not traces(part)


@pytest.mark.parametrize("fault", [ACCESS_DENIED, DROPPED, Fault(501, "NotImplemented"), Fault(after=100)])
def test_errors_of_s3_name_no_key(
    fault: Fault, source: Path, tmp_path: Path, account: Account, sandbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", account.region)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setattr("gtctl.scans.sources.bucket._BREAKS", 1)
    account.put(f"pacs/{MARK}.dcm", (source / f"{MARK}-000.dcm").read_bytes())

    def plan(request: Request) -> Fault | None:
        return fault if request.path.endswith(".dcm") else None

    with faulty(sandbox.endpoint, plan) as endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
        try:
            said = repr(run(f"s3://{account.bucket}/pacs/", tmp_path / "out"))
        except GtctlError as error:
            said = "".join(traceback.format_exception(error))
    assert not traces(said.encode())


def test_items_and_settings_show_nothing_when_they_are_printed(source: Path, tmp_path: Path) -> None:
    from gtctl.scans import sources

    with zipfile.ZipFile(tmp_path / f"{MARK}.zip", "w") as archive:
        archive.writestr(MARK, "x")
    items = [*sources.items(str(source)), *sources.items(str(tmp_path / f"{MARK}.zip"))]
    items.append(Object(MARK, MARK, 1))
    assert not traces(repr(items).encode())
    assert repr(runs.PSEUDONYMS.secret) not in repr(runs.settings())
