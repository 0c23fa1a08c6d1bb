"""What the reader of code finds in a text, as its tests ask for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gtctl.audit.evidence import READERS
from gtctl.audit.graph import Graph
from gtctl.audit.model import Evidence, Resource, Undecided
from gtctl.audit.workteams import workteam
from gtctl.ground_truth import WorkteamKind

PUBLIC = "arn:aws:sagemaker:eu-west-1:394669845002:workteam/public-crowd/default"
PRIVATE = "arn:aws:sagemaker:eu-west-1:111122223333:workteam/private-crowd/radiology"
PATH = "human_task_config.workteam_arn"
PRELUDE = f'import boto3, json, copy, os\nsm = boto3.client("sagemaker")\nPUBLIC = "{PUBLIC}"\nPRIVATE = "{PRIVATE}"\n'
ROOT = Path(__file__).parent.parent.parent


def read(text: str, file: str = "launch.py") -> Evidence:
    [found] = READERS["code"].load()({file: text.encode()})
    return found


def jobs(text: str, file: str = "launch.py") -> list[Resource]:
    found = read(text, file)
    assert not found.problems
    return [
        each for each in found.resources if each.type in ("aws_sagemaker_labeling_job", "aws_sagemaker_flow_definition")
    ]


def team(program: str) -> Any:
    """The workteam of the one job that the program launches; None where it is open."""
    [job] = jobs(PRELUDE + program)
    try:
        return job.get(PATH)
    except Undecided:
        return None


def kinds(text: str, file: str = "launch.py") -> list[WorkteamKind]:
    """The kinds of the workteams that are named outside of jobs."""
    return [
        workteam(each.peek("workteam_arn"), Graph([])).kind
        for each in read(text, file).resources
        if each.type == "gtctl_workteam_reference"
    ]
