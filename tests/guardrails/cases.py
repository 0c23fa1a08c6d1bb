"""The requests put to the guardrails, and what must become of them: judged here anew, not read off the documents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

ACCOUNT, STRANGER = "123456789012", "999999999999"
PUBLIC_ACCOUNT = "394669845002"
KINDS = ("boundary", "policy", "scp")


@dataclass(frozen=True)
class Form:
    """A form of the module in stack/main.tf, and what it is to allow."""

    name: str
    partition: str = "aws"
    region: str = "us-east-1"
    regions: tuple[str, ...] = ()
    listed: bool = False
    flow_definitions: bool = True
    exempt: bool = False
    other_volume_key: bool = False
    second_key: bool = True

    def key(self, number: int, account: str = ACCOUNT) -> str:
        digits = str(number)
        name = "-".join(digits * length for length in (8, 4, 4, 4, 12))
        return f"arn:{self.partition}:kms:{self.region}:{account}:key/{name}"

    def team(
        self, name: str = "readers", account: str = ACCOUNT, region: str = "", crowd: str = "private-crowd"
    ) -> str:
        return f"arn:{self.partition}:sagemaker:{region or self.region}:{account}:workteam/{crowd}/{name}"

    @property
    def output_keys(self) -> list[str]:
        return [self.key(1), self.key(2)] if self.second_key else [self.key(1)]

    @property
    def volume_keys(self) -> list[str]:
        return [self.key(3)] if self.other_volume_key else self.output_keys


FORMS = {
    form.name: form
    for form in (
        Form("any_team"),
        Form(
            "listed_teams",
            regions=("us-east-1",),
            listed=True,
            flow_definitions=False,
            exempt=True,
            other_volume_key=True,
        ),
        Form("gov", partition="aws-us-gov", region="us-gov-west-1", regions=("us-gov-west-1",), second_key=False),
    )
}


@dataclass(frozen=True)
class Case:
    """A request by a principal that may do everything else, and for which documents it must be refused or allowed."""

    name: str
    action: str
    resource: str
    context: dict[str, Any]
    principal: str
    refused: bool
    kinds: tuple[str, ...] = KINDS
    beyond_boundary: bool = False
    """Whether the boundary, though it does not deny the request, does not allow it either."""

    @property
    def question(self) -> dict[str, Any]:
        """The case as simulate.mjs reads it. Refused means an explicit Deny, which no Allow anywhere undoes."""
        expected = dict.fromkeys(self.kinds, "ExplicitlyDenied" if self.refused else "Allowed")
        if self.beyond_boundary:
            expected["boundary"] = "ImplicitlyDenied"
        return {
            "name": self.name,
            "principal": self.principal,
            "action": self.action,
            "resource": self.resource,
            "account": ACCOUNT,
            "context": self.context,
            "expected": expected,
        }


def principals(form: Form) -> dict[str, str]:
    iam = f"arn:{form.partition}:iam::{ACCOUNT}"
    return {
        "launcher": f"{iam}:role/scans-labeling-launcher",
        "execution role": f"{iam}:role/scans-labeling-execution",
        "administrator": f"{iam}:role/platform-admin",
        "user": f"{iam}:user/somebody",
    }


def cases(form: Form) -> list[Case]:
    """Every case of a form."""
    return [*labeling_jobs(form), *flow_definitions(form), *other_calls(form)]


################################################################################
# Starting work
################################################################################

TYPES = {
    "private": "private-crowd",
    "public": "public-crowd",
    "vendor": "vendor-crowd",
    "no": None,
    "capital": "PRIVATE-CROWD",
    "mixed-case": "Private-Crowd",
    "wildcard": "private*",
    "any": "*",
    "empty": "",
    "spaced": " private-crowd",
    "unknown": "internal-crowd",
    "two": "public-crowd,private-crowd",
}


def teams(form: Form) -> dict[str, tuple[str | None, bool]]:
    """Workteam ARNs of every sort, and whether work may be given to them."""
    own, any_own = form.team(), not form.listed
    elsewhere = "eu-west-1"
    return {
        "own": (own, True),
        "second own": (form.team("seniors"), True),
        "own but not listed": (form.team("visitors"), any_own),
        "own in another Region": (form.team(region=elsewhere), any_own and not form.regions),
        "no": (None, False),
        "empty": ("", False),
        "public": (form.team("default", PUBLIC_ACCOUNT, crowd="public-crowd"), False),
        "public under our account": (form.team("default", crowd="public-crowd"), False),
        "public called readers": (form.team(account=PUBLIC_ACCOUNT, crowd="public-crowd"), False),
        "vendor's": (form.team("acme", STRANGER, crowd="vendor-crowd"), False),
        "vendor's under our account": (form.team("acme", crowd="vendor-crowd"), False),
        "another account's private": (form.team(account=STRANGER), False),
        "without account": (form.team(account=""), False),
        "any account's": (form.team(account="*"), False),
        "another partition's": (own.replace(f"arn:{form.partition}:", "arn:aws-cn:"), False),
        "another service's": (own.replace(":sagemaker:", ":groundtruthlabeling:"), False),
        "in capitals": (own.upper(), False),
        "Crowd in capitals": (own.replace("private-crowd", "Private-Crowd"), False),
        "without crowd": (own.replace("private-crowd/", ""), False),
        "crowd with suffix": (own.replace("private-crowd/", "private-crowd-2/"), False),
        "wildcard name": (form.team("*"), False),
        "any Region's": (form.team(region="*"), False),
        "wildcard ending": (form.team("read*"), False),
        "question mark": (form.team("reader?"), False),
        "everything": ("*", False),
        "bare name": ("readers", False),
        "resource part only": ("workteam/private-crowd/readers", False),
        "path out of the crowd": (form.team("../public-crowd/default"), False),
        "other ARN inside the Region": (
            own.replace(f":{form.region}:", f":{form.region}:{PUBLIC_ACCOUNT}:workteam/public-crowd/default:"),
            False,
        ),
        "own ARN behind a public one": (
            f"arn:{form.partition}:sagemaker:{form.region}:{PUBLIC_ACCOUNT}:workteam/public-crowd/{own}",
            False,
        ),
        "public ARN behind our own": (f"{own}:{form.team('default', PUBLIC_ACCOUNT, crowd='public-crowd')}", False),
        "with an appendix": (f"{own}:2", False),
        "two ARNs": (f"{own}/{form.team('default', PUBLIC_ACCOUNT, crowd='public-crowd')}", False),
        "leading space": (f" {own}", False),
    }


def keys(form: Form, right: list[str]) -> dict[str, tuple[str | None, bool]]:
    """Values of a condition key for an encryption key, and whether they are right."""
    own = right[0]
    alias = own.rpartition("/")[0].replace(":key", ":alias/labels")
    return {
        "no": (None, False),
        "own": (own, True),
        **({"second own": (right[1], True)} if len(right) > 1 else {}),
        "other": (form.key(9), False),
        "another account's": (own.replace(ACCOUNT, STRANGER), False),
        "another Region's": (own.replace(f":{form.region}:", ":eu-west-1:"), False),
        "another partition's": (own.replace(f"arn:{form.partition}:", "arn:aws-cn:"), False),
        "AWS-managed": (alias.replace("alias/labels", "alias/aws/s3"), False),
        "alias ARN": (alias, False),
        "alias": ("alias/labels", False),
        "bare id": (own.rpartition("/")[2], False),
        "wildcard": (own.rpartition("/")[0] + "/*", False),
        "everything": ("*", False),
        "capitals": (own.upper(), False),
        "longer": (own + "0", False),
        "shorter": (own[:-1], False),
        "empty": ("", False),
    }


def output_is_right(new: tuple[str | None, bool], old: tuple[str | None, bool]) -> bool:
    """The new condition key decides, in its absence the old; beside a right new one the old may name no other key."""
    if new[0] is None:
        return old[1]
    return new[1] and (old[0] is None or old[1] or not (old[0].startswith("arn:") and ":key/" in old[0]))


def volume_is_right(new: tuple[str | None, bool], old: tuple[str | None, bool]) -> bool:
    """A job need not name a key for volumes, but what it names must be right."""
    return all(value is None or right for value, right in (new, old))


def labeling_jobs(form: Form) -> Iterator[Case]:
    """Workteam type x ARN x principal, output key of both generations, volume key of both generations, Region."""
    outputs, volumes = keys(form, form.output_keys), keys(form, form.volume_keys)
    good_team, good_key, none = form.team(), (form.output_keys[0], True), (None, False)
    who, public = principals(form), form.team("default", PUBLIC_ACCOUNT, crowd="public-crowd")

    def job(name: str, good: bool, region: str = "", principal: str = "launcher", **values: str | None) -> Case:
        named = {
            "sagemaker:WorkteamType": values.get("crowd", "private-crowd"),
            "sagemaker:WorkteamArn": values.get("team", good_team),
            "sagemaker:OutputKmsKeyArn": values.get("output", good_key[0]),
            "sagemaker:OutputKmsKey": values.get("old_output"),
            "sagemaker:VolumeKmsKeyArn": values.get("volume"),
            "sagemaker:VolumeKmsKey": values.get("old_volume"),
        }
        return Case(
            name=f"labeling job, {name}, by {principal}",
            action="sagemaker:CreateLabelingJob",
            resource=f"arn:{form.partition}:sagemaker:{region or form.region}:{ACCOUNT}:labeling-job/ct-1",
            context=context(form, who[principal], named, region),
            principal=who[principal],
            refused=not good,
        )

    telling = ("own", "public", "vendor's", "another account's private", "no")
    for (crowd, type_), (team, (arn, own)) in product(TYPES.items(), teams(form).items()):
        if team in telling or crowd in ("private", "no"):
            yield job(f"{crowd} type, {team} workteam", type_ == "private-crowd" and own, crowd=type_, team=arn)
    for principal, crowd in product(who, ("private", "public", "no")):
        good = crowd == "private"
        yield job(f"{crowd} type", good, principal=principal, crowd=TYPES[crowd])
        yield job(f"{crowd} type, public workteam", False, principal=principal, crowd=TYPES[crowd], team=public)
    for (new, first), (old, second) in product(outputs.items(), outputs.items()):
        good = output_is_right(first, second)
        yield job(f"{new} output key, {old} key by the old name", good, output=first[0], old_output=second[0])
    for (new, first), (old, second) in product(volumes.items(), volumes.items()):
        if "no" not in (new, old) and "own" not in (new, old):
            continue
        good = volume_is_right(first, second)
        yield job(f"{new} volume key, {old} key by the old name", good, volume=first[0], old_volume=second[0])
    for type_, old_key in product(("public-crowd", None), (form.output_keys[0], form.key(9))):
        yield job(f"{type_} type, {old_key} by the old name only", False, crowd=type_, output=None, old_output=old_key)
    yield job("right but for its Region", not form.regions, region="ap-south-1")
    yield job("nothing named", False, crowd=None, team=None, output=none[0])
    spelled = job("action in lower case", False, crowd="public-crowd")
    yield Case(**{**spelled.__dict__, "action": "sagemaker:createlabelingjob"})


def flow_definitions(form: Form) -> Iterator[Case]:
    """Amazon A2I: the same workteams; no condition key tells the encryption key."""
    who = principals(form)["launcher"]
    by_type = [(crowd, type_, *teams(form)["own"]) for crowd, type_ in TYPES.items()]
    by_team = [(f"private, {team}", "private-crowd", arn, own) for team, (arn, own) in teams(form).items()]
    for name, type_, arn, own in (*by_type, *by_team):
        named = {"sagemaker:WorkteamType": type_, "sagemaker:WorkteamArn": arn}
        yield Case(
            name=f"flow definition, {name}",
            action="sagemaker:CreateFlowDefinition",
            resource=f"arn:{form.partition}:sagemaker:{form.region}:{ACCOUNT}:flow-definition/review",
            context=context(form, who, named),
            principal=who,
            refused=not (type_ == "private-crowd" and own and form.flow_definitions),
        )
    elsewhere = "eu-west-1"
    yield Case(
        name="flow definition, another Region",
        action="sagemaker:CreateFlowDefinition",
        resource=f"arn:{form.partition}:sagemaker:{elsewhere}:{ACCOUNT}:flow-definition/review",
        context=context(
            form, who, {"sagemaker:WorkteamType": "private-crowd", "sagemaker:WorkteamArn": form.team()}, elsewhere
        ),
        principal=who,
        refused=bool(form.regions) or not form.flow_definitions,
    )
    yield Case(
        name="start work by an existing flow definition",
        action="sagemaker:StartHumanLoop",
        resource=f"arn:{form.partition}:sagemaker:{form.region}:{ACCOUNT}:flow-definition/review",
        context=context(form, who, {}),
        principal=who,
        refused=not form.flow_definitions,
        # No labeling role starts reviews: the boundary allows them in no form.
        kinds=("policy", "scp") if form.flow_definitions else KINDS,
        beyond_boundary=form.flow_definitions,
    )


def context(form: Form, principal: str, named: dict[str, str | None], region: str = "") -> dict[str, Any]:
    """What the service and IAM put into a request; absent values leave their keys out."""
    standing = {
        "aws:PrincipalArn": principal,
        "aws:PrincipalAccount": ACCOUNT,
        "aws:RequestedRegion": region or form.region,
    }
    return standing | {key: value for key, value in named.items() if value is not None}


################################################################################
# Everything else
################################################################################

OTHER_CROWDS = (
    "groundtruthlabeling:AssociatePatchToManifestJob",
    "groundtruthlabeling:CreateBatch",
    "groundtruthlabeling:CreateIntakeForm",
    "groundtruthlabeling:CreateProject",
    "groundtruthlabeling:CreateWorkflowDefinition",
    "groundtruthlabeling:RunGenerateManifestByCrawlingJob",
    "groundtruthlabeling:UpdateBatch",
    "mechanicalturk:CreateHIT",
    "mechanicalturk:CreateHITWithHITType",
)
SUBSCRIPTIONS = (
    "aws-marketplace:AcceptAgreementRequest",
    "aws-marketplace:CreateAgreementRequest",
    "aws-marketplace:Subscribe",
)
POLICY_CHANGES = (
    "iam:CreatePolicyVersion",
    "iam:DeletePolicy",
    "iam:DeletePolicyVersion",
    "iam:SetDefaultPolicyVersion",
)
IDENTITY_DOCUMENTS = ("boundary", "policy")


def other_calls(form: Form) -> Iterator[Case]:
    """Other crowds, vendors, the guardrail itself, ways around it, and what must go on working."""
    iam = f"arn:{form.partition}:iam::{ACCOUNT}"
    guardrail, boundary = f"{iam}:policy/scans-labeling-guardrail", f"{iam}:policy/scans-labeling-guardrail-boundary"
    roles = {name: f"{iam}:role/scans-labeling-{name}" for name in ("execution", "launcher", "auditor")}
    who = principals(form)
    subjects = {"launcher": who["launcher"], "administrator": who["administrator"]}

    def call(
        name: str,
        action: str,
        resource: str = "*",
        refused: bool = True,
        kinds: tuple[str, ...] = KINDS,
        beyond_boundary: bool = False,
        **named: str | None,
    ) -> Iterator[Case]:
        # Roles that are exempt are so in the service control policy only.
        for who_, principal in subjects.items():
            asked = context(form, principal, {key.replace("__", ":"): value for key, value in named.items()})
            label = f"{action}, {name}, by {who_}"
            freed = refused and form.exempt and who_ == "administrator" and not action.startswith(_NEVER_EXEMPT)
            rest = tuple(kind for kind in kinds if kind != "scp") if freed else kinds
            if rest:
                yield Case(label, action, resource, asked, principal, refused, rest, beyond_boundary)
            if freed and "scp" in kinds:
                yield Case(f"{label}, exempt", action, resource, asked, principal, False, ("scp",))

    for action in (*OTHER_CROWDS, *SUBSCRIPTIONS):
        yield from call("anywhere", action)
    for action, (name, policy) in product(POLICY_CHANGES, {"guardrail": guardrail, "boundary": boundary}.items()):
        yield from call(f"of the {name}", action, policy)
        yield from call("of another policy", action, f"{iam}:policy/other", False, ("policy", "scp"), True)

    others = {**roles, "other": f"{iam}:role/other"}
    for sort, (name, role) in product(("Role", "User"), others.items()):
        target = role if sort == "Role" else role.replace(":role/", ":user/")
        kinds = KINDS if name != "other" else IDENTITY_DOCUMENTS
        for current in (boundary, None):
            removed = f"iam:Delete{sort}PermissionsBoundary"
            yield from call(f"{name}, {current}", removed, target, kinds=kinds, iam__PermissionsBoundary=current)
        replaced = f"iam:Put{sort}PermissionsBoundary"
        for new in (boundary, f"{iam}:policy/weaker"):
            yield from call(f"{name}, {new}", replaced, target, kinds=kinds, iam__PermissionsBoundary=new)
    for sort in ("Role", "User", "Group"):
        target = f"{iam}:{sort.lower()}/scans-labeling-launcher"
        yield from call("the guardrail", f"iam:Detach{sort}Policy", target, iam__PolicyARN=guardrail)
        other = f"{iam}:policy/other"
        yield from call(
            "another", f"iam:Detach{sort}Policy", target, False, ("policy", "scp"), True, iam__PolicyARN=other
        )

    role, user = f"{iam}:role/new", f"{iam}:user/new"
    escapes = {
        "iam:CreateRole": role,
        "iam:CreateUser": user,
        "iam:AttachRolePolicy": role,
        "iam:AttachUserPolicy": user,
        "iam:PutRolePolicy": role,
        "iam:PutUserPolicy": user,
        "iam:UpdateAssumeRolePolicy": role,
    }
    for action, target in escapes.items():
        for bound in (None, f"{iam}:policy/weaker", boundary.upper()):
            yield from call(
                f"bound by {bound}", action, target, kinds=IDENTITY_DOCUMENTS, iam__PermissionsBoundary=bound
            )
        # In the service control policy new principals need no boundary: it binds them itself.
        yield from call("unbound", action, target, refused=False, kinds=("scp",))
        yield from call("bound", action, target, False, ("policy",), True, iam__PermissionsBoundary=boundary)

    sagemaker = f"arn:{form.partition}:sagemaker:{form.region}:{ACCOUNT}"
    yield from call("own", "sagemaker:DescribeLabelingJob", f"{sagemaker}:labeling-job/ct-1", refused=False)
    yield from call("own", "sagemaker:StopLabelingJob", f"{sagemaker}:labeling-job/ct-1", refused=False)
    yield from call("all", "sagemaker:ListWorkteams", refused=False)
    yield from call("image", "s3:GetObject", f"arn:{form.partition}:s3:::scans/ct/1.png", refused=False)
    service = "sagemaker.amazonaws.com"
    yield from call("to it", "iam:PassRole", roles["execution"], refused=False, iam__PassedToService=service)


_NEVER_EXEMPT = ("groundtruthlabeling:", "mechanicalturk:", "sagemaker:")
