"""The job file: `TrainingJob` of packages/contract/src/training-job.ts."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any


class InvalidInputError(Exception):
    """The job, its data or its base model cannot be used; the message says what to do next."""


@dataclass(frozen=True)
class Options:
    rank: int
    alpha: float
    targets: list[str]
    epochs: int
    batch: int
    accumulate: int
    learning_rate: float
    warm_up: float
    weight_decay: float
    clip: float
    beta: float
    sft_weight: float
    preference_weight: float
    safety_gate: str
    seed: int
    cpu_share: float
    checkpoint_every: int


@dataclass(frozen=True)
class Job:
    id: str
    base_folder: Path
    base_model: str
    data_file: Path
    data_hash: str
    output_folder: Path
    # PEFT folders of the layers that this one is trained on top of, outermost first.
    parent_folders: list[Path]
    options: Options

    @property
    def checkpoints(self) -> Path:
        return self.output_folder / "checkpoints"

    @property
    def adapter(self) -> Path:
        return self.output_folder / "adapter"


def read_job(path: Path) -> Job:
    """Reads a job file. Raises InvalidInputError."""
    try:
        raw = json.loads(path.read_text("utf-8"))
        options = Options(**{field.name: raw["options"][_camel(field.name)] for field in fields(Options)})
        return Job(
            id=raw["id"],
            base_folder=Path(raw["baseFolder"]),
            base_model=raw["baseModel"],
            data_file=Path(raw["dataFile"]),
            data_hash=raw["dataHash"],
            output_folder=Path(raw["outputFolder"]),
            parent_folders=_parent_folders(raw),
            options=options,
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidInputError(f"{path} is no training job ({error!r}). Make the job again.") from error


def _parent_folders(raw: dict[str, Any]) -> list[Path]:
    folders = [Path(folder) for folder in raw.get("parentFolders", [])]
    if len(folders) != len(raw.get("parents", [])):
        raise ValueError("each of the parents needs a folder in parentFolders")
    return folders


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def hash_file(path: Path) -> str:
    """Hex SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def assert_hash(path: Path, expected: str, what: str) -> None:
    """Raises InvalidInputError when the file is not the one the job names."""
    try:
        found = hash_file(path)
    except OSError as error:
        raise InvalidInputError(f"The {what} {path} cannot be read ({error}).") from error
    if found != expected:
        raise InvalidInputError(f"{path} is not the {what} that the job names ({expected}). Make a new job for it.")


def write_json(path: Path, value: Any) -> None:  # noqa: ANN401  (any JSON)
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", "utf-8")
