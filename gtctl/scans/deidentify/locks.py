"""What keeps a key file shut: a key of KMS, or a passphrase. Either gives the 32 bytes that seal its lines."""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
import sys
import unicodedata
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

from gtctl.errors import BadInput

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient

PASSPHRASE_VARIABLE = "GTCTL_KEY_PASSPHRASE"  # noqa: S105
KEY_BYTES = 32

_SHORTEST_PASSPHRASE = 12
_SALT_BYTES = 16
# 128 MiB and a third of a second for each guess (OWASP Password Storage Cheat Sheet: N=2^17, r=8, p=1).
_SCRYPT_COST = 2**17

_Text = Annotated[str, msgspec.Meta(max_length=8192)]


class PassphraseLock(msgspec.Struct, frozen=True, tag="scrypt", tag_field="kind", forbid_unknown_fields=True):
    """scrypt (RFC 7914) over a passphrase. ``n`` is bounded, so that a forged file cannot take all memory."""

    salt: _Text
    n: Annotated[int, msgspec.Meta(ge=2, le=2**20)]
    r: Literal[8] = 8
    p: Literal[1] = 1


class KmsLock(msgspec.Struct, frozen=True, tag="kms", tag_field="kind", forbid_unknown_fields=True):
    """A data key of KMS, encrypted under the key ``key_arn``."""

    key_arn: _Text
    data_key: _Text


Lock = PassphraseLock | KmsLock

AskPassphrase = Callable[[bool], str]
"""Gives a passphrase; told whether it is for a new file."""


def passphrase_lock(passphrase: str) -> tuple[PassphraseLock, bytes]:
    """A new lock, and its key. Raises BadInput for a passphrase that is too short."""
    if len(passphrase) < _SHORTEST_PASSPHRASE:
        raise BadInput(f"the passphrase of a key file needs {_SHORTEST_PASSPHRASE} characters or more")
    salt = secrets.token_bytes(_SALT_BYTES)
    lock = PassphraseLock(base64.b64encode(salt).decode(), _SCRYPT_COST)
    return lock, _scrypt(passphrase, salt, lock)


def kms_lock(key_arn: str, file_id: str) -> tuple[KmsLock, bytes]:
    """A new lock, and its key. Needs kms:GenerateDataKey. Raises BadInput for a wrong ARN, botocore's errors else."""
    from gtctl.manifests.places import require_key_arn

    require_key_arn(key_arn)
    made = _kms(key_arn).generate_data_key(KeyId=key_arn, KeySpec="AES_256", EncryptionContext=_context(file_id))
    return KmsLock(key_arn, base64.b64encode(made["CiphertextBlob"]).decode()), made["Plaintext"]


def unlock(lock: Lock, file_id: str, passphrase: AskPassphrase) -> bytes:
    """The key of a lock; ``passphrase`` is asked only for a lock that has one. Needs kms:Decrypt for one of KMS.

    A wrong passphrase gives a wrong key and no error. Raises BadInput for a lock that was changed.
    """
    if isinstance(lock, PassphraseLock):
        return _scrypt(passphrase(False), _decoded(lock.salt), lock)
    from botocore.exceptions import ClientError

    from gtctl.manifests.places import require_key_arn

    require_key_arn(lock.key_arn)
    try:
        opened = _kms(lock.key_arn).decrypt(
            KeyId=lock.key_arn, CiphertextBlob=_decoded(lock.data_key), EncryptionContext=_context(file_id)
        )
    except ClientError as error:
        if error.response["Error"]["Code"] in ("InvalidCiphertextException", "IncorrectKeyException"):
            raise BadInput("the data key in the key file was not made by its KMS key for this file") from error
        raise
    return opened["Plaintext"]


def ask_passphrase(new: bool) -> str:
    """The passphrase from the environment (GTCTL_KEY_PASSPHRASE), or typed, twice for a new file.

    Raises BadInput where neither can be, or what is typed differs.
    """
    if given := os.environ.get(PASSPHRASE_VARIABLE):
        return given
    if not sys.stdin.isatty():
        raise BadInput(f"the key file needs its passphrase: set {PASSPHRASE_VARIABLE}, or run in a terminal")
    from getpass import getpass

    typed = getpass("Passphrase of the key file: ")
    if new and getpass("Once more: ") != typed:
        raise BadInput("the two passphrases differ")
    return typed


def _scrypt(passphrase: str, salt: bytes, lock: PassphraseLock) -> bytes:
    # The same letters may be typed as different characters.
    secret = unicodedata.normalize("NFC", passphrase).encode()
    memory = 128 * lock.n * lock.r + 2**20
    return hashlib.scrypt(secret, salt=salt, n=lock.n, r=lock.r, p=lock.p, maxmem=memory, dklen=KEY_BYTES)


def _kms(key_arn: str) -> KMSClient:
    from gtctl import aws

    client: KMSClient = aws.client("kms", key_arn.split(":")[3])
    return client


def _context(file_id: str) -> dict[str, str]:
    """Bound to the data key by KMS and written to CloudTrail, so that nobody opens one file as another."""
    return {"gtctl": "reidentification", "file": file_id}


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise BadInput("the key file's first line was changed") from error
