"""Evidence bundles: what they hold, that changes are named, and that bundles that are made to harm are refused."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import stat
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as ec_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from gtctl.audit.bundle import MANIFEST, PUBLIC_KEY, SIGNATURE
from gtctl.audit.bundle.signatures import sign, signer
from gtctl.audit.bundle.verifying import Verified, verify
from gtctl.audit.bundle.writing import collecting, write
from gtctl.audit.masking import masked
from gtctl.audit.model import Hole, Location, Resource, Unknown, Unread, Verdict
from gtctl.audit.report import Report
from gtctl.cli import run
from gtctl.errors import BadInput, Refused
from tests.audit.report.audits import clean_report, full_report
from tests.audit.report.samples import finding

BUCKET = Resource(
    "aws_s3_bucket",
    "aws_s3_bucket.scans",
    {
        "bucket": "scans",
        "tags": {"PatientName": "Jane Doe"},
        "kms": Unknown("var.key has no value", ("key/", Hole("var.key"))),
        "policy": Unknown("part of it is unknown", json={"Statement": [Unknown("a role")]}),
    },
    "hcl",
    Location("main.tf", 3),
)
HIDDEN = Resource("aws_kms_key", "aws_kms_key.x", Unread("needs kms:DescribeKey"), "live", Location("aws://1"))
PRIVATE = (Encoding.PEM, PrivateFormat.PKCS8)


def made(path: Path, report: Report | None = None, **options: Any) -> str:
    """Write a bundle; gives the SHA-256 of its manifest."""
    with collecting() as collected:
        collected.resource(BUCKET)
        collected.resource(HIDDEN)
        collected.passed(finding(verdict=Verdict.PASS, observed="born 1980-01-31"))
        return write(path, collected, report or clean_report(), **options)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bundle") / "evidence.zip"
    made(path, masked(full_report()))
    return path


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """An Ed25519 key file, with its public key beside it."""
    private = Ed25519PrivateKey.generate()
    (tmp_path / "audit.key").write_bytes(private.private_bytes(*PRIVATE, NoEncryption()))
    (tmp_path / "audit.pem").write_bytes(signer(str(tmp_path / "audit.key")).public_key)
    return tmp_path / "audit.key"


def rewritten(path: Path, target: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """A copy of a bundle whose entries were changed."""
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    change(entries)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return target


def test_a_bundle_holds_masked_evidence_findings_and_every_report(bundle: Path) -> None:
    with zipfile.ZipFile(bundle) as archive:
        names = set(archive.namelist())
        [line] = archive.read("evidence/hcl.jsonl").splitlines()
        [passed] = archive.read("passed.jsonl").splitlines()
        [hidden] = archive.read("evidence/live.jsonl").splitlines()
        findings = [json.loads(line) for line in archive.read("findings.jsonl").splitlines()]
    reports = {
        f"reports/report.{end}"
        for end in ("html", "json", "txt", "md", "csv", "sarif", "junit.xml", "oscal.json", "ocsf.json")
    }
    assert names == {"evidence/hcl.jsonl", "evidence/live.jsonl", "findings.jsonl", "passed.jsonl", MANIFEST, *reports}
    assert json.loads(line) == {
        "type": "aws_s3_bucket",
        "address": "aws_s3_bucket.scans",
        "file": "main.tf",
        "line": 3,
        "attributes": {
            "bucket": "scans",
            "tags": {"PatientName": "[masked:name]"},
            "kms": {"unknown": "var.key has no value", "text": "key/${var.key}"},
            "policy": {"unknown": "part of it is unknown", "json": {"Statement": [{"unknown": "a role"}]}},
        },
    }
    assert json.loads(hidden)["attributes"] == {"*": {"unknown": "needs kms:DescribeKey"}}
    assert json.loads(passed)["observed"] == "[masked:date of birth]"
    assert len(findings) == len(full_report().findings)


def test_the_manifest_lists_every_file_with_its_size_and_sha256(bundle: Path) -> None:
    with zipfile.ZipFile(bundle) as archive:
        manifest = json.loads(archive.read(MANIFEST))
        contents = {name: archive.read(name) for name in archive.namelist() if name != MANIFEST}
    assert manifest["files"] == {
        name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in contents.items()
    }
    assert (manifest["format"], manifest["version"], manifest["accounts"]) == (
        "gtctl-evidence-bundle",
        1,
        ["111122223333"],
    )
    assert verify(bundle).manifest.files.keys() == contents.keys()


def test_the_same_audit_gives_the_same_bytes_and_only_its_owner_may_read_them(tmp_path: Path) -> None:
    digests = {made(tmp_path / name) for name in ("a.zip", "b.zip")}
    assert len(digests) == 1
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    assert stat.S_IMODE((tmp_path / "a.zip").stat().st_mode) == 0o600


# Tampering


def _change(name: str) -> Callable[[dict[str, bytes]], None]:
    def change(entries: dict[str, bytes]) -> None:
        entries[name] = entries[name][:-2] + b"x\n"

    return change


def _longer(entries: dict[str, bytes]) -> None:
    entries["findings.jsonl"] += b"{}\n"


def _swap(entries: dict[str, bytes]) -> None:
    entries["passed.jsonl"], entries["findings.jsonl"] = entries["findings.jsonl"], entries["passed.jsonl"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_change("evidence/hcl.jsonl"), r"evidence/hcl\.jsonl was changed"),
        (_change("reports/report.html"), r"reports/report\.html was changed"),
        (_longer, r"findings\.jsonl was changed"),
        (_swap, r"\.jsonl was changed"),
        (lambda entries: entries.pop("evidence/hcl.jsonl"), r"evidence/hcl\.jsonl is missing"),
        (lambda entries: entries.update({"evidence/more.jsonl": b""}), r"evidence/more\.jsonl was added"),
        (lambda entries: entries.update({MANIFEST: b"{}"}), r"manifest\.json was changed"),
        (lambda entries: entries.update({SIGNATURE: b"x"}), r"manifest\.json\.pem is missing"),
    ],
)
def test_what_was_tampered_with_is_named(
    bundle: Path, tmp_path: Path, change: Callable[[dict[str, bytes]], None], said: str
) -> None:
    with pytest.raises(Refused, match=said):
        verify(rewritten(bundle, tmp_path / "t.zip", change))


def test_no_flipped_bit_goes_unseen(tmp_path: Path) -> None:
    path = tmp_path / "evidence.zip"
    made(path)
    whole = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo("findings.jsonl" if archive.getinfo("findings.jsonl").file_size else "passed.jsonl")
    at = info.header_offset + 30 + len(info.filename) + 20 + info.compress_size // 2
    path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
    with pytest.raises((Refused, BadInput), match=r"evidence\.zip"):
        verify(path)


# The chain


def test_a_bundle_names_the_manifest_of_the_one_before(tmp_path: Path) -> None:
    first, second, other = tmp_path / "1.zip", tmp_path / "2.zip", tmp_path / "other.zip"
    digest = made(first)
    made(second, previous=digest)
    made(other, masked(full_report()))
    assert verify(second, previous=first).manifest.previous == digest
    with pytest.raises(Refused, match=r"does not follow .*other\.zip"):
        verify(second, previous=other)
    with pytest.raises(Refused, match="none"):
        verify(first, previous=second)


def test_the_bundle_before_is_checked_as_well(bundle: Path, tmp_path: Path) -> None:
    broken = rewritten(bundle, tmp_path / "1.zip", _longer)
    made(tmp_path / "2.zip", previous=verify(bundle).sha256)
    with pytest.raises(Refused, match=r"1\.zip: findings\.jsonl"):
        verify(tmp_path / "2.zip", previous=broken)


# Signatures


def signed(tmp_path: Path, key: Path | str) -> Path:
    path = tmp_path / "signed.zip"
    made(path, signer=signer(str(key)))
    return path


def test_a_signature_is_trusted_only_with_a_public_key_from_elsewhere(tmp_path: Path, key: Path) -> None:
    found = verify(signed(tmp_path, key))
    assert found.signed_by.startswith("SHA256:") and not found.trusted
    assert verify(tmp_path / "signed.zip", public_key=key.with_suffix(".pem")).trusted


def test_a_signature_of_another_key_or_none_is_refused(tmp_path: Path, key: Path, bundle: Path) -> None:
    (tmp_path / "other.key").write_bytes(Ed25519PrivateKey.generate().private_bytes(*PRIVATE, NoEncryption()))
    with pytest.raises(Refused, match="another key"):
        verify(signed(tmp_path, tmp_path / "other.key"), public_key=key.with_suffix(".pem"))
    with pytest.raises(Refused, match="is not signed"):
        verify(bundle, public_key=key.with_suffix(".pem"))


def test_a_manifest_that_was_written_anew_does_not_fit_its_signature(tmp_path: Path, key: Path) -> None:
    def rewrite(entries: dict[str, bytes]) -> None:
        entries["passed.jsonl"] = b""
        manifest = json.loads(entries[MANIFEST])
        manifest["files"]["passed.jsonl"] = {"bytes": 0, "sha256": hashlib.sha256(b"").hexdigest()}
        entries[MANIFEST] = json.dumps(manifest).encode()

    with pytest.raises(Refused, match=r"manifest\.json does not fit its signature"):
        verify(rewritten(signed(tmp_path, key), tmp_path / "t.zip", rewrite))


def test_keys_that_are_none_are_bad_input(tmp_path: Path, key: Path, bundle: Path) -> None:
    locked, curve = tmp_path / "locked.key", tmp_path / "curve.key"
    locked.write_bytes(Ed25519PrivateKey.generate().private_bytes(*PRIVATE, BestAvailableEncryption(b"x")))
    curve.write_bytes(ec_key(SECP256R1()).private_bytes(*PRIVATE, NoEncryption()))
    for bad, said in ((locked, "passphrase"), (curve, "Ed25519"), (bundle, "PEM"), (tmp_path / "no", "cannot read")):
        with pytest.raises(BadInput, match=said):
            signer(str(bad))
    with pytest.raises(BadInput, match="ARN of a KMS key"):
        signer("arn:aws:s3:::x")
    with pytest.raises(BadInput, match="no public key"):
        verify(bundle, public_key=key)


def test_a_key_in_kms_signs_and_anybody_can_check(tmp_path: Path, sandbox: Any) -> None:
    from gtctl import aws

    kms = aws.client("kms")
    made_key = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
    other = kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
    path = signed(tmp_path, made_key)
    with zipfile.ZipFile(path) as archive:
        (tmp_path / "public.pem").write_bytes(archive.read(PUBLIC_KEY))
    assert verify(path, public_key=tmp_path / "public.pem").trusted
    with pytest.raises(BadInput, match="ECC_NIST_P256"):
        signer(other)


def test_kms_gets_the_digest_of_a_long_manifest(monkeypatch: pytest.MonkeyPatch) -> None:
    private = ec_key(SECP256R1())
    der = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    class Kms:
        def get_public_key(self, **_: str) -> dict[str, bytes]:
            return {"PublicKey": der}

        def sign(self, *, Message: bytes, MessageType: str, **_: str) -> dict[str, bytes]:  # noqa: N803
            assert (MessageType, len(Message)) == ("DIGEST", 32)
            return {"Signature": private.sign(Message, ECDSA(Prehashed(SHA256())))}

    monkeypatch.setattr("gtctl.aws.client", lambda *_: Kms())
    sign(signer("arn:aws:kms:us-east-1:111122223333:key/x"), bytes(5000))


@pytest.mark.skipif(not shutil.which("openssl"), reason="needs openssl")
@pytest.mark.skipif(not shutil.which("sha256sum"), reason="needs sha256sum")
def test_a_bundle_can_be_checked_without_gtctl(tmp_path: Path, key: Path) -> None:
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(signed(tmp_path, key)) as archive:
        archive.extractall(folder)
    files = json.loads((folder / MANIFEST).read_text())["files"]
    sums = "".join(f"{about['sha256']}  {name}\n" for name, about in files.items())
    subprocess.run(
        ["sha256sum", "--check", "--strict", "-"], cwd=folder, input=sums.encode(), check=True, capture_output=True
    )
    openssl = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", PUBLIC_KEY, "-rawin"]
    subprocess.run([*openssl, "-in", MANIFEST, "-sigfile", SIGNATURE], cwd=folder, check=True, capture_output=True)


# Bundles that are made to harm


def hostile(tmp_path: Path, fill: Callable[[zipfile.ZipFile], None]) -> Path:
    path = tmp_path / "hostile.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        fill(archive)
    return path


def _link(archive: zipfile.ZipFile) -> None:
    info = zipfile.ZipInfo("evidence/link")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    archive.writestr(info, "/etc/passwd")


def _twice(archive: zipfile.ZipFile) -> None:
    archive.writestr("manifest.json", "{}")
    archive.writestr("MANIFEST.json", "{}")


def _bomb(archive: zipfile.ZipFile) -> None:
    with archive.open("bomb.jsonl", "w") as stream:
        for _ in range(150):
            stream.write(bytes(1 << 20))


def _many(archive: zipfile.ZipFile) -> None:
    for number in range(1001):
        archive.writestr(f"{number}.txt", "")


def _comment(archive: zipfile.ZipFile) -> None:
    archive.comment = b"hidden"
    archive.writestr("manifest.json", "{}")


@pytest.mark.parametrize(
    ("fill", "said"),
    [
        (lambda archive: archive.writestr("../../etc/cron.d/x", ""), "impossible name"),
        (lambda archive: archive.writestr("/etc/passwd", ""), "impossible name"),
        (lambda archive: archive.writestr("evidence\\x", ""), "impossible name"),
        (lambda archive: archive.writestr("evidence/\x1b[31m", ""), "impossible name"),
        (lambda archive: archive.mkdir("evidence"), "impossible name"),
        (_link, "no plain file"),
        (_twice, "twice"),
        (_bomb, "fill a disk"),
        (_many, "1001 files"),
        (_comment, "beside its files"),
        (lambda archive: archive.writestr("x", "", zipfile.ZIP_LZMA), "packed in a way"),
        (lambda archive: archive.writestr("x", ""), r"no manifest\.json"),
        (lambda archive: archive.writestr(MANIFEST, json.dumps(_later())), "reads gtctl-evidence-bundle 1"),
        (lambda archive: None, r"no manifest\.json"),
    ],
)
def test_a_bundle_that_no_audit_writes_is_refused(
    tmp_path: Path, fill: Callable[[zipfile.ZipFile], None], said: str
) -> None:
    with pytest.raises(BadInput, match=said) as refused:
        verify(hostile(tmp_path, fill))
    assert "\x1b" not in str(refused.value)


def _later() -> dict[str, Any]:
    texts = dict.fromkeys(("created", "gtctl", "commit", "previous"), "")
    return {"format": "gtctl-evidence-bundle", "version": 2, "accounts": [], "files": {}} | texts


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x05\x06" + bytes(17)])
def test_what_is_no_zip_file_is_bad_input(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.zip").write_bytes(content)
    with pytest.raises(BadInput, match=r"x\.zip"):
        verify(tmp_path / "x.zip")


def test_something_before_the_zip_file_is_refused(bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"#!/bin/sh\n" + bundle.read_bytes())
    with pytest.raises(BadInput, match="beside its files"):
        verify(tmp_path / "x.zip")


def test_a_truncated_bundle_is_no_bundle(bundle: Path, tmp_path: Path) -> None:
    whole = bundle.read_bytes()
    for length in range(0, len(whole), len(whole) // 20):
        (tmp_path / "x.zip").write_bytes(whole[:length])
        with pytest.raises((BadInput, Refused)):
            verify(tmp_path / "x.zip")


def test_names_that_python_would_cut_at_a_null_are_refused(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("manifest.jsonX", "{}")
    (tmp_path / "x.zip").write_bytes(stream.getvalue().replace(b"manifest.jsonX", b"manifest.json\x00"))
    with pytest.raises(BadInput, match="impossible name"):
        verify(tmp_path / "x.zip")


# The command


def test_verify_says_what_it_proves(
    bundle: Path, tmp_path: Path, key: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["audit", "verify", str(bundle)]) == 0
    said = capsys.readouterr().out
    assert "all 13 files" in said and verify(bundle).sha256 in said and "Not signed" in said
    path = signed(tmp_path, key)
    assert run(["audit", "verify", str(path), "--public-key", str(key.with_suffix(".pem"))]) == 0
    assert "Signed with the key" in capsys.readouterr().out


def test_verify_names_the_file_and_exits_with_1(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["audit", "verify", str(rewritten(bundle, tmp_path / "t.zip", _longer))]) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "findings.jsonl was changed" in error
    assert run(["audit", "verify", str(tmp_path / "no.zip")]) == 2


def test_what_a_bundle_turned_out_to_be_is_told(bundle: Path) -> None:
    found = verify(bundle)
    assert found == Verified(found.manifest, found.sha256, "", False, False)
