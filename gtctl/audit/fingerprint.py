"""What makes two findings of different runs the same one."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator

from gtctl.audit.model import Finding
from gtctl.audit.report import relative

# The address of what has no name in a script: it would move with its line.
_LINE = re.compile(r"\.line_\d+$")


def fingerprints(findings: Iterable[Finding]) -> Iterator[str]:
    """One for each finding: the same for the same rule and resource wherever in its file that stands.

    A second finding of the same rule on the same resource gets a number.
    """
    seen: Counter[tuple[str, ...]] = Counter()
    for finding in findings:
        # What the engine itself finds is about no resource: what it saw tells such findings apart.
        about = _LINE.sub(".line", finding.resource) or finding.observed
        identity = (finding.rule_id, relative(finding.file), about)
        seen[identity] += 1
        text = "\0".join([*identity, str(seen[identity])])
        yield hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()[:32]
