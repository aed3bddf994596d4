"""`python -m tests.faults --schedules 1000`: random fault schedules under the whole flow, and what they did."""

import argparse
import sys
import tempfile
import time
import traceback
from pathlib import Path

from tests.faults.filesystem import told
from tests.faults.schedules import Flow, cheap, drawn


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schedules", type=int, default=1000, help="how many")
    parser.add_argument("--first", type=int, default=0, help="number of the first")
    parser.add_argument("--local", action="store_true", help="of this machine's file system, not of a store")
    parser.add_argument("--engine", action="store_true", help="by Beam's local runner")
    parser.add_argument("--stop", action="store_true", help="at the first that is violated")
    args = parser.parse_args()
    begun, violated = time.monotonic(), []
    with tempfile.TemporaryDirectory() as folder, cheap(Path(folder) if args.local else None, args.engine):
        flow = Flow(Path(folder), "" if args.local else "faulty://")
        for seed in range(args.first, args.first + args.schedules):
            try:
                flow.check(drawn(seed))
            except Exception as error:
                violated.append(seed)
                short = traceback.format_exc() if not isinstance(error, AssertionError) else str(error)
                print(f"{seed} {drawn(seed)}\n    {short[:1500]}", flush=True)
                if args.stop:
                    break
    print(told(flow.counts))
    print(f"{sum(flow.counts.values()):,} faults, {dict(flow.tallies)}")
    print(f"{args.schedules:,} schedules in {time.monotonic() - begun:.0f} s: {len(violated)} violated {violated[:50]}")
    return 1 if violated else 0


if __name__ == "__main__":
    sys.exit(main())
