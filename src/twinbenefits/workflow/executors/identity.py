"""Who computes: the Python, the package's source and the versions of the packages that decide bytes.

A worker of a cluster may lack the package or run another Python, and is asked all the same: this module is
sent to it as text. So it imports nothing but the standard library, inside its functions, and keeps to a
syntax that older Pythons read.
"""

PACKAGE = "twinbenefits"
ON_WORKERS = PACKAGE + ".workflow.executors.remote"
"""The module that every piece of work goes through; it remembers the source it was loaded from."""


def source_digest(package: str) -> str:
    """Return the SHA-256 of all files of a package, empty where it is not installed."""
    import hashlib
    import importlib.util
    from pathlib import Path

    found = importlib.util.find_spec(package)
    if found is None or not found.origin:
        return ""
    folder = Path(found.origin).parent
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    total = hashlib.sha256()
    for name in sorted(files):
        if "__pycache__" not in name and not name.endswith((".pyc", "~")):
            content = hashlib.sha256(files[name].read_bytes()).hexdigest()
            total.update(f"{name} {content}\n".encode())
    return total.hexdigest()


def identity(package: str, packages: "tuple[str, ...]", on_workers: str) -> "dict[str, object]":
    """Return what decides the bytes that this process would compute.

    Parameters
    ----------
    package : str
        The package whose source is looked at.
    packages : tuple of str
        The distributions whose versions are looked at.
    on_workers : str
        The module that knows the source it was loaded from, where it is loaded.

    Returns
    -------
    dict
        ``python`` ("3.11"), ``source`` (a digest, or empty), ``loaded`` (the digest of the source that this
        process has loaded, or empty) and ``versions`` (empty text where a distribution is missing).
    """
    import importlib.metadata
    import sys

    versions = {}
    for name in packages:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            versions[name] = ""
    return {
        "python": f"{sys.version_info[0]}.{sys.version_info[1]}",
        "source": source_digest(package),
        "loaded": getattr(sys.modules.get(on_workers), "SOURCE", ""),
        "versions": versions,
    }
