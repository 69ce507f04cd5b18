"""What the README says that mypy answers."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.interpreters import needs_mypy

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """Give the code blocks of a language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


@needs_mypy
def test_mypy_answers_to_the_wrong_receiver_as_the_readme_says(tmp_path: Path) -> None:
    """Word for word, and to nothing else in the example."""
    example, *_ = blocks("python")
    (wrong,) = blocks("py")
    program = tmp_path / "example.py"
    program.write_text(f"{example}\n\n{wrong}", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", program],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    said = re.sub(r"^.*?: (?=error)", "", done.stdout)
    assert said in blocks("text")
