"""A sandbox with many past labeling jobs: ``python -m benchmarks.audit.past_jobs 5000`` prints its address."""

from __future__ import annotations

import sys

from werkzeug.serving import make_server

from gtctl.sandbox.ground_truth.state import LabelingJob, RegionState, State
from gtctl.sandbox.process import ACCOUNT, REGION
from gtctl.sandbox.server import _QuietHandler, make_app

KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"


def fill(region: RegionState, number: int) -> None:
    """Add ``number`` completed jobs, one a minute; one in a hundred went to the public workforce."""
    for at in range(number):
        public = at % 100 == 0
        team = "394669845002:workteam/public-crowd/default" if public else f"{ACCOUNT}:workteam/private-crowd/radiology"
        name = f"chest-ct-{at}"
        job = LabelingJob(
            name=name,
            arn=region.arn("labeling-job", name),
            region=REGION,
            request=request(name, f"arn:aws:sagemaker:{REGION}:{team}"),
            reference_code=f"{at:032x}",
            created=1_700_000_000.0 + 60 * at,
            modified=1_700_003_600.0 + 60 * at,
            status="Completed",
        )
        region.jobs[name] = job
        region.tags[job.arn] = {"gtctl:classification": "phi"}


def request(name: str, workteam: str) -> dict[str, object]:
    """What the job was launched with."""
    functions = f"arn:aws:lambda:{REGION}:432418664414:function"
    return {
        "LabelingJobName": name,
        "LabelAttributeName": "boxes",
        "InputConfig": {"DataSource": {"S3DataSource": {"ManifestS3Uri": f"s3://hospital-scans/{name}.manifest"}}},
        "OutputConfig": {"S3OutputPath": "s3://hospital-labels/jobs/", "KmsKeyId": KEY},
        "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/labeling-execution",
        "HumanTaskConfig": {
            "WorkteamArn": workteam,
            "UiConfig": {"UiTemplateS3Uri": "s3://hospital-labels/config/boxes.liquid"},
            "PreHumanTaskLambdaArn": f"{functions}:PRE-BoundingBox",
            "TaskTitle": "Find nodules",
            "TaskDescription": "Draw a box around each nodule",
            "NumberOfHumanWorkersPerDataObject": 3,
            "TaskTimeLimitInSeconds": 600,
            "AnnotationConsolidationConfig": {"AnnotationConsolidationLambdaArn": f"{functions}:ACS-BoundingBox"},
        },
    }


def main() -> None:
    """Serve until the process is ended."""
    state = State(account=ACCOUNT)
    fill(state.region(REGION), int(sys.argv[1]))
    server = make_server("127.0.0.1", 0, make_app(state, "benchmark"), threaded=True, request_handler=_QuietHandler)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
