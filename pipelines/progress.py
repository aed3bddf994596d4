"""What a person sees while a run goes on: one line a stage on stderr, with its rate."""

import sys
import time


class Progress:
    """A stop-watch that speaks. seconds: wall time of each finished stage, by name."""

    def __init__(self) -> None:
        """Start the watch."""
        self.seconds: dict[str, float] = {}
        self._last = time.monotonic()

    def done(self, stage: str, count: int, things: str) -> None:
        """A stage is finished: note its time, and say so."""
        now = time.monotonic()
        took, self._last = now - self._last, now
        self.seconds[stage] = round(took, 3)
        rate = f", {count / took:,.0f}/s" if took > 0.05 else ""
        print(f"lookalike: {stage} {count:,} {things} in {took:,.1f} s{rate}", file=sys.stderr, flush=True)
