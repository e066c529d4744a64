"""Draws the results of `python -m bench` as SVG: one line a workload, one mark a driver.

Usage: plot.py RESULTS.json OUT.svg

It runs in the peers' environment, where matplotlib is.
"""

import json
import sys

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt

#: how each driver is drawn, and what it is called; the colours differ for every kind of eye
STYLES = {
    "ours": ("o", "#d55e00", "this driver"),
    "psycopg3": ("s", "#0072b2", "psycopg 3, text"),
    "psycopg3-binary": ("D", "#56b4e9", "psycopg 3, binary"),
    "asyncpg": ("^", "#009e73", "asyncpg"),
    "libpq": ("|", "#000000", "bare libpq"),
}
BASE = "psycopg2"


def lines(rows):
    """Return (label, group, figures) from the bottom up, with a gap of None between groups."""
    made, group = [], None
    for row in rows:
        if row["group"] == "memory" or BASE not in row["figures"]:
            continue
        if row["group"] != group:
            group = row["group"]
            made.append((group, None))
        made.append((row["name"], row["figures"]))
    return made[::-1]


def draw(axes, made, key, title):
    """Draw one ratio of every workload on a logarithmic scale."""
    for name, (marker, colour, label) in STYLES.items():
        points = [
            (figures[name][key], y)
            for y, (_, figures) in enumerate(made)
            if figures and name in figures and figures[name].get(key)
        ]
        if not points:
            continue
        size, order = (52, 3) if name == "ours" else (30, 2)
        xs, ys = zip(*points)
        axes.scatter(xs, ys, size, marker=marker, color=colour, label=label, zorder=order)
    axes.axvline(1, color="#444444", linewidth=1.2, zorder=1)
    axes.set_xscale("log")
    low, high = axes.get_xlim()
    ticks = [t for t in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20) if low <= t <= high]
    axes.set_xticks(ticks, [f"{t:g}" for t in ticks])
    axes.minorticks_off()
    axes.set_title(title, fontsize=10)
    axes.grid(axis="x", color="#dddddd", linewidth=0.6, zorder=0)
    axes.set_axisbelow(True)
    for y, (_, figures) in enumerate(made):
        if figures:
            axes.axhline(y, color="#eeeeee", linewidth=0.6, zorder=0)
    axes.spines[["top", "right"]].set_visible(False)


def main(source, target):
    with open(source) as f:
        results = json.load(f)
    made = lines(results["workloads"])
    plt.rcParams.update({"svg.hashsalt": "psycopg2", "svg.fonttype": "none", "font.size": 9})
    plt.rcParams["font.family"] = "sans-serif"
    figure, both = plt.subplots(
        1, 2, sharey=True, figsize=(10, 1.4 + 0.21 * len(made)), layout="constrained"
    )
    draw(both[0], made, "wall_ratio", "time, psycopg2 = 1")
    draw(both[1], made, "cpu_ratio", "the client's processor time, psycopg2 = 1")
    both[0].set_yticks(range(len(made)), [label for label, _ in made])
    for label, (_, figures) in zip(both[0].get_yticklabels(), made):
        label.set_fontweight("normal" if figures else "bold")
    both[0].set_ylim(-0.7, len(made) - 0.3)
    handles, labels = both[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=5, frameon=False)
    facts = results["facts"]
    figure.supxlabel(
        f"less is better · {facts['processor']}, {facts['cores']} cores · Python {facts['python']}"
        f" · PostgreSQL {facts['server']} · {facts['date']}",
        fontsize=8,
        color="#555555",
    )
    figure.savefig(target, metadata={"Date": None}, facecolor="white")


if __name__ == "__main__":
    main(*sys.argv[1:])
