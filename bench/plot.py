"""Draw what a send costs, by the number of receivers: `python -m bench.plot FILE.json FOLDER`."""

# matplotlib need not be installed: typings/ has what is used of it.
# pyright: reportMissingModuleSource=false

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bench.figures import Report
from bench.sending import COUNTS, KINDS, by_count

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NAME: Final = "performance"
COLOURS: Final = {
    "aldis": "#c2410c",
    "aldis.blinker": "#d97706",
    "blinker": "#1d4ed8",
    "Django": "#15803d",
    "Django use_caching": "#4d7c0f",
    "psygnal emit": "#7e22ce",
    "psygnal emit_fast": "#a21caf",
    "pyee": "#0e7490",
    "PyDispatcher": "#57534e",
    "Pypubsub": "#0369a1",
    "pymitter": "#78716c",
}
INK: Final = "#1f2937"
LEADER: Final = {
    "arrowstyle": "-",
    "color": "#d1d5db",
    "linewidth": 0.8,
    "relpos": (0, 0.5),
    "shrinkA": 0,
    "shrinkB": 3,
}
GAP: Final = 0.057
"""The least distance of two labels, in decades."""

Points = list[tuple[int, float]]


def series(reports: Sequence[Report], kind: str, value: str) -> dict[str, Points]:
    """Give the ratios of each contestant to the bare loop, by the number of receivers."""
    found: dict[str, Points] = {}
    for name, rows in by_count(reports, kind, value).items():
        points = [(count, rows[count].ratio) for count in COUNTS if count and count in rows]
        if points and rows[points[0][0]].control:
            found[name] = points
    return found


def spread(places: Sequence[float], gap: float) -> list[float]:
    """Move labels apart, so that no two are closer than a gap, and each stays near its place.

    Labels that are too close form a block around the middle of their places; blocks that then
    touch are joined.
    """
    blocks: list[list[int]] = []
    for number in sorted(range(len(places)), key=lambda each: places[each]):
        blocks.append([number])
        while len(blocks) > 1:
            lower, upper = _ends(blocks[-2], places, gap)[1], _ends(blocks[-1], places, gap)[0]
            if upper - lower >= gap - 1e-9:
                break
            blocks[-2:] = [[*blocks[-2], *blocks[-1]]]
    moved = list(places)
    for block in blocks:
        low, _ = _ends(block, places, gap)
        for position, number in enumerate(block):
            moved[number] = low + position * gap
    return moved


def _ends(block: Sequence[int], places: Sequence[float], gap: float) -> tuple[float, float]:
    middle = sum(places[number] for number in block) / len(block)
    half = gap * (len(block) - 1) / 2
    return middle - half, middle + half


def draw(found: Mapping[str, Any], folder: Path, value: str = "none") -> list[Path]:
    """Draw the plot as SVG and PNG; the same figures give the same bytes.

    Args:
        found: what `python -m bench --json` wrote.
        folder: where to.
        value: `"none"` for receivers that return `None`, `"value"` for the others.

    Returns:
        The files.
    """
    try:
        import matplotlib as mpl
    except ImportError:
        needed = "The plot needs matplotlib: `make bench` makes an environment with it."
        raise SystemExit(needed) from None
    mpl.use("agg")
    mpl.rcParams.update({"svg.hashsalt": "aldis", "font.size": 10, "axes.labelcolor": INK})
    import matplotlib.pyplot as plt

    reports = [Report.from_json(each) for each in found["cases"]]
    panels = {kind: series(reports, kind, value) for kind in KINDS}
    if not any(panels.values()):
        raise SystemExit("There are no sends in that file: leave out --only, or name them in it.")
    figure, axes = plt.subplots(1, len(panels), figsize=(12.5, 6.4), sharey=True)
    ratios = [ratio for panel in panels.values() for each in panel.values() for _, ratio in each]
    bounds = (min(0.9, *ratios) * 0.92, max(ratios) * 1.2)
    for axis, (kind, panel) in zip(axes, panels.items(), strict=True):
        _draw_panel(axis, kind, panel, bounds)
    axes[0].set_ylabel("cost of a send, as a multiple of the bare loop's")
    title = "What a send costs beside a bare loop that calls each receiver and keeps the results"
    figure.suptitle(title, x=0.06, y=0.965, ha="left", fontsize=13, fontweight="bold")
    below = f"{found['python']}; medians of {found['rounds']} interleaved rounds; lower is faster"
    figure.text(0.06, 0.02, below, fontsize=9, color="#4b5563")
    figure.subplots_adjust(left=0.06, right=0.862, top=0.88, bottom=0.125, wspace=0.4)
    svg, png = folder / f"{NAME}.svg", folder / f"{NAME}.png"
    figure.savefig(svg, metadata={"Date": None, "Creator": None})
    figure.savefig(png, dpi=144, metadata={"Software": None})
    plt.close(figure)
    return [svg, png]


def _draw_panel(
    axis: Axes, kind: str, panel: Mapping[str, Points], bounds: tuple[float, float]
) -> None:
    counts = [count for count in COUNTS if count]
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.set_xlim(0.9, counts[-1] * 1.05)
    axis.set_ylim(*bounds)
    axis.set_xticks(counts, [f"{count}" for count in counts])
    ticks = [
        tick for tick in (0.5, 1, 2, 3, 5, 10, 20, 30, 50, 100) if bounds[0] < tick < bounds[1]
    ]
    axis.set_yticks(ticks, [f"{tick}" for tick in ticks])
    axis.minorticks_off()
    axis.grid(axis="y", which="major", color="#e5e7eb", linewidth=0.7)
    for side in ("top", "right"):
        axis.spines[side].set_visible(False)
    axis.set_title(kind, loc="left", fontsize=11)
    axis.set_xlabel("receivers")
    axis.axhline(1, color=INK, linewidth=1.2, zorder=1)
    for name, points in panel.items():
        _draw_line(axis, name, points)
    _label(axis, panel)


def _draw_line(axis: Axes, name: str, points: Points) -> None:
    ours = name == "aldis"
    axis.plot(
        [count for count, _ in points],
        [ratio for _, ratio in points],
        color=COLOURS.get(name, INK),
        linewidth=3 if ours else 1.4,
        marker="o",
        markersize=5 if ours else 3,
        zorder=5 if ours else 3,
    )


def _label(axis: Axes, panel: Mapping[str, Points]) -> None:
    ends = {"bare loop": (COUNTS[-1], 1.0), **{name: panel[name][-1] for name in panel}}
    heights = spread([math.log10(ratio) for _, ratio in ends.values()], GAP)
    for (name, end), height in zip(ends.items(), heights, strict=True):
        axis.annotate(
            name,
            end,
            xytext=(COUNTS[-1] * 1.35, 10**height),
            va="center",
            color=COLOURS.get(name, INK),
            fontsize=10,
            fontweight="bold" if name == "aldis" else "normal",
            arrowprops=LEADER,
            annotation_clip=False,
        )


def main() -> None:
    """Draw it."""
    parser = argparse.ArgumentParser(prog="python -m bench.plot", description=__doc__)
    parser.add_argument("figures", type=Path, help="what python -m bench --json wrote")
    parser.add_argument("folder", type=Path, help="where the SVG and the PNG go")
    parser.add_argument("--value", choices=("none", "value"), default="none")
    options = parser.parse_args()
    found = json.loads(options.figures.read_text(encoding="utf-8"))
    for path in draw(found, options.folder, options.value):
        print(path)


if __name__ == "__main__":
    main()
