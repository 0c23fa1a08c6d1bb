"""Files that appear whole or not at all, and the folder where gtctl keeps its working state."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from gtctl.errors import EnvironmentFailed


@contextmanager
def atomic_write(path: Path, mode: str = "w") -> Iterator[IO[Any]]:
    """Open a file beside ``path`` and move it into place when the block ends without an error.

    ``mode`` is "w" (UTF-8 text, newlines as written) or "wb". Missing parent folders are made.
    An error inside the block removes the partial file and leaves an earlier ``path`` untouched.
    Raises EnvironmentFailed when the disk refuses (full, read-only, no permission).
    """
    partial: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name[:40]}.", suffix=".partial", dir=path.parent)
        partial = Path(name)
        text = {"encoding": "utf-8", "newline": ""} if "b" not in mode else {}
        with os.fdopen(handle, mode, **text) as stream:  # type: ignore[call-overload]
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        partial.chmod(0o666 & ~_umask())
        partial.replace(path)
        partial = None
    except OSError as error:
        raise EnvironmentFailed(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        if partial is not None:
            partial.unlink(missing_ok=True)


def state_dir() -> Path:
    """Working state: ``$GTCTL_HOME``, else the nearest ``.gtctl`` folder upwards, else ``./.gtctl``."""
    if home := os.environ.get("GTCTL_HOME"):
        return Path(home).absolute()
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / ".gtctl").is_dir():
            return folder / ".gtctl"
    return here / ".gtctl"


def _umask() -> int:
    # The umask can only be read by setting it.
    current = os.umask(0o077)
    os.umask(current)
    return current
