"""The stages of examples/migration, and ways to run them."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from flask import Flask

from examples.migration.transcript import write_transcript

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "examples" / "migration"
STAGES = ("before", "step_1", "step_2", "step_3")


def visit(stage: str) -> list[str]:
    """Drive a new application of a stage, in this process."""
    module = importlib.import_module(f"examples.migration.{stage}.app")
    create_app: Callable[[], Flask] = module.create_app
    return list(write_transcript(create_app()))


def run_python(*arguments: str) -> list[str]:
    """Run Python in the root of the project, with warnings as errors, and give what it prints."""
    done = subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONIOENCODING": "utf-8"},
        timeout=100,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()
