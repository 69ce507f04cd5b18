"""Without their ignore comments, refused lines are errors to pyrefly and zuban as well.

mypy, pyright and ty report an ignore that they do not need. zuban never does, and pyrefly does not
where the result of a call is dropped.
"""

import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
TOOLS = Path(sys.executable).parent

COMMANDS = {
    "pyrefly": "check --preset=default --output-format=min-text --progress-bar=no --summary=none "
    f"--python-interpreter-path={sys.executable} --search-path={ROOT / 'src'} --search-path=.",
    "zuban": "check --strict --no-pretty --no-error-summary "
    f"--python-executable={sys.executable} --config-file={ROOT / 'mypy.ini'}",
}

IGNORES = re.compile(r"  # (?:type|pyright|ty|pyrefly|zuban): ignore\[.*")
REPORTED = re.compile(r"^(?:ERROR )?tests/typing/(\w+\.py):(\d+):(?! note:)", re.MULTILINE)


@pytest.mark.parametrize("checker", COMMANDS)
def test_refused_lines_are_errors(checker: str, tmp_path: Path) -> None:
    """A checker sees an error in each line with an ignore that it heeds, and in no other."""
    if not (TOOLS / checker).exists():
        pytest.skip(f"{checker} is one of the tools, which are not in the test group")
    folder = tmp_path / "tests" / "typing"
    folder.mkdir(parents=True)
    expected: set[tuple[str, int]] = set()
    for path in HERE.glob("*.py"):
        if path != Path(__file__):
            lines = path.read_text().splitlines()
            expected |= {(path.name, number) for number in refused_by(checker, lines)}
            bare = [IGNORES.sub("", line) for line in lines]
            (folder / path.name).write_text("\n".join(bare) + "\n")

    checked = subprocess.run(
        [str(TOOLS / checker), *COMMANDS[checker].split(), "tests/typing"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    found = {(name, int(number)) for name, number in REPORTED.findall(checked.stdout)}
    assert found, checked.stderr
    assert sorted(expected - found) == [], f"{checker} no longer sees these"
    assert sorted(found - expected) == [], f"{checker} sees these as well"


def refused_by(checker: str, lines: list[str]) -> list[int]:
    """Number the lines with an ignore for the checker, without those where "Not ..." names it."""
    heeded = re.compile(rf"# (?:type|{checker}): ignore\[")
    not_seen = re.compile(rf"\s*# Not [^:]*\b{checker}\b")
    return [
        number
        for number, (above, line) in enumerate(zip(["", *lines], lines, strict=False), start=1)
        if (ignores := IGNORES.search(line))
        and heeded.search(ignores[0])
        and not not_seen.match(above)
    ]
