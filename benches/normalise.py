"""How long `piq dashboards normalise` takes for a dashboard of 1.2 MB, as a whole process: the bar is 20 ms.

    cargo build --release && python3 benches/normalise.py
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUNS = 60
BAR = 20.0
SIZE = 1_200_000

root = Path(__file__).parent.parent
binary = root / "target" / "release" / "piq"
if not binary.exists():
    sys.exit(f"{binary} is missing: cargo build --release")

# the project's own dashboard, again and again until it has the size
dashboard = json.loads((root / "dashboards" / "piq_main.lvdash.json").read_text())
datasets, pages = dashboard["datasets"], dashboard["pages"]
text, copies = "", 0
while len(text) < SIZE:
    copies += 1
    dashboard["datasets"] = [{**d, "name": f"{d['name']}_{n}"} for n in range(copies) for d in datasets]
    dashboard["pages"] = [{**p, "name": f"{p['name']}_{n}"} for n in range(copies) for p in pages]
    text = json.dumps(dashboard, indent=2)


def run(arguments, code):
    """Milliseconds on the clock and of the processor, for one process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    done = subprocess.run([binary, "dashboards", "normalise", *arguments], env={}, capture_output=True, check=False)
    clock = (time.perf_counter() - start) * 1000
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != code:
        sys.exit(f"exit code {done.returncode}: {done.stderr.decode()}")
    return clock, (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000


def show(what, runs):
    clock, cpu = [sorted(r[i] for r in runs) for i in (0, 1)]
    print(f"{what}: {clock[0]:.1f} ms at best, {statistics.median(clock):.1f} ms in the middle; "
          f"processor {cpu[0]:.1f} and {statistics.median(cpu):.1f} ms; bar {BAR:.0f} ms")


with tempfile.TemporaryDirectory() as folder:
    file = Path(folder) / "big.lvdash.json"
    file.write_text(text)
    print(f"{len(text) / 1e6:.2f} MB, {copies * len(datasets)} datasets")
    values = [["--catalog", "one", "--schema", "left"], ["--catalog", "another", "--schema", "right"]]
    run([*values[1], file], 1)
    show("changed and written", [run([*values[n % 2], file], 1) for n in range(RUNS)])
    show("nothing to change", [run([*values[1], file], 0) for _ in range(RUNS)])
    probe = Path(folder) / "probe"
    syncs = []
    for _ in range(RUNS):
        start = time.perf_counter()
        with probe.open("wb") as out:
            out.write(text.encode())
            out.flush()
            os.fsync(out.fileno())
        syncs.append((time.perf_counter() - start) * 1000)
    print(f"of that, writing such a file to the disk (fsync): {min(syncs):.1f} ms at best, "
          f"{statistics.median(syncs):.1f} ms in the middle")
