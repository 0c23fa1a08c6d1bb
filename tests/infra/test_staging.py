from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gtctl.errors import EnvironmentFailed
from gtctl.infra.staging import stage, staged_code


def write(root: Path, files: dict[str, str]) -> Path:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
    return root


def files_in(folder: Path) -> dict[str, str]:
    found = {p.relative_to(folder).as_posix(): p.read_text() for p in folder.rglob("*") if p.is_file()}
    found.pop("staged.txt", None)
    return found


CODE = {"terraform/main.tf": "a", "terraform/environments/x.tfvars": "b", "modules/kms/main.tf": "c"}


def test_the_copy_holds_the_code_and_only_the_code(tmp_path: Path) -> None:
    noise = {
        "terraform/.terraform/providers/big": "",
        "terraform/.terraform.lock.hcl": "",
        "terraform/terraform.tfstate": "",
        "terraform/terraform.tfstate.backup": "",
        "modules/kms/tests/kms.tftest.hcl": "",
        "policies/rule.py": "",
    }
    stage(write(tmp_path / "source", CODE | noise), tmp_path / "copy")
    assert files_in(tmp_path / "copy") == CODE


def test_what_vanished_from_the_source_vanishes_from_the_copy_and_nothing_else(tmp_path: Path) -> None:
    source, copy = write(tmp_path / "source", CODE), tmp_path / "copy"
    stage(source, copy)
    of_terraform = {
        "terraform/terraform.tfstate": "state",
        "terraform/.terraform.lock.hcl": "lock",
        "terraform/.terraform/x": "data",
        "terraform/terraform.tfstate.d/other/terraform.tfstate": "workspace",
        "modules/mine.tf": "by hand",
    }
    write(copy, of_terraform)
    (source / "modules" / "kms" / "main.tf").unlink()
    write(source, {"modules/iam/main.tf": "new"})
    stage(source, copy)
    wanted = {"terraform/main.tf": "a", "terraform/environments/x.tfvars": "b", "modules/iam/main.tf": "new"}
    assert files_in(copy) == wanted | of_terraform


def test_unchanged_files_are_not_written_again(tmp_path: Path) -> None:
    source, copy = write(tmp_path / "source", CODE), tmp_path / "copy"
    stage(source, copy)
    before = {path: path.stat().st_mtime_ns for path in copy.rglob("*") if path.is_file()}
    stage(source, copy)
    assert {path: path.stat().st_mtime_ns for path in copy.rglob("*") if path.is_file()} == before


def test_a_changed_copy_is_made_right_again(tmp_path: Path) -> None:
    source, copy = write(tmp_path / "source", CODE), tmp_path / "copy"
    stage(source, copy)
    (copy / "terraform" / "main.tf").write_text("changed by hand")
    stage(source, copy)
    assert files_in(copy) == CODE


@pytest.mark.parametrize("at", ["unlink", "read_bytes"])
def test_a_staging_that_was_cut_short_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    source, copy = write(tmp_path / "source", CODE | {"terraform/old.tf": "old"}), tmp_path / "copy"
    stage(source, copy)
    (source / "terraform" / "old.tf").unlink()
    write(source, {"terraform/b.tf": "b", "terraform/z.tf": "z"})
    original = getattr(Path, at)

    def fail(path: Path, **options: Any) -> Any:
        if path.name in {"old.tf", "z.tf"}:
            raise KeyboardInterrupt
        return original(path, **options)

    with monkeypatch.context() as patch:
        patch.setattr(Path, at, fail)
        with pytest.raises(KeyboardInterrupt):
            stage(source, copy)
    assert set(files_in(copy)) != set(CODE)
    (source / "terraform" / "b.tf").unlink()
    (source / "terraform" / "z.tf").unlink()
    stage(source, copy)
    assert files_in(copy) == CODE


def test_a_source_without_code_is_refused(tmp_path: Path) -> None:
    (tmp_path / "terraform").mkdir()
    with pytest.raises(EnvironmentFailed, match="no Terraform code in"):
        stage(tmp_path, tmp_path / "copy")


def test_the_code_is_listed_in_a_fixed_order_without_variables_files(tmp_path: Path) -> None:
    stage(write(tmp_path / "source", CODE), tmp_path / "copy")
    assert list(staged_code(tmp_path / "copy")) == [("modules/kms/main.tf", b"c"), ("terraform/main.tf", b"a")]


_names = st.sampled_from([f"{top}/{name}.tf" for top in ("terraform", "modules/a", "modules/b/c") for name in "xyz"])
_trees = st.dictionaries(_names, st.sampled_from(["", "1", "two"]))


@settings(max_examples=20, deadline=None)
@given(st.lists(_trees, min_size=1, max_size=4))
def test_after_any_series_of_sources_the_copy_equals_the_last(trees: list[dict[str, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "copy")
        write(copy, {"terraform/terraform.tfstate": "state"})
        for number, tree in enumerate(trees):
            tree["terraform/main.tf"] = "always"
            stage(write(Path(folder, str(number)), tree), copy)
        assert files_in(copy) == trees[-1] | {"terraform/terraform.tfstate": "state"}
