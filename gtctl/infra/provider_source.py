"""Where Terraform gets its AWS provider from: the user's CLI configuration, a mirror on this machine, the registry.

The rules for CLI configuration files, implied mirror directories and mirror layouts are those of the Terraform
documentation, page "CLI Configuration File (.terraformrc or terraform.rc)", section "Provider Installation".
"""

from __future__ import annotations

import os
import platform
import re
import stat
import sys
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gtctl.errors import EnvironmentFailed
from gtctl.files import atomic_write, state_dir
from gtctl.infra.toolchain import Terraform, dotted

CONSTRAINT = ">= 5.100.0, < 7.0.0"
"""What the stack requires of the provider (a test compares it with the Terraform code)."""
_LOWEST, _BELOW = (5, 100, 0), (7, 0, 0)

TERRAFORM_REGISTRY = "registry.terraform.io"
OPENTOFU_REGISTRY = "registry.opentofu.org"

SYSTEM_PREFIXES = ("/opt", "/usr/local/share", "/usr/share", "/usr/local/lib", "/usr/lib", "/var/lib", "/srv")
_SEARCH_DEPTH = 3
_SEARCH_FOLDERS = 20_000

_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")
_PROVIDER_INSTALLATION = re.compile(r"^\s*provider_installation\b", re.MULTILINE)
_MACHINES = {"x86_64": "amd64", "aarch64": "arm64", "i386": "386", "i686": "386", "armv7l": "arm", "armv6l": "arm"}


@dataclass(frozen=True, slots=True)
class ProviderSource:
    """The choice. ``kind`` is "cli-config", "mirror" or "registry"; ``packages`` are a mirror's suitable versions.

    ``path`` is the CLI configuration file or the mirror. A file that Terraform reads by itself (``implicit``) is not
    named to it: it would then leave out the other files of the user's configuration folder.
    """

    kind: str
    path: Path | None = None
    packages: tuple[tuple[tuple[int, ...], Path], ...] = ()
    implicit: bool = False

    def __str__(self) -> str:
        if self.kind == "cli-config":
            return f"Terraform CLI configuration {self.path}"
        if self.kind == "mirror":
            return f"mirror {self.path} (version {', '.join(dotted(version) for version, _ in self.packages)})"
        return "public registry"


def choose(terraform: Terraform) -> ProviderSource:
    """Where the provider is to come from. Raises EnvironmentFailed when ``$GTCTL_PROVIDER_MIRROR`` holds none."""
    if found := _cli_config(terraform):
        return found
    if named := os.environ.get("GTCTL_PROVIDER_MIRROR"):
        mirror = Path(named).absolute()
        if packages := _packages(mirror, terraform):
            return ProviderSource("mirror", mirror, packages)
        raise EnvironmentFailed(
            f"GTCTL_PROVIDER_MIRROR={named} holds no {TERRAFORM_REGISTRY}/hashicorp/aws {CONSTRAINT} for "
            f"{_platform()}: correct it or unset it"
        )
    for mirror in (*_implied_mirrors(terraform), *_mirrors_below(SYSTEM_PREFIXES)):
        # What others could have put there is not run.
        if _only_ours(mirror) and (packages := _packages(mirror, terraform)):
            return ProviderSource("mirror", mirror, packages)
    return ProviderSource("registry")


def environment(source: ProviderSource, terraform: Terraform, work_dir: Path) -> dict[str, str]:
    """The variables Terraform is to be started with; for a mirror, writes a CLI configuration into ``work_dir``.

    An empty value counts as unset to Terraform: so do variables that name a file which does not exist.
    """
    variables = {
        "CHECKPOINT_DISABLE": "1",
        "TERRAFORM_CONFIG": "",
        "TF_CLI_CONFIG_FILE": "",
        "TF_DATA_DIR": ".terraform",
        "TF_IN_AUTOMATION": "1",
        "TF_INPUT": "0",
    }
    if source.kind == "cli-config" and not source.implicit:
        variables["TF_CLI_CONFIG_FILE"] = str(source.path)
    elif source.kind == "mirror":
        variables["TF_CLI_CONFIG_FILE"] = str(_write_cli_config(source, terraform, work_dir))
        variables["TF_PLUGIN_CACHE_DIR"] = ""
    elif source.kind == "registry" and not Path(os.environ.get("TF_PLUGIN_CACHE_DIR") or "/nonexistent").is_dir():
        cache = state_dir() / "infra" / "plugin-cache"
        cache.mkdir(parents=True, exist_ok=True)
        variables["TF_PLUGIN_CACHE_DIR"] = str(cache)
    return variables


def _cli_config(terraform: Terraform) -> ProviderSource | None:
    if named := os.environ.get("TF_CLI_CONFIG_FILE") or os.environ.get("TERRAFORM_CONFIG"):
        file = Path(named).absolute()
        if file.is_file():
            return ProviderSource("cli-config", file)
    home = Path.home()
    names = (".tofurc", ".terraformrc") if terraform.name == "tofu" else (".terraformrc",)
    for file in (*(home / name for name in names), *sorted((home / ".terraform.d").glob("*.tfrc"))):
        try:
            if _PROVIDER_INSTALLATION.search(file.read_text(encoding="utf-8", errors="replace")):
                return ProviderSource("cli-config", file, implicit=True)
        except OSError:
            continue
    return None


def _implied_mirrors(terraform: Terraform) -> Iterator[Path]:
    """The folders in which Terraform looks by itself when it has no explicit installation method."""
    home = Path.home()
    yield home / ".terraform.d" / "plugins"
    if sys.platform == "darwin":
        yield home / "Library" / "Application Support" / "io.terraform" / "plugins"
        yield Path("/Library/Application Support/io.terraform/plugins")
        return
    data_home = os.environ.get("XDG_DATA_HOME") or str(home / ".local" / "share")
    data_dirs = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    for folder in (data_home, *data_dirs.split(":")):
        for name in ("terraform", "opentofu") if terraform.name == "tofu" else ("terraform",):
            if folder:
                yield Path(folder) / name / "plugins"


def _mirrors_below(prefixes: tuple[str, ...]) -> Iterator[Path]:
    """Folders that hold a provider registry's folder, shallow ones first; symbolic links are not followed."""
    waiting = deque((prefix, 0) for prefix in prefixes)
    for _ in range(_SEARCH_FOLDERS):
        if not waiting:
            return
        folder, depth = waiting.popleft()
        try:
            with os.scandir(folder) as entries:
                inside = [e.name for e in entries if e.is_dir(follow_symlinks=False) and not e.name.startswith(".")]
        except OSError:
            continue
        if TERRAFORM_REGISTRY in inside or OPENTOFU_REGISTRY in inside:
            yield Path(folder)
        elif depth < _SEARCH_DEPTH:
            waiting.extend((f"{folder}/{name}", depth + 1) for name in inside)


def _packages(mirror: Path, terraform: Terraform) -> tuple[tuple[tuple[int, ...], Path], ...]:
    """The suitable versions in a mirror, lowest first, with the folder (unpacked) or zip file (packed) of each."""
    hosts = (OPENTOFU_REGISTRY, TERRAFORM_REGISTRY) if terraform.name == "tofu" else (TERRAFORM_REGISTRY,)
    for host in hosts:
        found: dict[tuple[int, ...], Path] = {}
        folder = mirror / host / "hashicorp" / "aws"
        candidates = [(path.parent.name, path) for path in folder.glob(f"*/{_platform()}") if _is_unpacked(path)]
        packed = folder.glob(f"terraform-provider-aws_*_{_platform()}.zip")
        candidates += [(path.name.split("_")[1], path) for path in packed]
        for text, path in candidates:
            if match := _VERSION.fullmatch(text):
                version = tuple(map(int, match.groups()))
                if _LOWEST <= version < _BELOW:
                    found.setdefault(version, path)
        if found:
            return tuple(sorted(found.items()))
    return ()


def _is_unpacked(folder: Path) -> bool:
    return any(os.access(file, os.X_OK) and file.is_file() for file in folder.glob("terraform-provider-aws*"))


def _only_ours(mirror: Path) -> bool:
    """True where only root and the current user can change the folder."""
    try:
        about = mirror.stat()
    except OSError:
        return False
    return about.st_uid in {0, os.getuid()} and not about.st_mode & stat.S_IWOTH


def _platform() -> str:
    machine = platform.machine().lower()
    return f"{sys.platform}_{_MACHINES.get(machine, machine)}"


def _write_cli_config(source: ProviderSource, terraform: Terraform, work_dir: Path) -> Path:
    mirror = _opentofu_view(source, work_dir) if terraform.name == "tofu" else source.path
    # This file is HCL 1: the escapes \\ and \", but no templates.
    quoted = str(mirror).replace("\\", "\\\\").replace('"', '\\"')
    content = (
        "# Written by gtctl for each run.\n"
        "provider_installation {\n"
        "  filesystem_mirror {\n"
        f'    path    = "{quoted}"\n'
        '    include = ["hashicorp/aws"]\n'
        "  }\n"
        "  direct {\n"
        '    exclude = ["hashicorp/aws"]\n'
        "  }\n"
        "}\n"
    )
    file = work_dir / "terraform.rc"
    if not file.is_file() or file.read_text(encoding="utf-8") != content:
        with atomic_write(file) as stream:
            stream.write(content)
    return file


def _opentofu_view(source: ProviderSource, work_dir: Path) -> Path:
    """The mirror under OpenTofu's registry name: hashicorp/aws means another host there, for the same packages."""
    view = work_dir / "mirror"
    folder = view / OPENTOFU_REGISTRY / "hashicorp" / "aws"
    for version, package in source.packages:
        link = folder / package.name if package.suffix == ".zip" else folder / dotted(version) / package.name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to(package)
    return view
