from gtctl.audit.rule import Graph, Resource, Result, Rule, Severity, failed, passed

RULE = Rule(
    id="GT615",
    title="Jobs say in a tag what kind of data they label",
    severity=Severity.LOW,
    resource_types=("aws_sagemaker_labeling_job",),
    sources=("hcl", "job", "code", "live"),
    rationale=(
        "An audit that looks back at past jobs has their tags and little else to tell which of them saw patient "
        "data. Tags also let access policies and cost reports treat such jobs apart."
    ),
    remediation="Give the job a tag whose key speaks of classification: gtctl:classification = phi.",
    references=("https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateLabelingJob.html",),
    hipaa=("164.308(a)(1)(ii)(A)",),
    cis=("2.1.3",),
    example_job="""\
{
  "LabelingJobName": "chest-ct",
  "Tags": [{"Key": "gtctl:classification", "Value": "phi"}],
  "HumanTaskConfig": {
    "WorkteamArn": "arn:aws:sagemaker:eu-west-1:111122223333:workteam/private-crowd/radiology"
  }
}
""",
)


def check(resource: Resource, graph: Graph) -> Result | None:
    # tags_all takes in the provider's default tags.
    tags = resource.get("tags_all") or resource.get("tags")
    for key, value in tags.items() if isinstance(tags, dict) else ():
        name = str(key).lower()
        if ("classif" in name or "sensitivity" in name) and value:
            return passed(f"{key} = {value}", "tags")
    return failed("tags", sorted(tags) if isinstance(tags, dict) else None, "a tag such as gtctl:classification")
