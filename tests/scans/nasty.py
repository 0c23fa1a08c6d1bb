"""Items that do something to the process that reads them. Workers import this module: it is kept light."""

from __future__ import annotations

import ctypes
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from gtctl.errors import EnvironmentFailed


@dataclass(frozen=True)
class Nasty:
    """An item whose content does something to the process that reads it."""

    what: str
    marker: Path | None = None
    read_ahead: ClassVar[bool] = False
    place: ClassVar[str] = ""

    def read(self) -> bytes:
        if self.marker:
            if self.marker.exists():
                return b"harmless the second time"
            self.marker.touch()
        match self.what:
            case "segfault":
                ctypes.string_at(0)
            case "killed":
                os.kill(os.getpid(), signal.SIGKILL)
            case "exit":
                os._exit(3)
            case "hang":
                time.sleep(3600)
            case "gone":
                raise EnvironmentFailed("the network is gone")
        return self.what.encode()
