"""``heeler agent integration``: manages integration packages in a separate environment of the agent.

Packages are installed below ``integrations/embedded`` in the agent's folder (the public ``http_check`` looks
for certificates beside a folder of this name), apart from the packages that the agent itself needs: a broken
one is reported, affects nothing else, and can be removed. Libraries that the agent already has are used in
the agent's version.
"""

from __future__ import annotations

import re
import shutil
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory

from packaging.requirements import InvalidRequirement, Requirement

from heeler.agent.config import Config

_SECONDS = 600.0
_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
_OWN_PACKAGES = frozenset({"datadog-checks-base", "datadog-checks-dev"})
_TRY_IMPORT = """
import sys
from pathlib import Path
from heeler.agent.config import load_config
from heeler.agent.runtime import Bridge, install
config = load_config(sys.argv[1], env={})
install(Bridge(config, "check"))
import importlib
importlib.import_module("datadog_checks." + sys.argv[2])
"""


class IntegrationError(RuntimeError):
    """An integration cannot be installed, found or removed; the message tells why and what to do."""


@dataclass(frozen=True)
class Integration:
    """An installed package; ``name`` is the check's, such as ``nginx``."""

    name: str
    package: str
    version: str
    problem: str = ""
    """Why it cannot be imported; empty if it can."""


Runner = Callable[[Sequence[str]], None]


def site_folder(config: Config) -> Path:
    """Installation folder of integrations, for this version of Python."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return config.directory / "integrations" / "embedded" / "lib" / version / "site-packages"


def add_to_path(config: Config) -> None:
    """Make installed integrations importable; the agent's own packages take precedence."""
    folder = str(site_folder(config))
    if Path(folder).is_dir() and folder not in sys.path:
        sys.path.append(folder)


def installed(config: Config, *, verify: bool = False) -> list[Integration]:
    """Integrations by name; with ``verify``, each is imported in a separate process."""
    return sorted(_found(config, verify=verify), key=lambda one: one.name)


def find(config: Config, name: str) -> Integration:
    """The installed integration ``name``, verified. Raises IntegrationError."""
    wanted = _package(name)
    for one in _found(config, verify=False):
        if one.package == wanted:
            return Integration(one.name, one.package, one.version, _import_problem(config, one.name))
    have = ", ".join(one.name for one in installed(config)) or "none"
    raise IntegrationError(f"{name} is not installed in {site_folder(config)}; installed: {have}")


def install(config: Config, spec: str, *, index: str = "", run: Runner | None = None) -> Integration:
    """Install a name (``nginx``, ``nginx==8.1.0``), a wheel or a folder. Raises IntegrationError.

    A package that is installed but cannot be imported is returned with its problem: it can be removed.
    """
    run = run or _pip
    folder = site_folder(config)
    folder.mkdir(parents=True, exist_ok=True)
    _link_certificates(config)
    options = ["--index-url", index] if index else []
    target = _target(spec)
    with TemporaryDirectory(dir=folder.parent) as staging:
        run(["install", "--quiet", "--no-deps", "--target", staging, *options, target])
        new = [_integration(one) for one in metadata.distributions(path=[staging])]
        found = next((one for one in new if one.package.startswith("datadog-")), None)
        if found is None:
            raise IntegrationError(f"{target} is no integration: it has no package datadog_checks.NAME")
        if any(one.package == found.package for one in installed(config)):
            remove(config, found.package)
        shutil.copytree(staging, folder, dirs_exist_ok=True)
    for requirement in _missing(config, found.package):
        run(["install", "--quiet", "--no-deps", "--target", str(folder), *options, requirement])
    return find(config, found.package)


def remove(config: Config, name: str) -> Integration:
    """Delete an integration's files. Raises IntegrationError. Its dependencies stay for others."""
    for distribution in metadata.distributions(path=[str(site_folder(config))]):
        if _normal(distribution.metadata["Name"]) == _package(name):
            one = _integration(distribution)
            for file in distribution.files or ():
                _delete(Path(str(distribution.locate_file(file))), site_folder(config))
            return one
    return find(config, name)  # raises IntegrationError if missing


def _delete(file: Path, site: Path) -> None:
    """Delete a file and the folders that are then empty. ``datadog_checks/__init__.py`` is shared and
    stays.
    """
    if file == site / "datadog_checks" / "__init__.py" or not file.is_relative_to(site):
        return
    file.unlink(missing_ok=True)
    for cached in file.parent.glob(f"__pycache__/{file.stem}.*"):
        cached.unlink(missing_ok=True)
    for folder in (file.parent / "__pycache__", *file.parents):
        if folder == site or not folder.is_relative_to(site) or not folder.is_dir() or any(folder.iterdir()):
            continue
        folder.rmdir()


def _found(config: Config, *, verify: bool) -> Iterator[Integration]:
    for distribution in metadata.distributions(path=[str(site_folder(config))]):
        package = _normal(distribution.metadata["Name"])
        if package.startswith("datadog-") and package not in _OWN_PACKAGES:
            one = _integration(distribution)
            problem = _import_problem(config, one.name) if verify else ""
            yield Integration(one.name, one.package, one.version, problem)


def _integration(distribution: metadata.Distribution) -> Integration:
    package = _normal(distribution.metadata["Name"])
    name = package.removeprefix("datadog-").replace("-", "_")
    for file in distribution.files or ():
        parts = Path(str(file)).parts
        if len(parts) > 2 and parts[0] == "datadog_checks" and parts[1] != "__pycache__":
            name = parts[1]
            break
    return Integration(name, package, distribution.version)


def _import_problem(config: Config, name: str) -> str:
    command = [sys.executable, "-c", _TRY_IMPORT, str(config.directory), name]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    except subprocess.TimeoutExpired:
        return "its import does not end"
    return "" if done.returncode == 0 else (done.stderr.strip().splitlines() or ["it ends the process"])[-1]


def _missing(config: Config, package: str) -> Iterator[str]:
    """Dependencies of an integration that neither the agent nor the integrations folder has."""
    site = str(site_folder(config))
    for distribution in metadata.distributions(path=[site]):
        if _normal(distribution.metadata["Name"]) != package:
            continue
        for line in distribution.requires or ():
            try:
                requirement = Requirement(line)
            except InvalidRequirement:
                continue
            wanted = requirement.marker is None or requirement.marker.evaluate({"extra": "deps"})
            if wanted and not _is_there(requirement.name, site):
                yield f"{requirement.name}{requirement.specifier}"


def _is_there(name: str, site: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return any(
            _normal(one.metadata["Name"]) == _normal(name) for one in metadata.distributions(path=[site])
        )
    return True


def _target(spec: str) -> str:
    """The argument for pip: a path unchanged, a name as the package's."""
    if Path(spec).exists():
        return str(Path(spec).absolute())
    name, operator, version = spec.partition("==")
    if not _NAME.match(name):
        raise IntegrationError(
            f"{spec!r} is neither a file nor a name; write nginx, nginx==8.1.0 or a wheel's path"
        )
    return f"{_package(name)}{operator}{version}"


def _package(name: str) -> str:
    normal = _normal(name)
    return normal if normal.startswith("datadog-") else f"datadog-{normal}"


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _link_certificates(config: Config) -> None:
    bundle = ssl.get_default_verify_paths().cafile
    place = config.directory / "integrations" / "embedded" / "ssl" / "certs" / "cacert.pem"
    if bundle and not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        place.unlink(missing_ok=True)
        place.symlink_to(bundle)


def _pip(arguments: Sequence[str]) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise IntegrationError(f"pip did not end within {_SECONDS:.0f} s") from error
    if done.returncode:
        last_line = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        raise IntegrationError(
            f"pip {arguments[-1]}: {' '.join(last_line)}. Integrations are not on the public index under "
            f"every name: "
            "--index-url names another index, and a wheel's path works without any"
        )
