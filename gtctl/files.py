"""Files that appear whole or not at all, and the folder where gtctl keeps its working state."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from gtctl.errors import BadInput, EnvironmentFailed

PARTIAL = ".partial"
"""How the name of a file ends that is being written: a killed process leaves it behind."""


@contextmanager
def atomic_write(path: Path, mode: str = "w", *, private: bool = False) -> Iterator[IO[Any]]:
    """Open a file beside ``path`` and move it into place when the block ends without an error.

    ``mode`` is "w" (UTF-8 text, newlines as written) or "wb". Missing parent folders are made. With ``private`` nobody
    but the user may read the file.
    An error inside the block removes the partial file and leaves an earlier ``path`` untouched.
    Raises EnvironmentFailed when the disk refuses (full, read-only, no permission). Threads may write at once.
    """
    partial: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.parent / f".{path.name[:40]}.{os.urandom(4).hex()}{PARTIAL}"
        # The system takes the umask off the mode. To read it would be to set it, for every thread.
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if private else 0o666)
        text = {"encoding": "utf-8", "newline": ""} if "b" not in mode else {}
        with os.fdopen(handle, mode, **text) as stream:  # type: ignore[call-overload]
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(path)
        partial = None
    except OSError as error:
        raise EnvironmentFailed(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        if partial is not None:
            partial.unlink(missing_ok=True)


@contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """A new folder beside ``path``, to be filled; it is moved into place when the block ends without an error.

    Missing parent folders are made. Raises BadInput where ``path`` is there and is not an empty folder: nothing is
    mixed with what was there before, and nothing of it is removed. An error inside the block removes the partial
    folder. Raises EnvironmentFailed when the disk refuses.
    """
    partial: Path | None = None
    try:
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()
        if path.exists() or path.is_symlink():
            raise BadInput(f"{path} is there already: name a folder that is not, or remove it")
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.parent / f".{path.name[:40]}.{os.urandom(4).hex()}{PARTIAL}"
        partial.mkdir()
        yield partial
        # Each file on its own would take minutes where there are a hundred thousand.
        os.sync()
        partial.rename(path)
        partial = None
    except OSError as error:
        raise EnvironmentFailed(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        if partial is not None:
            shutil.rmtree(partial, ignore_errors=True)


def state_dir() -> Path:
    """Working state: ``$GTCTL_HOME``, else the nearest ``.gtctl`` folder upwards, else ``./.gtctl``."""
    if home := os.environ.get("GTCTL_HOME"):
        return Path(home).absolute()
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / ".gtctl").is_dir():
            return folder / ".gtctl"
    return here / ".gtctl"
