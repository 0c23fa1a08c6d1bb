"""Mutated DICOM files: each gives whole images or a reason, no run is stopped, none hangs, nothing is half-written."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pydicom
from PIL import Image

from gtctl.scans import ledger
from gtctl.scans.dicom import quiet
from gtctl.scans.prepare import How, prepare
from gtctl.scans.skipping import Reason
from tests.scans import runs
from tests.scans.runs import images

COUNT = 10_000 if os.environ.get("GTCTL_FULL_PROOFS") == "1" else 150
"""How many files; benchmarks/README.md names the variable."""
LARGEST = 100_000
TIME_LIMIT = 20.0
_PIXEL_DATA = b"\xe0\x7f\x10\x00"
_LENGTHS_AND_TAGS = (b"\xff\xff\xff\xff", b"\0\0\0\0", b"\xff\xff\xff\x7f", b"\xfe\xff\x00\xe0")


def mutated(original: bytes, uid: bytes, number: int, chance: random.Random) -> bytes:
    """A file with an instance UID of its own and one to four wounds: bytes changed, cut out, doubled or cut off, or
    lengths and tags overwritten."""
    file = bytearray(original.replace(uid, b"1." + f"{number:0{len(uid) - 2}}".encode()) if uid else original)
    for _ in range(chance.randint(1, 4)):
        # Half of the wounds go where the attributes are, before the pixels.
        at = chance.randrange(len(file)) if chance.random() < 0.5 else chance.randrange(min(len(file), 3000))
        match chance.randrange(6):
            case 0:
                file[at] ^= 1 << chance.randrange(8)
            case 1:
                file[at : at + 4] = chance.randbytes(4)
            case 2:
                del file[at : at + chance.randint(1, 200)]
            case 3:
                file[at:at] = file[at : at + chance.randint(1, 200)]
            case 4:
                file[at : at + 4] = chance.choice(
                    [b"\xff\xff\xff\xff", b"\0\0\0\0", b"\xff\xff\xff\x7f", b"\xfe\xff\x00\xe0"]
                )
            case 5:
                del file[max(200, at) :]
        if len(file) < 200:
            break
    return bytes(file)


def originals() -> list[tuple[bytes, bytes]]:
    """pydicom's own images that are small, of every transfer syntax, with their instance UIDs."""
    samples = Path(pydicom.__file__).parent / "data/test_files"
    found = []
    for path in sorted(samples.glob("*.dcm")):
        content = path.read_bytes()
        if len(content) <= LARGEST and _PIXEL_DATA in content:
            with quiet():
                found.append((content, str(pydicom.dcmread(path, force=True).get("SOPInstanceUID", "")).encode()))
    return found


def test_mutated_files_give_whole_images_or_a_reason(tmp_path: Path) -> None:
    chance = random.Random(15)
    files = originals()
    (tmp_path / "in").mkdir()
    for number in range(COUNT):
        (tmp_path / f"in/{number:05}.dcm").write_bytes(mutated(*chance.choice(files), number, chance))
    how = How(jobs=2, time_limit=TIME_LIMIT)
    summary = prepare(str(tmp_path / "in"), str(tmp_path / "out"), runs.settings(with_dicom=True), how)
    assert summary.files == COUNT == summary.prepared + summary.duplicates + len(summary.quarantined)
    assert summary.prepared > COUNT / 10
    assert Reason.CRASHED not in summary.quarantined_by_reason
    # Of some damaged JPEG 2000 pydicom 3.0.2 never finds the end (get_j2k_parameters): this is what ends it.
    assert summary.quarantined_by_reason.get(Reason.TOO_SLOW, 0) <= COUNT / 1000
    entries = ledger.by_image(tmp_path / "out/ledger.jsonl")
    assert set(entries) == {path.name for path in images(tmp_path / "out")}
    assert not list(tmp_path.rglob("*.partial"))
    for path in images(tmp_path / "out"):
        with Image.open(path) as image:
            image.load()
    for path in (tmp_path / "out/dicom").iterdir():
        pydicom.dcmread(path)
