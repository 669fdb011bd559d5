"""What nobody thought of, said so that it can be found and nothing secret is told."""

from __future__ import annotations

import traceback
from pathlib import Path

_OURS = Path(__file__).parents[1]


def unforeseen(error: Exception) -> str:
    """The error's type and where it came up in our code; its text may hold what no log should."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(_OURS)]
    last = (ours or frames)[-1]
    file = Path(last.filename)
    shown = file.relative_to(_OURS.parent) if ours else file.name
    return f"unforeseen: {type(error).__name__} at {shown}:{last.lineno}, in {last.name}"
