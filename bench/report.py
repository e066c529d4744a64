"""What came out: the machine, a table for the terminal, JSON for the plot and the documentation."""

import datetime
import json
import os
import platform
from pathlib import Path


def describe_machine():
    """Return what the figures hold for: processor, cores, system, Python."""
    name = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        name = next(x.split(":")[1].strip() for x in lines if x.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return {
        "date": datetime.date.today().isoformat(),
        "processor": name,
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
    }


def save(path, results):
    """Write results as JSON, whole or not at all."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_suffix(".new")
    scratch.write_text(json.dumps(round_all(results), indent=1) + "\n")
    scratch.replace(path)


def round_all(value):
    """Return a value with its floats cut to what they tell."""
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, dict):
        return {k: round_all(v) for k, v in value.items()}
    return [round_all(v) for v in value] if isinstance(value, list) else value


# -- the terminal ---------------------------------------------------------------------------------


def head(drivers):
    """Return the lines above the table: who takes part, and what the columns hold."""
    lines = []
    for name, version in drivers.items():
        told = [version["version"], f"libpq {version['libpq']}" if version["libpq"] else ""]
        lines.append(f"# {name}: {', '.join(filter(None, told))}")
    lines.append("# median ms wall/CPU; after x, the ratio to the first driver in the same round")
    lines.append(f"{'':16}" + "".join(f"{name:>23}" for name in drivers))
    return "\n".join(lines)


def line(workload, figures, drivers):
    """Return one line of the table."""
    cells = []
    for name in drivers:
        f = figures.get(name)
        if not f:
            cell = "-"
        elif "memory" in f:
            cell = f"{f['memory']:+.0f} MB"
        else:
            cell = f"{f['wall'] * 1e3:.0f}/{f['cpu'] * 1e3:.0f}"
            if f.get("wall_ratio") and f.get("cpu_ratio"):
                cell += f" x{f['wall_ratio']:.2f}/{f['cpu_ratio']:.2f}"
        cells.append(f"{cell:>23}")
    return f"{workload.name:16}" + "".join(cells)


def summary(rows):
    """Return on how many workloads ours is ahead of every other driver, and where it is not."""
    if not all("ours" in row["figures"] for row in rows):
        return ""
    behind = []
    for row in rows:
        figures = row["figures"]
        key = "memory" if row["group"] == "memory" else "wall"
        peers = {d: f[key] for d, f in figures.items() if d not in ("ours", "libpq")}
        best = min(peers, key=peers.get, default=None)
        if best and peers[best] < figures["ours"][key]:
            behind.append(f"{row['name']} ({best})")
    text = f"ours: ahead of every peer on {len(rows) - len(behind)} of {len(rows)}"
    return text + (f"; behind on {', '.join(behind)}" if behind else "")
