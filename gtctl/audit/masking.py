"""Takes identifiers of people and secrets out of what is reported. Every report and bundle goes through here, once.

What is masked: what ``identifiers`` recognises, values of attributes and tags whose name says that they are a person's
or a secret, presigned URLs, access keys, tokens and private keys, session names, and UUIDs that are no key's: the
service knows workers by one. The rest of a file name or job name that holds an identifier goes with it, because a name
seldom stands alone. Masking again changes nothing. Owners of waivers and attestations stay: users name them themselves.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, TypeVar

from gtctl.audit import identifiers

_T = TypeVar("_T")
_SHORT = {"medical record number": "MRN", "social security number": "SSN", "e-mail address": "e-mail"}
_KEPT = {"owner", "rules"}
"""Fields that are left alone: what users say about themselves, and what we say about our rules."""

# What ends a name within a text: separators of paths, ARNs, URLs, lists and JSON.
_ENDS = frozenset(" \t\r\n/:\"'`<>?&=,;()[]{}|")
_SECRET_NAME = re.compile(r"(password|passwd|secret|secretkey|privatekey|apikey|accesskey|authtoken|token)$")
_WORKER_NAMES = {"worker", "workerid", "workername", "workersub", "usersub", "username", "annotator", "labeler"}
_NO_SECRET = re.compile(
    r"(?i)(true|false|null|none|seconds|minutes|hours|days|\d{1,4}|not set|.*\[masked:.*)?$", re.DOTALL
)

# Every pattern begins at the beginning of a word, or is short: texts come from anywhere, and may be long.
_WORDS = r"(?<![A-Za-z])(?P<name>[A-Za-z]+(?:[ _-][A-Za-z]+){0,4})"
_QUOTE = r"\\*[\"']"
_VALUE = (
    rf"(?:(?P<quote>{_QUOTE})(?P<quoted>.*?)(?P=quote)|(?P<list>\[[^\]]*\])"
    r"|(?P<plain>[^\s\"',;&|\[\]{}][^\"',;&|{}\n]*))"
)
_IS = rf"(?:{_QUOTE})?\s*[:=]\s*"
_NAMED = re.compile(rf"{_WORDS}{_IS}{_VALUE}", re.DOTALL)
# {"Key": "name", "Value": "value"}
_TAG = rf"(?is)(?<![a-z])key{_IS}{_QUOTE}{_WORDS}{_QUOTE}\s*,\s*(?:{_QUOTE})?value{_IS}{_VALUE}"
# Kind, pattern, the length that a text needs for it, and pieces (casefolded) of which it has to hold one.
_PATTERNS: tuple[tuple[str, str, int, tuple[str, ...]], ...] = (
    (
        "private key",
        r"(?s)-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)",
        0,
        ("private key",),
    ),
    (
        "presigned URL",
        r"(?i)(?:(?<![a-z0-9+.-])[a-z][a-z0-9+.-]*://[^\s\"'<>]{0,1024}?[?&;])?"
        r"(?:X-Amz-(?:Signature|Credential|Security-Token|Algorithm)|AWSAccessKeyId|Signature|Key-Pair-Id)"
        r"(?:=|%3D)[^\s\"'<>]+",
        0,
        ("x-amz-", "awsaccesskeyid", "signature", "key-pair-id"),
    ),
    ("access key", r"(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])", 20, ("akia", "asia")),
    ("token", r"(?<![\w-])eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?", 20, ("eyj",)),
    ("token", r"(?<!\w)(?:gh[pousr]_|github_pat_|xox[abeprs]-)[\w-]{16,}", 20, ("gh", "xox")),
    # Secret access keys have 40 characters, Cognito's client secrets 51 or more in lower case; digests are hexadecimal.
    (
        "secret",
        r"(?<![\w/+=-])(?=\S{0,39}[A-Z])(?=\S{0,39}[a-z])(?=\S{0,39}\d)[A-Za-z0-9/+]{40}(?![\w/+=-])",
        40,
        (),
    ),
    ("secret", r"(?<![\w-])(?![0-9a-f]+(?![\w-]))(?=[a-z]*\d)[a-z0-9]{50,64}(?![\w-])", 50, ()),
    ("telephone number", r"(?<![\w+])\+\d{1,3}(?:[ .-]?\(?\d{2,4}\)?){3,4}(?![\d:])", 8, ("+",)),
)
# Compiled only where they are needed, which most of them are not.
_SESSION = r"(assumed-role/[^/\s\"']+/)(?!\[masked:)[^\s\"',/]+"
# DOE^JANE, with what may belong to it: VAN DOE^JANE MARIA
_PERSON_NAME = r"(?:[^\W\d_][\w'.-]{0,63} ){0,2}[\w'.-]{0,63}[^\W\d_]\^[\w'.^-]*(?: [A-Z][\w'.^-]*){0,3}"
_UUID = r"(?i)(?<![0-9a-f])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-f])"
_OF_A_KEY = r"(?i)(?::key/|aws_kms_key\.\S*|kms[a-z_-]*|key[_-]?id)[\"']?\s*[:=/.\[]?\s*[\"']?$"
_OF_A_WORKER = r"(?i)(?:worker|annotator|labeler|(?<![a-z])sub)[a-z_-]*[\"']?\s*[:=/.-]?\s*[\"']?$"
# What a Terraform address begins with says nothing about anybody.
_ADDRESS = re.compile(r"(?:(?:module\.[\w-]+|data|aws_\w+)\.)+")
_ENCODED = r"(?<![^\s\"'<>])[^\s\"'<>]*%[0-9A-Fa-f]{2}[^\s\"'<>]*"


def masked(value: _T) -> _T:
    """A copy of a report, or of any part of it (dataclasses, mappings, sequences), without what must not be in it."""
    copy: _T = _masked(value)
    return copy


def mask(text: str) -> str:
    """``text`` without identifiers and secrets: "s3://scans/[masked:MRN]"."""
    return _mask(text) if text else text


@lru_cache(maxsize=8192)
def _mask(text: str) -> str:
    text = _plain(text)
    return re.sub(_ENCODED, _decoded, text) if "%" in text else text


def _masked(value: Any, name: str = "") -> Any:
    if type(value) is str:
        is_key = len(value) == 36 and bool(name and re.search(_OF_A_KEY, name) and re.fullmatch(_UUID, value))
        return _by_name(name, value) or (value if is_key else mask(value))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        parts = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return dataclasses.replace(
            value, **{name: part if name in _KEPT else _masked(part) for name, part in parts.items()}
        )
    if isinstance(value, Mapping):
        tag = _tag_name(value)
        return {
            _masked(key): item
            if key in _KEPT
            else _masked(item, tag if tag and key in ("value", "Value") else str(key))
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return type(value)(_masked(item, name) for item in value)
    if type(value) in (int, float):
        return _by_name(name, str(value)) or value
    return value


def _tag_name(value: Mapping[Any, Any]) -> str:
    """The key of a tag that is written as AWS does: {"Key": "Patient", "Value": "..."}."""
    found = value.get("key", value.get("Key")) if len(value) <= 3 else None
    return found if isinstance(found, str) else ""


def _by_name(name: str, value: str) -> str:
    """The mask for the value of an attribute, where its name alone says that it needs one; else ""."""
    kind = _kind(name) if name and value else ""
    if not kind or (kind == "secret" and _NO_SECRET.match(value)) or value.startswith("[masked:"):
        return ""
    return _label(kind)


@lru_cache(maxsize=4096)
def _kind(name: str) -> str:
    normal = re.sub(r"[^a-z]", "", name.lower())
    if kind := identifiers.kind_of_name(name):
        return kind
    if normal in _WORKER_NAMES:
        return "worker"
    return "secret" if _SECRET_NAME.search(normal) else ""


def _label(kind: str) -> str:
    return f"[masked:{_SHORT.get(kind, kind)}]"


def _plain(text: str) -> str:
    folded = text.casefold()
    for kind, pattern, least, pieces in _PATTERNS:
        # The patterns themselves take several times as long, and most of them are never needed.
        if len(text) >= least and (not pieces or any(piece in folded for piece in pieces)):
            text = re.sub(pattern, _label(kind), text)
    if "assumed-role/" in text:
        text = re.sub(_SESSION, rf"\1{_label('session')}", text)
    if ":" in text or "=" in text:
        text = _NAMED.sub(_named, text)
        text = re.sub(_TAG, _named, text) if "key" in folded and "value" in folded else text
    if "^" in text:
        text = re.sub(_PERSON_NAME, _label("name"), text)
    text = _without_identifiers(text)
    return re.sub(_UUID, _uuid, text) if text.count("-") >= 4 else text


def _named(match: re.Match[str]) -> str:
    """The value behind a name that says what it is, with any words before it ("the patient name: ...")."""
    words = re.findall(r"[A-Za-z]+", match["name"])
    kind = next((kind for at in range(len(words)) if (kind := _kind("".join(words[at:])))), "")
    part = next(part for part in ("quoted", "list", "plain") if match[part] is not None)
    value = match[part]
    if not kind or not value.strip() or (kind == "secret" and _NO_SECRET.match(value)) or "[masked:" in value:
        return match[0]
    begin, end = match.span(part)
    return match[0][: begin - match.start()] + _label(kind) + match[0][end - match.start() :]


def _without_identifiers(text: str) -> str:
    parts: list[str] = []
    done = 0
    for begin, end, kind in sorted(identifiers.spans(text)):
        if begin < done:
            continue
        while begin > done and text[begin - 1] not in _ENDS:
            begin -= 1
        while end < len(text) and text[end] not in _ENDS:
            end += 1
        while text[end - 1] == "\\":
            end -= 1
        if address := _ADDRESS.match(text, begin, end):
            begin = address.end()
        parts += [text[done:begin], _label(kind)]
        done = end
    return "".join([*parts, text[done:]])


def _uuid(match: re.Match[str]) -> str:
    before = match.string[max(0, match.start() - 60) : match.start()]
    if re.search(_OF_A_KEY, before):
        return match[0]
    if re.search(_OF_A_WORKER, before):
        return _label("worker")
    import hashlib

    # Told apart by a digest, that of one random UUID among 2**122: a job may be named after nothing else.
    return _label(f"id {hashlib.sha256(match[0].lower().encode()).hexdigest()[:8]}")


def _decoded(match: re.Match[str]) -> str:
    """A URL-encoded text stays as it is, unless something in it has to be masked."""
    from urllib.parse import unquote

    decoded = match[0]
    for _ in range(3):
        decoded = unquote(decoded)
    found = _plain(decoded)
    return match[0] if found == decoded else found
