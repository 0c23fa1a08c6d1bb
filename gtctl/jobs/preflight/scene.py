"""What the checks look at: the request of a job, its manifest, and of the account all that the job touches.

Everything is read once, several things at a time. What could not be read is an Unread resource in ``graph``, as in an
audit, so that whoever asks for it gets Undecided with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from gtctl.audit.evidence.live import cognito, kms, messages, s3, sagemaker
from gtctl.audit.evidence.live.reading import NotRead, Reader
from gtctl.audit.graph import Graph
from gtctl.audit.model import Location, Resource, Undecided
from gtctl.audit.settings import Settings
from gtctl.aws import parse_s3_uri
from gtctl.jobs.dataset import Dataset
from gtctl.jobs.findings import member
from gtctl.jobs.preflight.permissions import BUCKET_SETTINGS, CALLS
from gtctl.jobs.preflight.role import Role, read_role
from gtctl.jobs.rules import region_of

WORKTEAM, WORKFORCE = "aws_sagemaker_workteam", "aws_sagemaker_workforce"
BUCKET, KEY, TOPIC = "aws_s3_bucket", "aws_kms_key", "aws_sns_topic"
POOL, CLIENT, GROUP = "aws_cognito_user_pool", "aws_cognito_user_pool_client", "aws_cognito_user_group"
KEYS = (KEY, "aws_kms_replica_key", "aws_kms_external_key", "aws_kms_replica_external_key", "data.aws_kms_key")
WORKERS = 8


@dataclass(frozen=True, slots=True)
class Members:
    """How many people are in the groups of a workteam; nobody is named.

    confirmed: those who have signed in before. capitals: whose address has capital letters.
    """

    total: int
    confirmed: int
    capitals: int


@dataclass(slots=True)
class Scene:
    """A job before it is launched, or while it runs. ``dataset`` is None where nobody needs the manifest."""

    request: Mapping[str, Any]
    dataset: Dataset | None
    reader: Reader
    graph: Graph = field(default_factory=lambda: Graph([]))
    role: Role | None = None
    bucket_regions: dict[str, str | None] = field(default_factory=dict)
    """Bucket -> its Region, None where there is no such bucket; buckets that tell nothing are not in it."""
    unread: dict[str, str] = field(default_factory=dict)
    """Bucket or object -> why it could not be asked."""
    object_keys: dict[str, str] = field(default_factory=dict)
    """S3 URI -> ARN of its KMS key, "" for one without; of the manifest and an image of each bucket."""

    # The job

    @property
    def name(self) -> str:
        return str(self.request["LabelingJobName"])

    @property
    def workteam_arn(self) -> str:
        return str(member(self.request, "HumanTaskConfig.WorkteamArn"))

    @property
    def region(self) -> str:
        return region_of(self.workteam_arn) or ""

    @property
    def role_arn(self) -> str:
        return str(self.request["RoleArn"])

    @property
    def output_key(self) -> str:
        return str(member(self.request, "OutputConfig.KmsKeyId"))

    @property
    def output(self) -> str:
        return str(member(self.request, "OutputConfig.S3OutputPath"))

    @property
    def manifest(self) -> str:
        return str(member(self.request, "InputConfig.DataSource.S3DataSource.ManifestS3Uri"))

    @property
    def configuration(self) -> list[str]:
        """The S3 URIs of the job's own files."""
        found = [
            self.request.get("LabelCategoryConfigS3Uri"),
            member(self.request, "HumanTaskConfig.UiConfig.UiTemplateS3Uri"),
        ]
        return [uri for uri in found if isinstance(uri, str)]

    @property
    def image_buckets(self) -> Mapping[str, str]:
        """Bucket -> an image in it."""
        return self.dataset.buckets if self.dataset else {}

    @property
    def buckets(self) -> list[str]:
        """Every bucket that the job touches."""
        uris = [self.manifest, self.output, *self.configuration]
        return list(dict.fromkeys([*self.image_buckets, *(parse_s3_uri(uri).bucket for uri in uris)]))

    # What is there

    def workteam(self) -> Resource | None:
        return self.graph.target(self.workteam_arn, WORKTEAM)

    def workforce(self) -> Resource | None:
        team = self.workteam()
        return self.graph.target(team.get("workforce_name"), WORKFORCE) if team else None

    def groups(self) -> list[tuple[str, str, str]]:
        """User pool, client and group of each member definition of the workteam."""
        team = self.workteam()
        blocks = team.blocks("member_definition.cognito_member_definition") if team else []
        return [(each["user_pool"], each["client_id"], each["user_group"]) for each in blocks]

    def pool(self) -> Resource | None:
        """The user pool; None with an identity provider of the user's own."""
        return next((self.graph.target(pool, POOL) for pool, _, _ in self.groups()), None)

    def client(self) -> Resource | None:
        return next((self.graph.target(client, CLIENT) for _, client, _ in self.groups()), None)

    def members(self) -> Members:
        """Who is in the workteam's groups. Raises NotRead."""
        people: dict[str, Mapping[str, Any]] = {}
        for pool, _, group in self.groups():
            if self.graph.target(f"{pool}/{group}", GROUP) is None:
                continue
            on = f"arn:{self.reader.partition}:cognito-idp:{self.region}:{self.reader.account}:userpool/{pool}"
            pages = self.reader.pages(
                "cognito-idp:ListUsersInGroup", self.region, on=on, UserPoolId=pool, GroupName=group
            )
            people |= {each["Username"]: each for page in pages for each in page["Users"] if each.get("Enabled", True)}
        confirmed = [each for each in people.values() if each.get("UserStatus") in ("CONFIRMED", "EXTERNAL_PROVIDER")]
        return Members(len(people), len(confirmed), sum(map(_has_capitals, people.values())))

    def bucket_policy(self, bucket: str) -> Any:
        """The policy of a bucket, None without one. Raises Undecided."""
        found = self.graph.of_type("aws_s3_bucket_policy")
        return next((each.get("policy") for each in found if each.peek("bucket") == bucket), None)

    def key(self, arn: str) -> Resource | None:
        return self.graph.target(arn, *KEYS)

    def input_keys(self) -> dict[str, str]:
        """ARN of a key -> what it encrypts of the input."""
        return {key: uri for uri, key in reversed(self.object_keys.items()) if key}

    def topic_arns(self) -> list[str]:
        """The topics that the workteam and the job tell of."""
        team = None
        with suppress(Undecided):
            team = self.workteam()
        found = [
            team.get("notification_configuration.notification_topic_arn") if team else None,
            member(self.request, "OutputConfig.SnsTopicArn"),
        ]
        return [arn for arn in found if isinstance(arn, str) and arn]


def read(request: Mapping[str, Any], dataset: Dataset | None, settings: Settings) -> Scene:
    """Read what ``request`` touches. Raises EnvironmentFailed where the credentials tell no account, or end."""
    region = region_of(member(request, "HumanTaskConfig.WorkteamArn")) or ""
    reader = Reader((region,), WORKERS, CALLS)
    scene = Scene(request, dataset, reader)
    pool = ThreadPoolExecutor(4, "gtctl-preflight")
    try:
        parts = [pool.submit(each, scene) for each in (_people, _storage, _rights)]
        resources = [resource for part in parts for resource in part.result()]
    except BaseException:
        reader.close()
        raise
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    scene.graph = Graph([_caller(reader), *resources], settings, complete=True)
    return scene


def _people(scene: Scene) -> list[Resource]:
    """Workforce and workteams; the pool, the client and the groups of the job's team; and its topics."""
    reader, region = scene.reader, scene.region
    found = sagemaker.workteams(reader, region)
    scene.graph = Graph(found, complete=True)
    groups: Sequence[tuple[str, str, str]] = ()
    topics: Sequence[str] = ()
    with suppress(Undecided):
        groups, topics = scene.groups(), scene.topic_arns()
    for pool in dict.fromkeys(pool for pool, _, _ in groups):
        found.append(cognito.pool_of(reader, region, pool, ""))
    for pool, client in dict.fromkeys((pool, client) for pool, client, _ in groups):
        found.append(cognito.client_of(reader, region, {"UserPoolId": pool, "ClientId": client}))
    for pool, _, group in groups:
        found += _group(reader, region, pool, group)
    for topic in dict.fromkeys(topics):
        described = messages.topic_of(reader, region, topic)
        found += described
        key = described[0].peek("kms_master_key_id")
        if isinstance(key, str) and key.startswith("arn:"):
            found += kms.key_of(reader, region, key)
    return found


def _group(reader: Reader, region: str, pool: str, group: str) -> list[Resource]:
    on = f"arn:{reader.partition}:cognito-idp:{region}:{reader.account}:userpool/{pool}"
    known = {"id": f"{pool}/{group}", "name": group, "user_pool_id": pool}
    try:
        answer = reader.call(
            "cognito-idp:GetGroup", region, on=on, absent="ResourceNotFoundException", UserPoolId=pool, GroupName=group
        )
    except NotRead as reason:
        return [reader.unread(GROUP, f"{pool}/{group}", known, reason, on, region)]
    if not answer.get("Group"):
        return []
    return [cognito.group_of(reader, region, answer["Group"] | {"UserPoolId": pool}, ())]


def _storage(scene: Scene) -> list[Resource]:
    """The buckets, with where they lie; the keys of the output, of the buckets, and of what lies in them."""
    reader, region = scene.reader, scene.region
    for bucket in scene.buckets:
        try:
            answer = reader.call(
                "s3:HeadBucket", region, on=f"arn:{reader.partition}:s3:::{bucket}", absent="404", Bucket=bucket
            )
            scene.bucket_regions[bucket] = _region_in(answer) if answer else None
        except NotRead as reason:
            scene.unread[bucket] = str(reason)
    there = [bucket for bucket in scene.buckets if scene.bucket_regions.get(bucket, region) is not None]
    found = s3.named(reader, {bucket: scene.bucket_regions.get(bucket) or region for bucket in there}, BUCKET_SETTINGS)
    for uri in (scene.manifest, *scene.image_buckets.values()):
        _note_key(scene, uri)
    arns = [scene.output_key, *scene.object_keys.values(), *_default_keys(found)]
    for arn in dict.fromkeys(arn for arn in arns if arn.startswith("arn:")):
        found += kms.key_of(reader, region_of(arn) or region, arn, may_be_managed=False)
    return found


def _note_key(scene: Scene, uri: str) -> None:
    place = parse_s3_uri(uri)
    if scene.bucket_regions.get(place.bucket, "") is None:
        return
    on = f"arn:{scene.reader.partition}:s3:::{place.bucket}/{place.key}"
    try:
        answer = scene.reader.call(
            "s3:HeadObject", scene.region, on=on, absent="404", Bucket=place.bucket, Key=place.key
        )
    except NotRead as reason:
        scene.unread[uri] = str(reason)
        return
    if answer:
        scene.object_keys[uri] = answer.get("SSEKMSKeyId", "")


def _default_keys(resources: Sequence[Resource]) -> Iterator[str]:
    for each in resources:
        if each.type == "aws_s3_bucket_server_side_encryption_configuration":
            for key in each.all("rule.apply_server_side_encryption_by_default.kms_master_key_id"):
                if isinstance(key, str):
                    yield key


def _region_in(answer: Mapping[str, Any]) -> str:
    headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    return str(headers.get("x-amz-bucket-region") or answer.get("BucketRegion") or "")


def _rights(scene: Scene) -> list[Resource]:
    scene.role, found = read_role(scene.reader, scene.role_arn)
    return found


def _has_capitals(person: Mapping[str, Any]) -> bool:
    emails = [each["Value"] for each in person.get("Attributes", ()) if each["Name"] == "email"]
    return any(name != name.lower() for name in (person["Username"], *emails))


def _caller(reader: Reader) -> Resource:
    """What tells rules which account is our own."""
    attributes = {"account_id": reader.account, "id": reader.account, "arn": reader.principal}
    address = "data.aws_caller_identity.this"
    return Resource("data.aws_caller_identity", address, attributes, "live", Location(f"aws://{reader.account}"))
