"""Shows a report as lines for a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from examples.history.follower import Follower
from examples.history.replay import Report
from examples.history.text import printable

_SHOWN = 3  # names in one line


def show(report: Report) -> Iterator[str]:
    """Put a report into lines, each with its subject first."""
    summary = report.summary
    shallow = ", of a shallow clone" if report.is_shallow else ""
    yield (
        f"commits    {summary.commits} (git counts {report.counted_by_git}{shallow}), "
        f"{summary.merges} of them merges"
    )
    yield f"authors    {len(summary.authors)}{_most(summary.commits_by)}"
    yield (
        f"files      touched {summary.touches} times: {summary.added} lines added, "
        f"{summary.removed} removed, {summary.renames} renames, {summary.binaries} binary"
    )
    yield f"paths      {len(summary.touches_of)}{_most(summary.touches_of)}"
    if report.follower is not None:
        yield f"followed   {_show_followed(report.follower)}"
    yield (
        f"mirror     copied {report.mirror.copied}, failed on purpose {report.failures}; "
        f"the other receivers had every commit"
    )
    if report.audit_lines is not None:
        yield f"audit      {report.audit_lines} lines"


def _show_followed(follower: Follower) -> str:
    wanted = printable(follower.wanted)
    if not follower.commits:
        return f"nobody here has the name or the address {wanted}"
    return f"{wanted}: commits {follower.commits}, files touched {follower.touches} times"


def _most(counts: Counter[str]) -> str:
    # Sorted by name too: the order of equal counts must not depend on chance.
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    shown = [f"{printable(name)} ({count})" for name, count in ranked[:_SHOWN]]
    if len(ranked) > _SHOWN:
        shown.append("...")
    return ": " * bool(shown) + ", ".join(shown)
