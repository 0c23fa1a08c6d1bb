"""What can be seen in the account before a job is launched: checks of what breaks jobs in practice, and the rules.

Read-only. ``model`` says what a check is; ``registry`` has them, one module for each subject; ``scene`` is what they
look at, ``permissions`` what that takes; ``judging`` asks the rules.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from gtctl.audit.evidence.live.reading import NotRead
from gtctl.audit.model import Undecided
from gtctl.jobs.preflight.model import Check, Outcome, unknown
from gtctl.jobs.preflight.registry import checks
from gtctl.jobs.preflight.scene import Scene

__all__ = ["Scene", "run"]


def run(scene: Scene, only: Collection[str] = ()) -> Iterator[tuple[str, Check, Outcome]]:
    """What the checks say (those with the ids ``only``, if given): subject of the group, check, outcome.

    Raises EnvironmentFailed where the credentials end.
    """
    for subject, of_subject in checks().items():
        for check in of_subject:
            if only and check.id not in only:
                continue
            try:
                for outcome in check.run(scene):
                    yield subject, check, outcome
            except (NotRead, Undecided) as reason:
                yield subject, check, unknown(check.subject(scene), str(reason))
