"""What happens between two steps: an event, a rest, a sealed checkpoint, a stop."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from continuum_trainer.checkpoints import seal

if TYPE_CHECKING:
    from continuum_trainer.progress import Events
    from continuum_trainer.trainer import DualChannelTrainer

NEWEST = 0.1
LONGEST_REST = 0.2


class Conduct(TrainerCallback):
    """Tells of every step, keeps the share of the CPU, seals checkpoints, and stops after SIGTERM."""

    def __init__(self, events: Events, cpu_share: float) -> None:
        self.trainer: DualChannelTrainer | None = None
        self.cancelled = False
        self._events = events
        self._share = cpu_share
        self._seconds_per_step: float | None = None
        signal.signal(signal.SIGTERM, self._cancel)

    def _cancel(self, *_: object) -> None:
        self.cancelled = True

    def on_step_begin(self, *_: Any, **__: Any) -> None:  # noqa: ANN401  (the library's own)
        self._begin(fresh=False)

    def on_train_begin(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **_: Any,  # noqa: ANN401
    ) -> None:
        self._events.say("running", step=state.global_step, steps=state.max_steps)
        self._begin(fresh=True)

    def _begin(self, *, fresh: bool) -> None:
        if fresh or not hasattr(self, "_wall"):
            self._wall, self._cpu = time.perf_counter(), time.process_time()

    def on_step_end(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **_: Any,  # noqa: ANN401
    ) -> TrainerControl:
        self._rest()
        self._tell(state)
        if self.cancelled:
            control.should_save = True
            control.should_training_stop = True
        return control

    def _rest(self) -> None:
        """Sleeps until the CPU time since the last step is no more than the share of the time on the wall."""
        used = time.process_time() - self._cpu
        until = self._wall + used / self._share
        while not self.cancelled and (left := until - time.perf_counter()) > 0:
            time.sleep(min(left, LONGEST_REST))

    def _tell(self, state: TrainerState) -> None:
        if self.trainer is None:
            return
        now = time.perf_counter()
        seconds, self._wall, self._cpu = now - self._wall, now, time.process_time()
        mean = self._seconds_per_step
        self._seconds_per_step = seconds if mean is None else mean + NEWEST * (seconds - mean)
        losses, self.trainer.losses = self.trainer.losses, []
        self._events.say(
            "running",
            step=state.global_step,
            tokens=self.trainer.tokens_seen,
            loss=sum(losses) / len(losses) if losses else None,
            etaSeconds=self._seconds_per_step * (state.max_steps - state.global_step),
        )

    def on_save(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **_: Any,  # noqa: ANN401
    ) -> None:
        seal(Path(args.output_dir) / f"checkpoint-{state.global_step}")
