"""The evidence bundle: what an audit saw and said, in one zip file that can be checked without us.

``manifest.json`` lists every other file with its SHA-256, and the SHA-256 of the previous bundle's manifest: a chain.
A chain proves that nothing was changed against a hash that somebody kept elsewhere, and nothing more; who made a bundle
is proven by the signature of its manifest, checked with a public key that did not come with it.
"""

from __future__ import annotations

import msgspec

MANIFEST = "manifest.json"
SIGNATURE = "manifest.json.sig"
PUBLIC_KEY = "manifest.json.pem"
FORMAT = "gtctl-evidence-bundle"
VERSION = 1


class Listed(msgspec.Struct, frozen=True):
    """What the manifest says about a file."""

    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """The content of ``manifest.json``. previous: SHA-256 of the manifest of the bundle before; "" for the first."""

    format: str
    version: int
    created: str
    gtctl: str
    accounts: list[str]
    commit: str
    previous: str
    files: dict[str, Listed]
