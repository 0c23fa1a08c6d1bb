"""A valid job in every form, for tests to change one thing in."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import yaml

from gtctl.jobs import spec as job_spec
from gtctl.jobs.render import Rendered, render

ACCOUNT = "123456789012"
EXAMPLE = Path(job_spec.__file__).parent / "examples" / "chest-ct.yaml"
WORKTEAM = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:workteam/private-crowd/radiology"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
STACK = {
    "region": "us-east-1",
    "account_id": ACCOUNT,
    "scans_bucket": "clinic-scans",
    "labels_bucket": "clinic-labels",
    "labels_kms_key_arn": KEY,
    "workteam_arn": WORKTEAM,
    "execution_role_arn": f"arn:aws:iam::{ACCOUNT}:role/labeling",
}

_DOCUMENT: dict[str, Any] = {
    "name": "chest-ct",
    "task": {
        "title": "Chest CT",
        "description": "Draw a box around every nodule.",
        "instructions": {"short": "One box for each nodule.", "full": "The smallest box that holds it."},
    },
    "labels": ["nodule", "effusion"],
    "workers": {"workteam_arn": WORKTEAM, "per_object": 2, "time_limit": "30m"},
    "input": {"manifest": "s3://clinic-scans/input.manifest"},
    "output": {"path": "s3://clinic-labels/jobs", "kms_key_arn": KEY, "label_attribute": "findings"},
    "role_arn": f"arn:aws:iam::{ACCOUNT}:role/labeling",
}


def document(**changes: Any) -> dict[str, Any]:
    """A spec as plain data. ``workers__per_object=3`` sets, a value of None removes."""
    return _changed(_DOCUMENT, changes)


def write_spec(folder: Path, **changes: Any) -> Path:
    """A spec file in ``folder``."""
    path = folder / "job.yaml"
    path.write_text(yaml.safe_dump(document(**changes), allow_unicode=True), encoding="utf-8")
    return path


def spec(**changes: Any) -> job_spec.JobSpec:
    """A spec as the driver's model."""
    return job_spec.JobSpec.model_validate(document(**changes))


def rendered(**changes: Any) -> Rendered:
    """A rendered spec."""
    return render(spec(**changes))


def request(**changes: Any) -> dict[str, Any]:
    """A CreateLabelingJob request; ``HumanTaskConfig__WorkteamArn=...`` sets, None removes."""
    return _changed(rendered().request, changes)


def _changed(original: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    made = copy.deepcopy(original)
    for path, value in changes.items():
        *above, last = path.split("__")
        place = made
        for name in above:
            place = place.setdefault(name, {})
        if value is None:
            place.pop(last, None)
        else:
            place[last] = value
    return made
