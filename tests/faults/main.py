"""tests/faults/run.sh: see --help."""

import argparse
import random
import sys

from harness import BUILD

from . import run as runs
from .spool_support import has_spool


def main() -> int:
    options = _options()
    result = runs.run(options, say=lambda line: print(line, flush=True))
    for violation in result.violations[:50]:
        print(f"VIOLATION {violation}")
    print(result.summary())
    if result.violations:
        print(f"history and logs: {options.directory}\nagain: {replay(options)}")
    return 1 if result.violations else 0


def replay(options: runs.Options) -> str:
    return (f"tests/faults/run.sh --minutes {options.seconds / 60:g} --seed {options.seed} --nodes {options.nodes} "
            f"--rate {options.rate:g}{'' if options.spool else ' --no-spool'}{' --tight' if options.tight else ''}")


def _options() -> runs.Options:
    parser = argparse.ArgumentParser(prog="tests/faults/run.sh", description="The program against a real Kafka under a "
                                     "seeded schedule of faults; exit 1 where something that is promised is broken.")
    parser.add_argument("--minutes", type=float, default=2, help="how long faults come; default 2")
    parser.add_argument("--seed", type=int, help="which faults and events; chosen and printed where it is not given")
    parser.add_argument("--nodes", type=int, choices=(1, 3), default=1, help="of Kafka; default 1")
    parser.add_argument("--no-spool", action="store_true", help="without the spool")
    parser.add_argument("--rate", type=float, default=100, help="events per second; default 100")
    parser.add_argument("--tight", action="store_true", help="short faults and pauses, each kind once before any again")
    given = parser.parse_args()
    seed = random.randrange(1_000_000) if given.seed is None else given.seed
    spool = not given.no_spool and has_spool()
    if not spool and not given.no_spool:
        print("this program has no spool: without it")
    options = runs.Options(given.minutes * 60, seed, BUILD / "faults" / f"{seed}-{given.nodes}", given.nodes, spool,
                           given.rate, given.tight)
    print(f"seed {seed}; again: {replay(options)}")
    return options


if __name__ == "__main__":
    sys.exit(main())
