"""What the trainer says on its standard output: one `TrainingProgress` a line, and nothing else."""

from __future__ import annotations

import json
import os
import sys
from typing import Any, TextIO


class Events:
    """Takes standard output for events; whatever else prints there goes to standard error from here on."""

    def __init__(self) -> None:
        self._out: TextIO = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)
        sys.stdout = sys.stderr
        self._known: dict[str, Any] = {"jobId": "", "step": 0, "steps": 0, "tokens": 0}

    def say(self, state: str, **change: Any) -> None:  # noqa: ANN401  (fields of the event)
        """Writes an event; job, step, steps and tokens stay as they were where not said anew."""
        self._known |= {key: change[key] for key in self._known.keys() & change.keys()}
        event = self._known | change | {"state": state}
        print(json.dumps({key: value for key, value in event.items() if value is not None}), file=self._out, flush=True)
