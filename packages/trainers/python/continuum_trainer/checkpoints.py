"""Checkpoints that are known to be whole."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from continuum_trainer.job import hash_file, write_json

SEAL = "complete.json"


def seal(checkpoint: Path) -> None:
    """Marks a checkpoint as whole: the hash of each of its files, written last."""
    beside = checkpoint / f"{SEAL}.part"
    write_json(beside, _hashes(checkpoint))
    beside.rename(checkpoint / SEAL)


def newest_whole(folder: Path) -> Path | None:
    """The newest checkpoint that is what it was when it was sealed; torn and damaged ones are removed."""
    whole = None
    for checkpoint in sorted(folder.glob("checkpoint-*"), key=_step):
        if _is_whole(checkpoint):
            whole = checkpoint
        else:
            shutil.rmtree(checkpoint)
    return whole


def _step(checkpoint: Path) -> int:
    return int(checkpoint.name.split("-")[1])


def _hashes(checkpoint: Path) -> dict[str, str]:
    files = (path for path in sorted(checkpoint.rglob("*")) if path.is_file() and not path.name.startswith(SEAL))
    return {str(path.relative_to(checkpoint)): hash_file(path) for path in files}


def _is_whole(checkpoint: Path) -> bool:
    try:
        return json.loads((checkpoint / SEAL).read_text("utf-8")) == _hashes(checkpoint)
    except (OSError, ValueError):
        return False
