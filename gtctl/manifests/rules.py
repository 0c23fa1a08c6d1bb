"""The rules that a manifest is checked by, and what is said of a line that breaks one.

Sources: SageMaker Developer Guide, "Input manifest files", "Input data quotas", "Supported data formats" and "CORS
requirement for input image data"; 45 CFR 164.514(b)(2) for what identifies a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Rule(StrEnum):
    """The names of the rules, as ``--accept`` and the JSON output know them."""

    EMPTY = "empty"
    TOO_MANY = "too-many"
    EMPTY_LINE = "empty-line"
    LINE_LENGTH = "line-length"
    BYTE_ORDER_MARK = "byte-order-mark"
    ENCODING = "encoding"
    JSON = "json"
    REPEATED_NAME = "repeated-name"
    ATTRIBUTE_NAME = "attribute-name"
    ATTRIBUTE_LENGTH = "attribute-length"
    SOURCE = "source"
    SUFFIX = "suffix"
    DUPLICATE = "duplicate"
    IDENTIFIER = "identifier"
    DATE = "date"
    # What only S3 can tell:
    BUCKET = "bucket"
    REGION = "region"
    CORS = "cors"
    MISSING = "missing"
    ARCHIVED = "archived"
    ENCRYPTION = "encryption"
    SIZE = "size"
    FORMAT = "format"
    BIT_DEPTH = "bit-depth"
    PIXELS = "pixels"
    ORIENTATION = "orientation"


IN_S3 = frozenset(
    {
        *(Rule.BUCKET, Rule.REGION, Rule.CORS, Rule.MISSING, Rule.ARCHIVED, Rule.ENCRYPTION, Rule.SIZE),
        *(Rule.FORMAT, Rule.BIT_DEPTH, Rule.PIXELS, Rule.ORIENTATION),
    }
)


@dataclass(frozen=True, slots=True)
class Problem:
    """A broken rule, and what to do; or, if ``unknown``, why it could not be checked.

    It never quotes the line, which may name a patient. Of a bucket, ``line`` is the first that names it.
    """

    line: int
    rule: Rule
    message: str
    unknown: bool = False

    def __str__(self) -> str:
        return f"{self.line}: {'UNKNOWN: ' if self.unknown else ''}{self.message}"
