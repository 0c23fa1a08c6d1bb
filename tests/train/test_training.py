"""Training jobs: rendered the same each time, refused without protection, launched exactly once."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml

from gtctl import service_model
from gtctl.audit.settings import Settings
from gtctl.cli import run
from gtctl.errors import BadInput, Refused
from gtctl.train.launch import launch
from gtctl.train.render import render, require_launchable
from gtctl.train.spec import load

EXAMPLE = Path(__file__).parents[2] / "gtctl" / "train" / "examples" / "chest-ct.yaml"
KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
STACK = {"labels_bucket": "hospital-labels", "labels_kms_key_arn": KEY}


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRAINING_IMAGE", "111122223333.dkr.ecr.eu-west-1.amazonaws.com/detector:1")
    monkeypatch.setenv("TRAINING_ROLE_ARN", "arn:aws:iam::111122223333:role/training")
    monkeypatch.setenv("TRAINING_SUBNET", "subnet-0123456789abcdef0")
    monkeypatch.setenv("TRAINING_SECURITY_GROUP", "sg-0123456789abcdef0")


def spec(folder: Path, **changes: Any) -> Path:
    """The example with other values; None leaves a field out."""
    document = yaml.safe_load(EXAMPLE.read_text()) | changes
    file = folder / "training.yaml"
    file.write_text(yaml.safe_dump({name: value for name, value in document.items() if value is not None}))
    return file


def request(folder: Path, **changes: Any) -> dict[str, Any]:
    """The request of the example with other values."""
    return render(load(spec(folder, **changes), STACK))


def stack(folder: Path) -> str:
    """The outputs of the stack as a file."""
    file = folder / "stack.json"
    file.write_text(json.dumps(STACK))
    return str(file)


def test_the_example_is_a_valid_request_on_the_augmented_manifest(tmp_path: Path) -> None:
    made = request(tmp_path)
    assert service_model.problems("CreateTrainingJob", made) == []
    train, validation = made["InputDataConfig"]
    source = train["DataSource"]["S3DataSource"]
    assert source["S3DataType"] == "AugmentedManifestFile"
    assert source["AttributeNames"] == ["source-ref", "findings"]
    assert source["S3Uri"] == "s3://hospital-labels/training/chest-ct/train.manifest"
    assert (train["InputMode"], train["RecordWrapperType"], validation["ChannelName"]) == (
        "Pipe",
        "RecordIO",
        "validation",
    )
    assert made["StoppingCondition"] == {"MaxRuntimeInSeconds": 43_200}
    assert made["ResourceConfig"]["VolumeKmsKeyId"] == made["OutputDataConfig"]["KmsKeyId"] == KEY
    assert made == request(tmp_path)


@pytest.mark.parametrize(
    ("member", "rule"),
    [
        ("EnableNetworkIsolation", "GT617"),
        ("VpcConfig", "GT617"),
        ("EnableInterContainerTrafficEncryption", "GT618"),
        ("ResourceConfig.VolumeKmsKeyId", "GT220"),
        ("OutputDataConfig.KmsKeyId", "GT220"),
    ],
)
def test_the_rules_refuse_a_request_that_lacks_what_protects_the_images(
    tmp_path: Path, member: str, rule: str, capsys: pytest.CaptureFixture[str]
) -> None:
    made = request(tmp_path)
    require_launchable(made, "x", Settings())
    holder, _, name = member.rpartition(".")
    del (made[holder] if holder else made)[name]
    with pytest.raises(Refused, match=rule):
        require_launchable(made, "x", Settings())
    (tmp_path / "only").mkdir()
    (tmp_path / "only" / "training.json").write_text(json.dumps(made))
    assert run(["check", str(tmp_path / "only")]) == 1
    assert rule in capsys.readouterr().out


def test_a_key_of_aws_is_refused_and_a_wrong_request_is_told_by_its_member(tmp_path: Path) -> None:
    output = {"path": "s3://hospital-labels/models", "kms_key_arn": "alias/aws/s3"}
    with pytest.raises(Refused, match="GT220"):
        require_launchable(request(tmp_path, output=output), "x", Settings())
    with pytest.raises(BadInput, match="TrainingJobName: must match"):
        require_launchable(request(tmp_path, name="no spaces"), "x", Settings())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"image": None}, "image: is missing"),
        ({"network_isolation": "false"}, "network_isolation: is not a field here"),
        ({"time_limit": "soon"}, "time_limit: must be a duration"),
        ({"tags": {"gtctl:x": "y"}}, "not yours to set"),
        ({"image": "${stack.nothing}"}, "image: "),
    ],
)
def test_a_wrong_spec_is_told_in_a_line(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(BadInput, match=message) as caught:
        load(spec(tmp_path, **changes), STACK)
    assert "\n" not in str(caught.value)


def test_render_writes_the_request_and_nothing_that_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "out" / "training.json"
    arguments = ["--stack", stack(tmp_path), "--output", str(target)]
    output = {"path": "s3://hospital-labels/models", "kms_key_arn": "alias/aws/s3"}
    assert run(["train", "render", str(spec(tmp_path, output=output)), *arguments]) == 1
    assert not target.exists() and "refused: GT220" in capsys.readouterr().err
    assert run(["train", "render", str(EXAMPLE), *arguments]) == 0
    assert json.loads(target.read_text()) == request(tmp_path)


@pytest.fixture
def sagemaker(sandbox: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A client of the sandbox in a Region of this module."""
    monkeypatch.setenv("AWS_REGION", "eu-west-2")
    return boto3.client("sagemaker", region_name="eu-west-2")


def test_a_training_job_is_launched_once_and_another_of_its_name_refused(
    sagemaker: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(spec(tmp_path, name="once"))
    assert run(["train", "launch", file, "--stack", stack(tmp_path)]) == 0
    assert capsys.readouterr().out.startswith("launched once (")
    assert run(["train", "launch", file, "--stack", stack(tmp_path)]) == 0
    assert capsys.readouterr().out.startswith("already launched once (")
    job = sagemaker.describe_training_job(TrainingJobName="once")
    assert job["EnableNetworkIsolation"] and job["EnableInterContainerTrafficEncryption"]
    assert job["ResourceConfig"]["VolumeKmsKeyId"] == job["OutputDataConfig"]["KmsKeyId"] == KEY
    other = str(spec(tmp_path, name="once", hyperparameters={"epochs": "31"}))
    assert run(["train", "launch", other, "--stack", stack(tmp_path)]) == 1
    assert "launched from another spec" in capsys.readouterr().err
    assert len(sagemaker.list_training_jobs(NameContains="once")["TrainingJobSummaries"]) == 1


def test_a_job_that_somebody_else_created_is_left_alone(sagemaker: Any, tmp_path: Path) -> None:
    made = request(tmp_path, name="theirs")
    sagemaker.create_training_job(**made | {"Tags": []})
    with pytest.raises(Refused, match="not by gtctl"):
        launch(made)


def test_of_launchers_at_the_same_time_all_end_with_the_same_job(sagemaker: Any, tmp_path: Path) -> None:
    made = request(tmp_path, name="together")
    with ThreadPoolExecutor(4) as pool:
        launched = list(pool.map(lambda _: launch(made), range(4)))
    assert len({each.arn for each in launched}) == 1


def test_the_name_in_use_is_found_again_where_an_answer_got_lost(
    sagemaker: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from botocore.exceptions import ClientError

    from gtctl import aws

    made = request(tmp_path, name="lost")
    real: Any = aws.client("sagemaker")
    create = real.create_training_job

    def lose(**given: Any) -> Any:
        create(**given)
        raise ClientError({"Error": {"Code": "ResourceInUse", "Message": "in use"}}, "CreateTrainingJob")

    monkeypatch.setattr(real, "create_training_job", lose)
    monkeypatch.setattr(aws, "client", lambda *_: real)
    assert launch(made).already_there
