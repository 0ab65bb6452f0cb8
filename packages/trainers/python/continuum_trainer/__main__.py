"""`continuum-trainer JOB_FILE`: ends with 0 when done, 2 for a job it cannot read, 3 when cancelled, 1 for the rest."""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path

from continuum_trainer.job import InvalidInputError, read_job
from continuum_trainer.progress import Events


def main() -> int:
    """Runs one job."""
    os.environ.update(
        HF_HUB_OFFLINE="1", HF_DATASETS_OFFLINE="1", TRANSFORMERS_OFFLINE="1", TOKENIZERS_PARALLELISM="false"
    )
    events = Events()
    if len(sys.argv) != 2:
        print("usage: continuum-trainer JOB_FILE", file=sys.stderr)
        return 2
    try:
        job = read_job(Path(sys.argv[1]))
        events.say("queued", jobId=job.id)
        # Seconds of imports: a job that cannot be read is told without them.
        from continuum_trainer.train import timed

        return 0 if timed(job, events) else 3
    except InvalidInputError as error:
        events.say("failed", error=str(error))
        return 2
    except Exception as error:
        traceback.print_exc()
        events.say("failed", error=f"{type(error).__name__}: {error}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
