"""What else belongs into a wheel with libraries: their licences, and all of them in the SBOM."""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from urllib.parse import quote

from . import WheelError, run
from .build import fresh, only

NAME = re.compile(
    r"(?P<stem>lib\w+)-[0-9a-f]{8}(?P<suffix>\.so[.\d]*)$"
)  # as auditwheel names them


def library_folders():
    """Return the folders that the libraries of this build were taken from."""
    folders = [run(os.environ["PG_CONFIG"], "--libdir").strip()]
    if shutil.which("ldconfig"):  # that of musl knows no options
        done = subprocess.run(["ldconfig", "-v", "-N", "-X"], capture_output=True, text=True)
        folders += re.findall(r"^(/[^:]*):", done.stdout, re.MULTILINE)
    return folders


def source_of(name, folders):
    """Return the path of the library that was copied under this name."""
    match = NAME.fullmatch(name)
    if not match:
        raise WheelError(f"the name of the library {name} is not mangled")
    for folder in folders:
        path = os.path.join(folder, match["stem"] + match["suffix"])
        if os.path.exists(path):
            return path
    raise WheelError(f"where the library {name} is from is not known")


def built_project(path):
    """Return (name, version, path of its licence) of what was built beside libpq, or None.

    tools/build_libpq.sh has written it down, in folders bundled/NAME-VERSION.
    """
    for folder in sorted(postgres_home().glob("bundled/*")):
        if Path(path).name in (folder / "libraries").read_text().split():
            name, _, version = folder.name.rpartition("-")
            return name, version, folder / "licence.txt"
    return None


def debian_package(path):
    """Return (name, version, source) of the Debian package that a file is from, or None."""
    if not shutil.which("dpkg"):
        return None
    spellings = {path, os.path.realpath(path)}
    spellings |= {name[4:] for name in spellings if name.startswith("/usr/lib")}
    spellings |= {f"/usr{name}" for name in spellings if name.startswith("/lib")}
    for name in sorted(spellings):
        done = subprocess.run(["dpkg", "-S", name], capture_output=True, text=True)
        if done.returncode == 0:
            package = done.stdout.split(": ")[0].split(",")[0]
            told = run("dpkg-query", "-W", "-f", "${Version} ${source:Package}", package)
            return (package.split(":")[0], *told.split())
    return None


def postgres_home():
    return Path(run(os.environ["PG_CONFIG"], "--bindir").strip()).parent


def postgres_licence():
    """Return the path of the licence of PostgreSQL, whose libpq is inside."""
    home = postgres_home()
    for path in home / "COPYRIGHT", Path("/usr/share/doc/libpq5/copyright"):
        if path.exists():
            return path
    raise WheelError(f"the licence of libpq is not in {home}")


def describe(name, folders):
    """Return (component of the SBOM, (project, path of its licence)) of a library in the wheel."""
    path = source_of(name, folders)
    built = built_project(path)
    if built:
        project, version, licence = built
        purl = f"pkg:generic/{project}@{version}"
        return component(os.path.basename(path).partition(".")[0], version, purl, name), (
            project,
            licence,
        )
    if name.startswith("libpq-"):
        version = run(os.environ["PG_CONFIG"], "--version").split()[1]
        purl = f"pkg:generic/postgresql@{version}"
        return component("libpq", version, purl, name), ("postgresql", postgres_licence())
    package = debian_package(path)
    if not package:
        raise WheelError(f"the package of {path}, and so its licence, is not known")
    binary, version, project = package
    purl = f"pkg:deb/debian/{binary}@{version}".replace("+", "%2B")
    licence = Path("/usr/share/doc", binary, "copyright")
    if not licence.exists():
        raise WheelError(f"there is no {licence}, which has the licence of {path}")
    return component(binary, version, purl, name), (project, licence)


def component(name, version, purl, library):
    return {
        "type": "library",
        "bom-ref": f"{purl}#{library}",
        "name": name,
        "version": version,
        "purl": purl,
        "properties": [{"name": "psycopg2:file", "value": f"psycopg2.libs/{library}"}],
    }


def write_sbom(folder, wheel_name, parts):
    """Write the SBOM (PEP 770) of every library, in place of the one of auditwheel.

    auditwheel names only what packages of the system have brought, and that by the package alone.
    """
    name, version = wheel_name.split("-")[:2]
    purl = f"pkg:pypi/{name}@{version}?file_name={quote(wheel_name, safe='')}"
    own = {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}
    refs = [part["bom-ref"] for part in parts]
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.4",
        "version": 1,
        "metadata": {"component": own},
        "components": [own, *parts],
        "dependencies": [{"ref": purl, "dependsOn": refs}, *({"ref": ref} for ref in refs)],
    }
    (fresh(folder) / f"{name}.cdx.json").write_text(json.dumps(document, indent=1))


def add_licences(info, licences):
    """Copy licences (name to path) beside our own, and name them in the metadata (PEP 639)."""
    lines = []
    for name, source in sorted(licences.items()):
        target = info / "licenses" / "bundled" / f"{name}.txt"
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(source, target)
        lines.append(f"License-File: bundled/{target.name}\n")
    metadata = info / "METADATA"
    head, separator, body = metadata.read_text().partition("License-File: LICENSE\n")
    if not separator:
        raise WheelError("the metadata does not name the licence of the driver")
    metadata.write_text(head + separator + "".join(lines) + body)


def complete(wheel, out):
    """complete(wheel, out) -> Path

    The wheel with licences and SBOM, in the folder `out`.
    """
    folder = fresh(wheel.parent / "unpacked")
    run(sys.executable, "-m", "wheel", "unpack", "-d", folder, wheel)
    tree = only(folder, "psycopg2-*")
    info = only(tree, "*.dist-info")
    folders = library_folders()
    parts, licences = [], {}
    for path in sorted((tree / "psycopg2.libs").iterdir()):
        part, (project, licence) = describe(path.name, folders)
        parts.append(part)
        licences[project] = licence
    if not any(part["name"] == "libpq" for part in parts):
        raise WheelError(f"there is no libpq in {wheel.name}")
    write_sbom(info / "sboms", wheel.name, parts)
    add_licences(info, licences)
    out.mkdir(exist_ok=True)
    run(sys.executable, "-m", "wheel", "pack", "-d", out, tree)
    return out / wheel.name


def tell(wheel):
    """Print the size of a wheel, and what is in it."""
    print(f"\n{wheel.name}: {wheel.stat().st_size:,} bytes")
    with zipfile.ZipFile(wheel) as archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        for entry in entries:
            python = entry.filename.endswith((".py", ".pyi"))
            if not python:
                print(f"  {entry.file_size:>10,}  {entry.filename}")
        python = [entry for entry in entries if entry.filename.endswith((".py", ".pyi"))]
        size = sum(entry.file_size for entry in python)
        print(f"  {size:>10,}  {len(python)} files of Python and stubs")
