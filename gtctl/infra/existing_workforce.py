"""Refuses a plan that would make a second workforce: an account has one per Region, and Terraform cannot look."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gtctl.errors import BadInput
from gtctl.infra.targets import Say


def check(plan: Mapping[str, Any], variables: Mapping[str, str] | None, say: Say) -> None:
    """Compare a plan (``terraform show -json``) with the account; ``variables`` are as for ``gtctl.aws.client``.

    Raises BadInput when the plan makes a workforce and the Region has one. Where the account does not answer, the
    user is told that nobody looked: the service itself refuses a second workforce, in the middle of the apply.
    Source: API reference, CreateWorkforce.
    """
    if not any(
        change["type"] == "aws_sagemaker_workforce" and change["change"]["actions"] == ["create"]
        for change in plan.get("resource_changes", [])
    ):
        return
    from botocore.exceptions import BotoCoreError, ClientError

    from gtctl import aws

    region = plan["variables"]["region"]["value"]
    try:
        found = aws.client("sagemaker", region, variables=variables).list_workforces(MaxResults=1)["Workforces"]
    except (BotoCoreError, ClientError) as error:
        say(f"Could not see whether {region} has a workforce already, and there can be only one: {aws.explain(error)}")
        return
    if found:
        raise BadInput(
            f"this account has the workforce {found[0]['WorkforceName']} in {region}, and there can be only one: "
            f"adopt it ({_adoption(found[0])} in the tfvars file), or delete its workteams and then the workforce"
        )


def _adoption(workforce: Mapping[str, Any]) -> str:
    settings = [f'name = "{workforce["WorkforceName"]}"']
    if cognito := workforce.get("CognitoConfig"):
        settings += [f'user_pool_id = "{cognito["UserPool"]}"', f'client_id = "{cognito["ClientId"]}"']
    return f"existing_workforce = {{ {', '.join(settings)} }}"
