"""How long `piq --version` takes and how much memory it needs: the least of many runs, beside the bar.

    cargo build --profile dist && python3 benches/startup.py
"""

import shutil
import subprocess
import sys
import time
from pathlib import Path

RUNS = 50
BAR = {"milliseconds": 3.0, "megabytes": 8.0}

binary = Path(__file__).parent.parent / "target" / "dist" / "piq"
if not binary.exists():
    sys.exit(f"{binary} is missing: cargo build --profile dist")

times = []
for _ in range(RUNS):
    start = time.perf_counter()
    # an empty environment: no home, no PATH, so neither Python nor a project can play a part
    subprocess.run([binary, "--version"], check=True, env={}, cwd="/", capture_output=True)
    times.append((time.perf_counter() - start) * 1000)

# a child's peak would include Python's own memory from before the exec: GNU time is small enough not to matter
gnu_time = shutil.which("time")
peak = "memory not measured: GNU time is missing"
if gnu_time:
    measured = subprocess.run([gnu_time, "-f", "%M", binary, "--version"], check=True, env={}, capture_output=True)
    peak = f"{int(measured.stderr) / 1024:.1f} MB of {BAR['megabytes']:.0f}"

print(f"piq --version: {min(times):.1f} ms of {BAR['milliseconds']:.0f} (with the cost of starting a process), "
      f"{peak}; binary {binary.stat().st_size / 1e6:.1f} MB")
