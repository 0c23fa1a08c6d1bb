"""The page a worker sees: the job's Liquid template, rendered with Ground Truth's own filters.

Source: Developer Guide, "Creating custom worker task templates" (filters), API reference (RenderUiTemplate).
"""

from __future__ import annotations

import json
from typing import Any

import liquid
from liquid.exceptions import LiquidError
from markupsafe import Markup

from gtctl.aws import parse_s3_uri
from gtctl.errors import BadInput
from gtctl.sandbox.ground_truth import labeling_jobs
from gtctl.sandbox.ground_truth.cloud import role_s3
from gtctl.sandbox.ground_truth.errors import invalid
from gtctl.sandbox.ground_truth.state import DataObject, Json, LabelingJob, RegionState

READ_ACCESS_SECONDS = 15 * 60


def render(template: str, task_input: Json, region: str, role_arn: str) -> str:
    """Render a worker template. Raises LiquidError, or BadInput where grant_read_access gets no S3 URI."""

    def grant_read_access(uri: object) -> str:
        location = parse_s3_uri(str(uri))
        url: str = role_s3(region, role_arn).generate_presigned_url(
            "get_object", Params={"Bucket": location.bucket, "Key": location.key}, ExpiresIn=READ_ACCESS_SECONDS
        )
        return url

    environment = liquid.Environment(autoescape=True)
    environment.add_filter("grant_read_access", grant_read_access)
    environment.add_filter("to_json", lambda value: json.dumps(value))
    environment.add_filter("skip_autoescape", lambda value: Markup(value))  # noqa: S704 - what the filter is for
    return environment.from_string(template).render(task={"input": task_input})


def render_task(job: LabelingJob, item: DataObject) -> str:
    """The page for one object of a job, with the input that the job's PRE- function makes of it."""
    task_input: Json = {"taskObject": item.uri, "labels": job.labels}
    if job.earlier is not None:
        # "crowd-bounding-box" documents this for the labels of a previous job.
        task_input["manifestLine"] = item.line
    return render(job.worker_template, task_input, job.region, job.request["RoleArn"])


def render_ui_template(region: RegionState, request: Json) -> Json:
    """RenderUiTemplate."""
    if "UiTemplate" not in request:
        raise invalid("The sandbox renders a UiTemplate; it has none of the templates a HumanTaskUiArn names.")
    labeling_jobs.check_role(region, request["RoleArn"])
    try:
        task_input: Any = json.loads(request["Task"]["Input"])
    except ValueError:
        raise invalid("Task.Input is not valid JSON.") from None
    if not isinstance(task_input, dict):
        raise invalid("Task.Input is not a JSON object.")
    try:
        content = render(request["UiTemplate"]["Content"], task_input, region.name, request["RoleArn"])
    except (LiquidError, BadInput) as error:
        return {"RenderedContent": "", "Errors": [{"Code": "LiquidError", "Message": str(error)}]}
    return {"RenderedContent": content, "Errors": []}


OPERATIONS = {"RenderUiTemplate": render_ui_template}
