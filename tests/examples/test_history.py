"""The history example on small repositories: its numbers, its audit log, and odd input."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace as replaced
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest

from aldis import KeywordSignal, Signal
from examples.history import __main__ as command_line
from examples.history.authors import Author
from examples.history.errors import UnreadableLogError
from examples.history.git import parse_log, read_history
from examples.history.mirror import Mirror
from examples.history.replay import Report, replay
from examples.history.signals import CommitRecorded, author_joined, commit_recorded, file_touched
from examples.history.text import printable, read_text
from tests.examples.repositories import (
    ANN,
    BOB,
    FIRST_DATE,
    MOTLEY,
    Commit,
    git,
    make_repository,
    needs_git,
)

pytestmark = needs_git

SIGNALS: list[Signal[Any, Any] | KeywordSignal[...]] = [
    author_joined,
    commit_recorded,
    file_touched,
]


def read_audit(path: Path) -> list[dict[str, Any]]:
    """Read an audit log, line by line."""
    return [json.loads(line) for line in path.read_text("ascii").splitlines()]


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command line; give its exit code and what it printed to both streams."""

    def run(*arguments: object) -> tuple[int, str, str]:
        code = command_line.main([str(each) for each in arguments])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


# -- counting ------------------------------------------------------------------------------------


@pytest.mark.anyio
async def test_everything_is_counted(motley: Path) -> None:
    """Commits, merges, files, lines, renames and binary files are all in the summary."""
    summary = (await replay(motley)).summary
    assert (summary.commits, summary.merges) == (7, 1)
    assert (summary.touches, summary.renames, summary.binaries) == (5, 1, 1)
    assert (summary.added, summary.removed) == (3 + 1 + 1, 1)
    assert summary.touches_of["a.txt"] == 2


@pytest.mark.anyio
async def test_each_author_joins_once(motley: Path) -> None:
    """An author is a name with an address, joins with the first commit, and has all its commits."""
    summary = (await replay(motley)).summary
    assert sorted(summary.authors) == sorted(
        [
            "Ann <ann@example.org>",
            "Bob <bob@example.org>",
            "Ren\udce9 <rene@example.org>",
            "Ann <ann@home.example>",
            "René <r@example.org>",
        ]
    )
    assert summary.commits_by["Ann <ann@example.org>"] == 2
    assert summary.commits_by.total() == summary.commits


@pytest.mark.anyio
async def test_git_counts_the_same(motley: Path) -> None:
    """Git's own counts of commits and of changed files are those of the summary."""
    report = await replay(motley)
    assert report.is_complete
    assert report.summary.commits == int(git(motley, "rev-list", "--count", "HEAD"))
    names = git(motley, "log", "-z", "--format=", "--name-only", "--find-renames")
    assert report.summary.touches == len([name for name in names.split(b"\0") if name])


@pytest.mark.anyio
async def test_parents_come_first(motley: Path) -> None:
    """Commits are sent from the first to the last, each after its parents."""
    seen: list[str] = []
    for entry in (await read_history(motley)).entries:
        assert set(entry.commit.parents) <= set(seen)
        seen.append(entry.commit.hash)
    assert seen[-1] == git(motley, "rev-parse", "HEAD").decode().strip()


@pytest.mark.anyio
async def test_users_own_settings_of_git_change_nothing(
    motley: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a user has told git about logs and diffs, the report is the same."""
    plain = await replay(motley)
    settings = tmp_path / "settings"
    settings.write_text(
        "[log]\nshowRoot = false\nshowSignature = true\ndecorate = full\n"
        "[diff]\nrenames = false\nrelative = true\nnoprefix = true\n"
        "[color]\nui = always\n[format]\npretty = oneline\n"
        "[i18n]\nlogOutputEncoding = ISO-8859-1\n"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    assert await replay(motley) == plain


# -- bytes that are no text ----------------------------------------------------------------------


@pytest.mark.anyio
async def test_bytes_that_are_no_utf8_survive(motley: Path) -> None:
    """Names of authors and files, and messages, give their bytes back, line breaks included."""
    entries = (await read_history(motley)).entries
    (odd,) = [entry for entry in entries if entry.email == "rene@example.org"]
    texts = [odd.name, odd.commit.message, odd.files[0]["path"]]
    assert [text.encode("utf-8", "surrogateescape") for text in texts] == [
        b"Ren\xe9",
        MOTLEY[2].message,
        b"caf\xe9\n.txt",
    ]


@pytest.mark.anyio
async def test_declared_encodings_are_decoded(motley: Path) -> None:
    """A commit that declares another encoding arrives as the text that it means."""
    last = (await read_history(motley)).entries[-1]
    assert (last.name, last.commit.message) == ("René", "été\n")


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"caf\xc3\xa9", "café"),
        (b"caf\xe9\n", r"caf\xe9\n"),
        (b"\x1b[31mred", r"\x1b[31mred"),
        (b"\xe2\x80\xaertl", r"\u202ertl"),
    ],
)
def test_odd_text_is_printed_on_one_harmless_line(raw: bytes, shown: str) -> None:
    """Line breaks, escape codes and bytes that are no text are shown as escapes."""
    assert printable(read_text(raw)) == shown


# -- the audit log -------------------------------------------------------------------------------


@pytest.mark.anyio
async def test_audit_log_has_a_line_for_each_sending(motley: Path, tmp_path: Path) -> None:
    """The audit log tells of authors, commits and files, in the order in which they were sent."""
    report = await replay(motley, audit=tmp_path / "audit.jsonl")
    lines = read_audit(tmp_path / "audit.jsonl")
    assert report.audit_lines == len(lines) == 5 + 7 + 5
    first = git(motley, "rev-list", "--max-parents=0", "HEAD").decode().strip()
    ann = "Ann <ann@example.org>"
    assert lines[:4] == [
        {
            "signal": "author_joined",
            "author": ann,
            "payload": {"commit": first, "name": "Ann", "email": "ann@example.org"},
        },
        {
            "signal": "commit_recorded",
            "author": ann,
            "payload": {
                "hash": first,
                "parents": [],
                "authored_at": FIRST_DATE + 60,
                "message": "Begin\n\nWith a body.\n",
            },
        },
        {
            "signal": "file_touched",
            "author": ann,
            "payload": {"commit": first, "path": "a.txt", "added": 3, "removed": 0},
        },
        {
            "signal": "file_touched",
            "author": ann,
            "payload": {"commit": first, "path": "logo", "added": None, "removed": None},
        },
    ]


@pytest.mark.anyio
async def test_audit_log_keeps_odd_bytes(motley: Path, tmp_path: Path) -> None:
    """A line of the audit log, read as JSON, gives back the bytes that git had."""
    await replay(motley, audit=tmp_path / "audit.jsonl")
    payloads = [line["payload"] for line in read_audit(tmp_path / "audit.jsonl")]
    paths = {payload["path"] for payload in payloads if "path" in payload}
    assert b"caf\xe9\n.txt" in {path.encode("utf-8", "surrogateescape") for path in paths}
    assert {
        payload["renamed_from"]: payload["path"]
        for payload in payloads
        if "renamed_from" in payload
    } == {"a.txt": "b\nc.txt"}


@pytest.mark.anyio
async def test_audit_log_is_appended_to(motley: Path, tmp_path: Path) -> None:
    """A second replay leaves the lines of the first one where they are."""
    audit = tmp_path / "audit.jsonl"
    await replay(motley, audit=audit)
    first = audit.read_bytes()
    await replay(motley, audit=audit)
    assert audit.read_bytes() == first * 2


# -- following an author -------------------------------------------------------------------------


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("wanted", "commits", "touches"),
    [
        ("Bob", 2, 1),
        ("bob@example.org", 2, 1),
        ("Ann", 3, 3),  # both of them
        ("ann@home.example", 1, 0),
        ("Ren\udce9", 1, 1),
        ("Zoe", 0, 0),
    ],
)
async def test_followed_author(motley: Path, wanted: str, commits: int, touches: int) -> None:
    """The sender filter lets through all that the authors of that name or address did."""
    follower = (await replay(motley, follow=wanted)).follower
    assert follower is not None
    assert (follower.commits, follower.touches) == (commits, touches)


# -- failing on purpose --------------------------------------------------------------------------


@pytest.mark.anyio
async def test_failing_receiver_stops_no_other(motley: Path, tmp_path: Path) -> None:
    """The mirror fails for the 1st, 4th and 7th commit, and every other receiver has all seven."""
    report = await replay(motley, audit=tmp_path / "audit.jsonl")
    assert report.failures == 3
    assert report.mirror == Mirror(tried=7, copied=4)
    assert report.summary.commits == 7
    lines = read_audit(tmp_path / "audit.jsonl")
    assert [line["signal"] for line in lines].count("commit_recorded") == 7


@pytest.mark.anyio
async def test_other_failures_are_not_taken_for_the_expected_one(motley: Path) -> None:
    """What a receiver raises that is not the mirror is raised, not counted."""

    def fail(_author: Author, commit: CommitRecorded) -> None:
        raise LookupError(commit.hash)

    with commit_recorded.connected_to(fail), pytest.raises(LookupError):
        await replay(motley)


@pytest.mark.anyio
async def test_nothing_stays_connected(motley: Path, tmp_path: Path) -> None:
    """After a replay, one that failed included, the signals have no receivers."""
    await replay(motley, follow="Ann", audit=tmp_path / "audit.jsonl")
    with pytest.raises(Exception, match="takes no audit log"):
        await replay(motley, follow="Ann", audit=tmp_path)
    assert [signal.receivers for signal in SIGNALS] == [(), (), ()]


# -- two backends --------------------------------------------------------------------------------


def test_asyncio_and_trio_agree(motley: Path, tmp_path: Path) -> None:
    """Both backends give equal reports and the same bytes in the audit log."""
    reports: list[Report] = []
    for backend in ("asyncio", "trio"):
        audit = tmp_path / backend
        reports.append(
            anyio.run(partial(replay, motley, follow="Ann", audit=audit), backend=backend)
        )
    assert reports[0] == reports[1]
    assert (tmp_path / "asyncio").read_bytes() == (tmp_path / "trio").read_bytes()


# -- the command line ----------------------------------------------------------------------------


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_summary_is_printed(run: Run, motley: Path, tmp_path: Path, backend: str) -> None:
    """The command line prints each number once, failures included, and exits with 0."""
    audit = tmp_path / "audit.jsonl"
    code, out, err = run(motley, "--backend", backend, "--author", "Bob", "--audit", audit)
    assert (code, err) == (0, "")
    authors = [
        "Ann <ann@example.org> (2)",
        "Bob <bob@example.org> (2)",
        "Ann <ann@home.example> (1)",
    ]
    assert out.splitlines() == [
        "commits    7 (git counts 7), 1 of them merges",
        f"authors    5: {', '.join(authors)}, ...",
        "files      touched 5 times: 5 lines added, 1 removed, 1 renames, 1 binary",
        r"paths      4: a.txt (2), b\nc.txt (1), caf\xe9\n.txt (1), ...",
        "followed   Bob: commits 2, files touched 1 times",
        "mirror     copied 4, failed on purpose 3; the other receivers had every commit",
        "audit      17 lines",
    ]


def test_nobody_to_follow(run: Run, motley: Path) -> None:
    """An author that nobody is gets a line that says so."""
    code, out, _ = run(motley, "--author", "Zoe")
    assert code == 0
    assert "followed   nobody here has the name or the address Zoe" in out.splitlines()


def test_path_may_be_any_folder_of_a_repository(run: Run, motley: Path) -> None:
    """A folder inside a repository stands for the repository as a whole."""
    (motley / "inside").mkdir()
    assert run(motley / "inside") == run(motley)


def test_bare_repository(run: Run, motley: Path) -> None:
    """A repository without a working tree is replayed like any other."""
    assert run(motley / ".git") == run(motley)


def test_shallow_clone(run: Run, motley: Path, tmp_path: Path) -> None:
    """A shallow clone is replayed as far as it goes, and the summary says that it is one."""
    git(tmp_path, "clone", "--quiet", "--bare", "--depth=1", motley.as_uri(), "shallow")
    code, out, _ = run(tmp_path / "shallow")
    assert code == 0
    assert out.startswith("commits    1 (git counts 1, of a shallow clone)")


def test_empty_repository(run: Run, tmp_path: Path) -> None:
    """A repository without commits has a summary of noughts, and an empty audit log."""
    code, out, err = run(make_repository(tmp_path / "new"), "--audit", tmp_path / "audit.jsonl")
    assert (code, err) == (0, "")
    assert out.splitlines()[0] == "commits    0 (git counts 0), 0 of them merges"
    assert (tmp_path / "audit.jsonl").read_bytes() == b""


def test_commit_without_a_valid_date(run: Run, tmp_path: Path) -> None:
    """A commit whose date git cannot read is recorded without one."""
    repository = make_repository(tmp_path / "undated", [Commit(ANN)])
    tree = git(repository, "rev-parse", "HEAD^{tree}").strip()
    raw = b"tree %b\nauthor %b noon\ncommitter %b noon\n\nodd\n" % (tree, ANN, BOB)
    made = git(repository, "hash-object", "-t", "commit", "-w", "--literally", "--stdin", given=raw)
    git(repository, "update-ref", "refs/heads/main", made.decode().strip())
    assert run(repository, "--audit", tmp_path / "audit.jsonl")[0] == 0
    (recorded,) = [
        line["payload"]
        for line in read_audit(tmp_path / "audit.jsonl")
        if line["signal"] == "commit_recorded"
    ]
    assert (recorded["authored_at"], recorded["message"]) == (None, "odd\n")


def test_path_is_asked_for_and_not_the_environment(
    run: Run, motley: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A GIT_DIR in the environment, as git sets it for hooks, leads nothing astray."""
    other = make_repository(tmp_path / "other", [Commit(ANN)])
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    assert run(motley)[1].startswith("commits    7 ")


# -- input that cannot be replayed ---------------------------------------------------------------


def test_path_that_does_not_exist(run: Run, tmp_path: Path) -> None:
    """A path that is not there, or no folder, is named in a message, with exit code 2."""
    (tmp_path / "file").touch()
    for name in ("nowhere", "file"):
        code, out, err = run(tmp_path / name)
        assert (code, out) == (2, "")
        assert err == (
            f"history: there is no folder {tmp_path / name}; pass the path of a repository\n"
        )


def test_path_that_is_no_repository(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that is in no repository is named in a message, with exit code 2."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    code, out, err = run(tmp_path)
    assert (code, out) == (2, "")
    assert err == f"history: {tmp_path} is in no git repository; pass the path of one\n"


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_git_that_is_missing(
    run: Run, motley: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, backend: str
) -> None:
    """Without git on PATH, a message says so, with exit code 2."""
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    code, out, err = run(motley, "--backend", backend)
    assert (code, out) == (2, "")
    assert err == "history: git cannot be run; install it, or put it on PATH\n"


def test_repository_that_git_cannot_read(run: Run, motley: Path) -> None:
    """What git says about a broken repository is passed on, with exit code 2."""
    (motley / ".git" / "config").write_text("[broken")
    code, out, err = run(motley)
    assert (code, out) == (2, "")
    assert err.startswith("history: git rev-parse --is-shallow-repository failed; mend what it")
    assert "bad config" in err
    assert err.count("\n") == 1


def test_audit_log_that_cannot_be_written(run: Run, motley: Path, tmp_path: Path) -> None:
    """An audit log in a folder that is not there is refused, with exit code 2."""
    audit = tmp_path / "nowhere" / "audit.jsonl"
    code, out, err = run(motley, "--audit", audit)
    assert (code, out) == (2, "")
    assert err == (
        f"history: {audit} takes no audit log (No such file or directory); pass another file\n"
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_audit_log_on_a_full_disk(run: Run, motley: Path, backend: str) -> None:
    """An audit log that cannot be written to the end is told of, with exit code 2."""
    code, out, err = run(motley, "--backend", backend, "--audit", "/dev/full")
    assert (code, out) == (2, "")
    assert "takes no audit log (No space left on device)" in err


def test_backend_that_is_missing(run: Run, motley: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without trio installed, asking for it gets a message, with exit code 2."""
    monkeypatch.setitem(sys.modules, "trio", None)
    code, out, err = run(motley, "--backend", "trio")
    assert (code, out) == (2, "")
    assert err == "history: trio is not installed; install it, or pass --backend asyncio\n"


@pytest.mark.parametrize(
    "log",
    [
        b"warning: odd\n\0",
        b"commit 1\0\0",
        b"commit 1\0\0noon\0\0\0\0",
        b"commit 1\0\0\0\0\0\0odd",
        b"commit 1\0\0\0\0\0\0\n1\t1\ta",
        b"commit 1\0\0\0\0\0\0\n1\t1\t\0old",
    ],
)
def test_log_with_anything_unforeseen_is_refused(log: bytes) -> None:
    """What is neither a commit nor one of its files is an error, never skipped."""
    with pytest.raises(UnreadableLogError, match="nothing was sent"):
        list(parse_log(log))


def test_loss_is_told(run: Run, motley: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When git counts more commits than were recorded, the exit code is 1."""
    report = replaced(anyio.run(replay, motley), counted_by_git=8)

    async def lose_one(*_: object, **__: object) -> Report:
        return report

    monkeypatch.setattr(command_line, "replay", lose_one)
    code, out, err = run(motley)
    assert code == 1
    assert out.startswith("commits    7 (git counts 8)")
    assert err == "history: something was lost between git, the signals and the audit\n"
