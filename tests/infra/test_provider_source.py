from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from gtctl.assets import asset_root
from gtctl.errors import EnvironmentFailed
from gtctl.infra import provider_source
from gtctl.infra.provider_source import ProviderSource, choose, environment
from gtctl.infra.toolchain import Terraform

TERRAFORM = Terraform(Path("terraform"), "terraform", (1, 11, 0))
TOFU = Terraform(Path("tofu"), "tofu", (1, 10, 0))
PLATFORM = "linux_amd64"
CLI_CONFIG = 'provider_installation {\n  filesystem_mirror {\n    path = "/somewhere"\n  }\n}\n'


@pytest.fixture(autouse=True)
def _empty_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    if "mirror" in request.fixturenames:
        return
    monkeypatch.setattr(provider_source, "SYSTEM_PREFIXES", (str(tmp_path / "opt"),))
    monkeypatch.setattr(provider_source, "_platform", lambda: PLATFORM)
    monkeypatch.setenv("XDG_DATA_DIRS", str(tmp_path / "share"))


def unpacked(
    mirror: Path, version: str = "5.100.0", platform: str = PLATFORM, host: str = "registry.terraform.io"
) -> Path:
    folder = mirror / host / "hashicorp" / "aws" / version / platform
    folder.mkdir(parents=True)
    (folder / f"terraform-provider-aws_v{version}_x5").touch(mode=0o755)
    return mirror


def packed(mirror: Path, version: str = "5.100.0", platform: str = PLATFORM) -> Path:
    folder = mirror / "registry.terraform.io" / "hashicorp" / "aws"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"terraform-provider-aws_{version}_{platform}.zip").touch()
    return mirror


def test_without_anything_the_public_registry_serves_with_a_cache() -> None:
    source = choose(TERRAFORM)
    assert (source.kind, str(source)) == ("registry", "public registry")
    assert Path(environment(source, TERRAFORM, Path("unused"))["TF_PLUGIN_CACHE_DIR"]).is_dir()


def test_the_users_own_plugin_cache_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_PLUGIN_CACHE_DIR", str(tmp_path))
    assert "TF_PLUGIN_CACHE_DIR" not in environment(choose(TERRAFORM), TERRAFORM, tmp_path)


def test_a_cli_configuration_that_exists_is_named_by_its_absolute_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.tfrc").write_text("")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", "mine.tfrc")
    source = choose(TERRAFORM)
    assert source.kind == "cli-config"
    assert environment(source, TERRAFORM, tmp_path)["TF_CLI_CONFIG_FILE"] == str(tmp_path / "mine.tfrc")


def test_a_cli_configuration_that_does_not_exist_is_overridden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(tmp_path / "gone.tfrc"))
    assert environment(choose(TERRAFORM), TERRAFORM, tmp_path)["TF_CLI_CONFIG_FILE"] == ""
    unpacked(tmp_path / "opt" / "mirror")
    written = Path(environment(choose(TERRAFORM), TERRAFORM, tmp_path)["TF_CLI_CONFIG_FILE"])
    assert str(tmp_path / "opt" / "mirror") in written.read_text()


@pytest.mark.parametrize("name", [".terraformrc", ".terraform.d/own.tfrc"])
def test_the_home_folders_configuration_serves_when_it_says_how_to_install(tmp_path: Path, name: str) -> None:
    file = tmp_path / "home" / name
    file.parent.mkdir(exist_ok=True)
    unpacked(tmp_path / "opt" / "mirror")
    file.write_text("disable_checkpoint = true\n# provider_installation {}\n")
    assert choose(TERRAFORM).kind == "mirror"
    file.write_text(CLI_CONFIG)
    source = choose(TERRAFORM)
    assert (source.kind, source.path) == ("cli-config", file)
    # Terraform reads it by itself.
    assert environment(source, TERRAFORM, tmp_path)["TF_CLI_CONFIG_FILE"] == ""


def test_opentofus_configuration_is_read_for_opentofu_only(tmp_path: Path) -> None:
    (tmp_path / "home" / ".tofurc").write_text(CLI_CONFIG)
    assert choose(TOFU).kind == "cli-config"
    assert choose(TERRAFORM).kind == "registry"


@pytest.mark.parametrize("make", [unpacked, packed])
@pytest.mark.parametrize(
    "place",
    [
        "home/.terraform.d/plugins",
        "home/.local/share/terraform/plugins",
        "share/terraform/plugins",
        "opt/a",
        "opt/a/b/c",
    ],
)
def test_a_mirror_is_found_in_either_layout(tmp_path: Path, place: str, make: object) -> None:
    make(tmp_path / place)  # type: ignore[operator]
    source = choose(TERRAFORM)
    assert (source.kind, source.path) == ("mirror", tmp_path / place)


@pytest.mark.parametrize("place", ["opt/a/b/c/d", "opt/.hidden", "elsewhere"])
def test_the_search_stays_within_its_bounds(tmp_path: Path, place: str) -> None:
    unpacked(tmp_path / place)
    assert choose(TERRAFORM).kind == "registry"


def test_the_search_does_not_follow_symbolic_links(tmp_path: Path) -> None:
    unpacked(tmp_path / "elsewhere" / "mirror")
    (tmp_path / "opt").mkdir()
    (tmp_path / "opt" / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "opt" / "loop").symlink_to(tmp_path / "opt")
    assert choose(TERRAFORM).kind == "registry"


@pytest.mark.parametrize(
    ("version", "suits"),
    [("5.99.9", False), ("5.100.0", True), ("6.55.0", True), ("7.0.0", False), ("6.0.0-beta1", False), ("x", False)],
)
@pytest.mark.parametrize("make", [unpacked, packed])
def test_a_mirror_serves_only_with_a_version_the_stack_takes(
    tmp_path: Path, version: str, suits: bool, make: object
) -> None:
    make(tmp_path / "opt" / "mirror", version)  # type: ignore[operator]
    assert (choose(TERRAFORM).kind == "mirror") is suits


def test_a_mirror_for_another_platform_does_not_serve(tmp_path: Path) -> None:
    unpacked(tmp_path / "opt" / "a", platform="darwin_arm64")
    packed(tmp_path / "opt" / "b", platform="windows_386")
    assert choose(TERRAFORM).kind == "registry"


def test_the_next_mirror_is_tried_when_the_first_has_only_old_versions(tmp_path: Path) -> None:
    unpacked(tmp_path / "opt" / "a", "4.0.0")
    unpacked(tmp_path / "opt" / "b" / "c", "6.1.0")
    assert choose(TERRAFORM).path == tmp_path / "opt" / "b" / "c"


def test_a_found_mirror_that_anybody_may_write_to_is_not_trusted(tmp_path: Path) -> None:
    mirror = unpacked(tmp_path / "opt" / "mirror")
    mirror.chmod(0o777)
    assert choose(TERRAFORM).kind == "registry"
    mirror.chmod(0o755)
    assert choose(TERRAFORM).kind == "mirror"


def test_a_named_mirror_goes_before_those_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unpacked(tmp_path / "opt" / "mirror")
    named = packed(tmp_path / "named", "6.2.0")
    monkeypatch.setenv("GTCTL_PROVIDER_MIRROR", str(named))
    source = choose(TERRAFORM)
    assert (source.path, str(source)) == (named, f"mirror {named} (version 6.2.0)")


def test_a_named_mirror_without_the_provider_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unpacked(tmp_path / "opt" / "mirror")
    monkeypatch.setenv("GTCTL_PROVIDER_MIRROR", str(tmp_path / "nothing"))
    with pytest.raises(EnvironmentFailed, match=r"GTCTL_PROVIDER_MIRROR=\S+ holds no .*hashicorp/aws"):
        choose(TERRAFORM)


def test_opentofu_sees_a_terraform_mirror_under_its_own_registry(tmp_path: Path) -> None:
    unpacked(tmp_path / "opt" / "mirror", "5.100.0")
    packed(tmp_path / "opt" / "mirror", "6.1.0")
    config = Path(environment(choose(TOFU), TOFU, tmp_path / "work")["TF_CLI_CONFIG_FILE"]).read_text()
    view = tmp_path / "work" / "mirror" / "registry.opentofu.org" / "hashicorp" / "aws"
    assert f'path    = "{tmp_path / "work" / "mirror"}"' in config
    assert (view / "5.100.0" / PLATFORM / "terraform-provider-aws_v5.100.0_x5").is_file()
    assert (view / f"terraform-provider-aws_6.1.0_{PLATFORM}.zip").is_file()


def test_the_search_gives_up_after_a_number_of_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(20):
        (tmp_path / "opt" / f"a{number}").mkdir(parents=True)
    unpacked(tmp_path / "opt" / "z" / "mirror")
    monkeypatch.setattr(provider_source, "_SEARCH_FOLDERS", 10)
    assert choose(TERRAFORM).kind == "registry"
    monkeypatch.setattr(provider_source, "_SEARCH_FOLDERS", 30)
    assert choose(TERRAFORM).kind == "mirror"


def init(terraform: Terraform, folder: Path, variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    (folder / "main.tf").write_text(
        "terraform {\n  required_providers {\n"
        f'    aws = {{ source = "hashicorp/aws", version = "{provider_source.CONSTRAINT}" }}\n'
        "  }\n}\n"
        'provider "aws" {\n  region = "us-east-1"\n}\n'
    )
    command = [str(terraform.path), "init", "-no-color"]
    return subprocess.run(command, cwd=folder, env=os.environ | variables, capture_output=True, text=True, check=False)


def test_terraform_initializes_from_the_mirror_that_was_found(
    terraform: Terraform, mirror: ProviderSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(tmp_path / "gone.tfrc"))
    done = init(terraform, tmp_path, environment(mirror, terraform, tmp_path))
    assert done.returncode == 0, done.stderr
    assert "does not exist" not in done.stderr


def test_terraform_takes_a_mirror_of_links_at_an_awkward_path(
    terraform: Terraform, mirror: ProviderSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    awkward = tmp_path / 'a "quoted" ${folder}'
    for version, package in mirror.packages:
        link = awkward / "registry.terraform.io" / "hashicorp" / "aws" / ".".join(map(str, version)) / package.name
        link.parent.mkdir(parents=True)
        link.symlink_to(package)
    monkeypatch.setenv("GTCTL_PROVIDER_MIRROR", str(awkward))
    done = init(terraform, tmp_path, environment(choose(terraform), terraform, tmp_path))
    assert done.returncode == 0, done.stderr


def test_the_constraint_is_that_of_the_terraform_code() -> None:
    code = (asset_root() / "terraform" / "versions.tf").read_text()
    found = re.search(r'source\s*=\s*"hashicorp/aws"\s*version\s*=\s*"([^"]+)"', code)
    assert found and found[1] == provider_source.CONSTRAINT
