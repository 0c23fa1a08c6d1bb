"""Copies the Terraform code to where it runs, so that nothing of Terraform's ever lands among the sources."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from gtctl.errors import EnvironmentFailed
from gtctl.files import atomic_write

FOLDERS = ("terraform", "modules")
_RECORD = "staged.txt"
_NOT_CODE = (".terraform", "terraform.tfstate", ".git", "tests")


def stage(source_root: Path, folder: Path) -> None:
    """Make ``folder`` hold the code of ``source_root`` (its ``terraform/`` and ``modules/``), and no older code.

    Removes only what an earlier call copied, so that state, lock files and whatever else lies there is safe.
    Raises EnvironmentFailed when the source has no Terraform code or the disk refuses.
    """
    wanted = sorted(path.relative_to(source_root).as_posix() for path in _code(source_root))
    if not any(name.startswith("terraform/") for name in wanted):
        raise EnvironmentFailed(f"no Terraform code in {source_root / 'terraform'}: install gtctl again")
    record = folder / _RECORD
    earlier = record.read_text(encoding="utf-8").splitlines() if record.is_file() else []
    if wanted != earlier:
        # Written first, with the names of both: a call that is cut short leaves nothing that the next cannot remove.
        _write(record, "\n".join(sorted({*wanted, *earlier})).encode())
    try:
        for name in set(earlier) - set(wanted):
            (folder / name).unlink(missing_ok=True)
        for name in wanted:
            content = (source_root / name).read_bytes()
            if not (folder / name).is_file() or (folder / name).read_bytes() != content:
                _write(folder / name, content)
    except OSError as error:
        raise EnvironmentFailed(f"cannot copy the Terraform code: {error.strerror}: {error.filename}") from error
    if wanted != earlier:
        _write(record, "\n".join(wanted).encode())


def staged_code(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Name and content of every staged Terraform file, in a fixed order."""
    for name in (folder / _RECORD).read_text(encoding="utf-8").splitlines():
        if name.endswith((".tf", ".tf.json")):
            yield name, (folder / name).read_bytes()


def _code(source_root: Path) -> Iterator[Path]:
    for top in FOLDERS:
        for parent, folders, files in os.walk(source_root / top):
            folders[:] = [name for name in folders if not name.startswith(_NOT_CODE)]
            yield from (Path(parent, name) for name in files if not name.startswith(_NOT_CODE))


def _write(path: Path, content: bytes) -> None:
    with atomic_write(path, "wb") as stream:
        stream.write(content)
