"""Signatures of manifests: Ed25519 with a key file, or ECDSA P-256 with a key in AWS KMS.

Both are checked with the public key alone: ``openssl pkeyutl`` and ``openssl dgst`` do it as well (docs/audit.md).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gtctl.errors import BadInput, EnvironmentFailed

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    PublicKey = Ed25519PublicKey | EllipticCurvePublicKey


_LONGEST_MESSAGE = 4096


@dataclass(frozen=True, slots=True)
class Signer:
    """sign: bytes of a manifest -> signature. public_key: PEM."""

    sign: Callable[[bytes], bytes]
    public_key: bytes


def signer(key: str) -> Signer:
    """The signer for ``--sign-key``: a file with an Ed25519 private key (PEM), or the ARN of a KMS key.

    Raises BadInput for a key that is none of those, EnvironmentFailed where KMS refuses.
    """
    return _kms_signer(key) if key.startswith("arn:") else _file_signer(Path(key))


def _file_signer(file: Path) -> Signer:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(file.read_bytes(), None)
    except OSError as error:
        raise BadInput(f"cannot read the signing key {file}: {error.strerror}") from error
    except TypeError as error:
        raise BadInput(f"{file}: the key has a passphrase: use one without (mode 600), or a key in KMS") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadInput(f"{file}: is no private key in PEM: make one with openssl genpkey -algorithm ed25519") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise BadInput(f"{file}: is no Ed25519 key: make one with openssl genpkey -algorithm ed25519")
    return Signer(key.sign, _pem(key.public_key()))


def _kms_signer(arn: str) -> Signer:
    """https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html"""
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    from gtctl import aws

    parts = arn.split(":")
    if len(parts) != 6 or parts[2] != "kms" or not parts[3]:
        raise BadInput(f"{arn} is not the ARN of a KMS key: arn:aws:kms:REGION:ACCOUNT:key/ID")
    kms = aws.client("kms", parts[3])
    key = load_der_public_key(kms.get_public_key(KeyId=arn)["PublicKey"])
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        raise BadInput(f"{arn}: signing needs a key of the spec ECC_NIST_P256 for SIGN_VERIFY")

    def sign(data: bytes) -> bytes:
        # Both give the same signature; what is longer KMS takes as a digest only.
        message, kind = (data, "RAW") if len(data) <= _LONGEST_MESSAGE else (hashlib.sha256(data).digest(), "DIGEST")
        answer = kms.sign(KeyId=arn, Message=message, MessageType=kind, SigningAlgorithm="ECDSA_SHA_256")
        signature: bytes = answer["Signature"]
        return signature

    return Signer(sign, _pem(key))


def load_public_key(pem: bytes, name: str) -> PublicKey:
    """Raises BadInput for what is no Ed25519 or P-256 public key in PEM; ``name`` is what it is called there."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadInput(f"{name}: is no public key in PEM") from error
    if isinstance(key, Ed25519PublicKey):
        return key
    if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1):
        return key
    raise BadInput(f"{name}: is neither an Ed25519 nor a P-256 public key")


def is_signed_by(key: PublicKey, signature: bytes, data: bytes) -> bool:
    """Whether ``signature`` of ``data`` was made with the private half of ``key``."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.hashes import SHA256

    try:
        if isinstance(key, Ed25519PublicKey):
            key.verify(signature, data)
        else:
            key.verify(signature, data, ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def fingerprint(key: PublicKey) -> str:
    """What ``openssl pkey -pubin -outform DER | sha256sum`` gives for the key, in base64: "SHA256:..."."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"SHA256:{base64.b64encode(hashlib.sha256(der).digest()).decode().rstrip('=')}"


def _pem(key: Any) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    pem: bytes = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return pem


def sign(who: Signer, manifest: bytes) -> bytes:
    """The signature, proven with the public key that goes with it."""
    signature = who.sign(manifest)
    if not is_signed_by(load_public_key(who.public_key, "the signing key"), signature, manifest):
        raise EnvironmentFailed("the signature does not fit its own public key: the signing key is not what it says")
    return signature
