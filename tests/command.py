"""The ``summitqa`` command, run in this process."""

import sys

import pytest

from summitqa_bot.commands import cli


def ran(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str
) -> tuple[int, str, str]:
    """Run it; give its exit code and what it said, on standard output and on standard error."""
    monkeypatch.setattr(sys, "argv", ["summitqa", *arguments])
    code = 0
    try:
        cli.main()
    except SystemExit as end:
        code = int(end.code or 0)
    captured = capsys.readouterr()
    return code, captured.out, captured.err
