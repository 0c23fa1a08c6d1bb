"""Every check, in an account of the sandbox that is whole: one thing is broken, one check says so, with its command."""

from __future__ import annotations

import io
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from gtctl.audit.evidence.live.reading import Reader
from gtctl.audit.graph import Graph
from gtctl.audit.model import Verdict
from gtctl.audit.settings import Settings
from gtctl.jobs.dataset import read as read_dataset
from gtctl.jobs.preflight import Scene, run
from gtctl.jobs.preflight.model import Outcome
from gtctl.jobs.preflight.registry import checks
from gtctl.jobs.preflight.scene import read
from gtctl.jobs.render import render
from gtctl.jobs.spec import load
from tests.account import Account
from tests.faults import ACCESS_DENIED, Fault, Request, faulty
from tests.jobs.launching import launch, make_ready, spec_for
from tests.jobs.preflight import breaking as do
from tests.jobs.preflight.breaking import Break

_whole: dict[str, tuple[Account, dict[str, Any]]] = {}


@pytest.fixture
def whole(sandbox: Any, request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Account, dict[str, Any]]:
    """An account in which a job can be launched, made once; and the job's request."""
    if not _whole:
        account = make_ready(request.getfixturevalue("account"))
        rendered = render(load(spec_for(account, tmp_path, "chest")))
        _whole["it"] = account, rendered.request
    return _whole["it"]


def look(account: Account, request: dict[str, Any], *only: str) -> list[tuple[str, Outcome]]:
    """What the checks ``only`` (or all) say that is not PASS, by id."""
    scene = scene_of(account, request)
    found = [(check.id, outcome) for _, check, outcome in run(scene, only)]
    scene.reader.close()
    assert found or only == ("PF402",), "a check that says nothing proves nothing"
    return [(id_, outcome) for id_, outcome in found if outcome.verdict is not Verdict.PASS]


def scene_of(account: Account, request: dict[str, Any]) -> Scene:
    uri = request["InputConfig"]["DataSource"]["S3DataSource"]["ManifestS3Uri"]
    key = uri.partition(f"{account.bucket}/")[2]

    dataset = read_dataset(io.BytesIO(account.read(key)), uri)
    return read(request, dataset, Settings())


def test_nothing_is_said_of_an_account_that_is_whole(whole: tuple[Account, dict[str, Any]]) -> None:
    assert look(*whole) == []


FAIL, UNKNOWN = Verdict.FAIL, Verdict.UNKNOWN
BROKEN: list[tuple[Break, str, Verdict, str, str]] = [
    (do.no_cors, "PF203", FAIL, "no CORS rule lets a page GET", "aws s3api put-bucket-cors"),
    (do.cors_for_one_origin, "PF203", UNKNOWN, "name some origins only", "https://portal.example"),
    (
        do.image_gone,
        "PF204",
        FAIL,
        "1 of 2 images that were looked at (line 2): there is no such object",
        "aws s3 ls",
    ),
    (do.dicom_named_png, "PF204", FAIL, "the object is DICOM", "gtctl manifest validate"),
    (do.sixteen_bits, "PF204", FAIL, "with 16 bits", "gtctl scans prepare"),
    (do.line_that_names_a_patient, "PF201", FAIL, "line 3", "gtctl manifest validate"),
    (do.empty_manifest, "PF103", FAIL, "it names no image", "gtctl manifest validate"),
    (do.image_in_another_region, "PF202", FAIL, "reads and writes in its own Region only", "aws s3 sync"),
    (do.output_to_no_bucket, "PF202", FAIL, "there is no such bucket", "aws s3api head-bucket"),
    (
        do.rights_on_sagemaker_buckets_only,
        "PF302",
        FAIL,
        "the role may not s3:GetObject",
        "aws iam attach-role-policy",
    ),
    (
        do.rights_from_one_address,
        "PF302",
        UNKNOWN,
        "hangs on aws:sourceip",
        "aws iam list-attached-role-policies",
    ),
    (do.read_only, "PF303", FAIL, "the role may not s3:PutObject", "aws iam create-policy"),
    (do.only_another_key, "PF303", FAIL, "statement S0 denies it", "aws s3api get-bucket-policy"),
    (do.no_rights_on_the_key, "PF304", FAIL, "the role may not kms:GenerateDataKey", "aws kms put-key-policy"),
    (do.no_rights_on_the_key, "PF305", FAIL, "the role may not kms:Decrypt", "aws kms get-key-policy"),
    (do.no_log, "PF306", FAIL, "the role may not logs:CreateLogStream", "aws iam create-policy"),
    (
        do.trust_in_lambda,
        "PF301",
        FAIL,
        "sagemaker.amazonaws.com may not assume it",
        "update-assume-role-policy",
    ),
    (do.another_role, "PF301", FAIL, "there is no such role", "aws iam get-role"),
    (do.key_disabled, "PF307", FAIL, "it is disabled", "aws kms enable-key"),
    (do.key_gone_soon, "PF307", FAIL, "it is pending deletion", "aws kms cancel-key-deletion"),
    (
        do.only_by_our_endpoint,
        "PF602",
        FAIL,
        "by which Ground Truth comes, is not among them",
        "get-bucket-policy",
    ),
    (do.by_endpoints_with_workers_outside, "PF602", FAIL, "workers would see no image", "update-workforce"),
    (do.images_from_other_addresses, "PF602", FAIL, "refuses 198.51.100.0/24", "get-bucket-policy"),
    (
        do.portal_for_private_addresses,
        "PF601",
        FAIL,
        "workers see a blank page",
        "aws sagemaker update-workforce",
    ),
    (
        do.bound_to_a_vpc_that_is_not,
        "PF601",
        UNKNOWN,
        "the workforce is in none",
        "aws sagemaker update-workteam",
    ),
    (do.no_such_team, "PF401", FAIL, "has no such workteam", "aws sagemaker list-workteams"),
    (do.nobody, "PF403", FAIL, "nobody is in its groups", "aws cognito-idp admin-create-user"),
    (do.nobody_signed_in, "PF403", FAIL, "none of its 1 members has signed in yet", "list-users-in-group"),
    (
        do.more_workers_than_members,
        "PF403",
        FAIL,
        "each image needs 5 workers, and it has 2",
        "admin-create-user",
    ),
    (do.no_group, "PF402", FAIL, "a group that is not in the user pool", "aws cognito-idp create-group"),
    (do.no_time, "PF404", FAIL, "each has 0 s for one", "gtctl manifest split"),
    (do.silent_topic, "PF405", FAIL, "workers hear of no work", "aws sns get-topic-attributes"),
    (do.no_domain, "PF502", FAIL, "it has no domain", "aws cognito-idp create-user-pool-domain"),
    (do.another_callback, "PF503", FAIL, "/oauth2/idpresponse (callback)", "update-user-pool-client"),
    (
        do.no_code_flow,
        "PF504",
        FAIL,
        "the flow code is not allowed; the scopes email",
        "update-user-pool-client",
    ),
    (do.capital_letters, "PF505", FAIL, "those of 1 members have capitals", "list-users-in-group"),
    (do.too_many_at_a_time, "PF103", UNKNOWN, "3,000 tasks at a time", "aws support create-case"),
]


@contextmanager
def broken(break_: Break, account: Account, request: dict[str, Any]) -> Iterator[None]:
    undo = break_(account, request)
    try:
        yield
    finally:
        undo()


@pytest.mark.parametrize(
    ("break_", "check", "verdict", "observed", "command"),
    BROKEN,
    ids=[f"{each[1]}-{each[0].__name__}" for each in BROKEN],
)
def test_what_is_broken_is_found_with_its_fix_and_command(
    whole: tuple[Account, dict[str, Any]], break_: Break, check: str, verdict: Verdict, observed: str, command: str
) -> None:
    with broken(break_, *whole):
        found = [outcome for id_, outcome in look(*whole, check) if id_ == check]
    assert any(outcome.verdict is verdict and observed in outcome.observed for outcome in found), found
    assert all(outcome.fix and outcome.command for outcome in found)
    assert any(command in outcome.command for outcome in found), found
    assert not any("Doe" in str(outcome) or "hospital" in str(outcome) for outcome in found)


def test_every_check_is_seen_to_fail(whole: tuple[Account, dict[str, Any]]) -> None:
    proven_elsewhere = {"PF101", "PF102", "PF501"}
    assert {check.id for group in checks().values() for check in group} - proven_elsewhere == {
        each[1] for each in BROKEN
    }


def test_the_printed_commands_mend_what_is_broken(whole: tuple[Account, dict[str, Any]]) -> None:
    """CORS, the client and the role's rights: those whose command needs nothing filled in."""
    account, request = whole
    aws = Path(sys.executable).with_name("aws")
    for break_, check in (
        (do.no_cors, "PF203"),
        (do.another_callback, "PF503"),
        (do.no_log, "PF306"),
    ):
        with broken(break_, account, request):
            for outcome in {outcome.command: outcome for _, outcome in look(account, request, check)}.values():
                for command in outcome.command.split(" && "):
                    words = [str(aws), "--region", account.region, *shlex.split(command)[1:]]
                    done = subprocess.run(words, check=False, capture_output=True, text=True, timeout=60)
                    assert done.returncode == 0, done.stderr
            assert look(account, request, check) == []


def test_a_name_in_use_is_found_whatever_its_case(whole: tuple[Account, dict[str, Any]], tmp_path: Path) -> None:
    account, request = whole
    launch(render(load(spec_for(account, tmp_path, "taken"))))
    [(_, outcome)] = look(account, request | {"LabelingJobName": "TAKEN"}, "PF102")
    assert "a job taken exists" in outcome.observed
    assert outcome.command == f"gtctl job status taken --region {account.region}"


def test_an_account_that_shows_no_sign_of_having_used_the_service_is_unknown(
    whole: tuple[Account, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = scene_of(*whole)
    scene.graph = Graph([], complete=True)
    monkeypatch.setattr(scene.reader, "call", lambda *_, **__: {"LabelingJobSummaryList": []})
    [(_, check, outcome)] = run(scene, ["PF101"])
    scene.reader.close()
    assert (check.severity, outcome.verdict) == ("medium", Verdict.UNKNOWN)
    assert "takes no new customers" in outcome.observed
    assert outcome.command == "gtctl doctor --live"


def test_a_workforce_that_is_not_active_is_found(whole: tuple[Account, dict[str, Any]]) -> None:
    scene = scene_of(*whole)
    workforce = scene.workforce()
    assert workforce is not None
    workforce.attributes["status"] = "Failed"  # type: ignore[index]
    [(_, _, outcome)] = run(scene, ["PF501"])
    scene.reader.close()
    assert (outcome.verdict, outcome.observed) == (Verdict.FAIL, "its status is Failed")


def test_what_may_not_be_read_is_unknown_with_the_right_that_is_missing(
    whole: tuple[Account, dict[str, Any]], sandbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything but S3's objects is refused, which is all that whoever prepares images may do."""
    objects = re.compile(r"/[^/?]+/[^?]+")

    def refuse(request: Request) -> Fault | None:
        is_object = request.method in ("GET", "HEAD") and objects.match(request.path)
        if is_object or request.path.startswith("/?Action=GetCallerIdentity"):
            return None
        return Fault(400, "AccessDeniedException") if request.operation else ACCESS_DENIED

    account, request = whole
    key = "chest.manifest"
    dataset = read_dataset(io.BytesIO(account.read(key)), f"s3://{account.bucket}/{key}")
    identity = account.client("sts").get_caller_identity()
    monkeypatch.setattr(Reader, "_identity", lambda self, regions: (regions[0], identity))
    with faulty(sandbox.endpoint, refuse) as endpoint, monkeypatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", endpoint)
        scene = read(request, dataset, Settings())
        found = [(check.id, outcome) for _, check, outcome in run(scene)]
        scene.reader.close()
    assert not any(outcome.verdict is Verdict.FAIL for _, outcome in found), found
    unknown = {id_: outcome for id_, outcome in found if outcome.verdict is Verdict.UNKNOWN}
    assert unknown.keys() >= {"PF101", "PF102", "PF202", "PF203", "PF301", "PF302", "PF304", "PF401", "PF403", "PF602"}
    for id_, right in {
        "PF102": "sagemaker:ListLabelingJobs",
        "PF202": "s3:ListBucket",
        "PF203": "s3:GetBucketCORS",
        "PF301": "iam:GetRole",
        "PF302": "s3:GetBucketPolicy",
        "PF304": "kms:DescribeKey",
        "PF401": "sagemaker:ListWorkteams",
    }.items():
        assert f"it needs {right} on " in unknown[id_].observed
        assert unknown[id_].command == "gtctl job check --print-policy"
