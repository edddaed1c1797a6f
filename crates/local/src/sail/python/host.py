"""Runs SQL on Sail for piq. Requests are lines of JSON on standard input, answers lines of JSON on standard output.

The process ends when standard input closes, that is, when piq ends, however it ends.
"""

import json
import os
import sys
import threading

# answers go to a copy of standard output; whatever a library prints goes to the log
_answers = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="backslashreplace")
os.dup2(2, 1)
_lock = threading.Lock()


def answer(number, **fields):
    line = json.dumps({"id": number, **fields}, ensure_ascii=False, allow_nan=False)
    with _lock:
        _answers.write(line + "\n")
        _answers.flush()


def read(line):
    """A request, or nothing if the line is none: one bad line must not end the process and what runs in it."""
    try:
        request = json.loads(line)
    except (ValueError, RecursionError) as e:
        print("a request that cannot be read:", type(e).__name__, file=sys.stderr)
        return None
    known = isinstance(request, dict) and type(request.get("id")) is int and isinstance(request.get("op"), str)
    return request if known else None


def isolate():
    """Gives this process a network of its own, where the engine's port is nobody else's. The AI functions reach piq by
    a socket in the file system. Without the right to do so (other systems, some containers) the port is on the
    machine's loopback."""
    if sys.platform != "linux":
        return
    # tried in a child first: half of it would leave this process without loopback
    child = os.fork()
    if child == 0:
        try:
            leave_network()
        except BaseException:  # noqa: BLE001 - the exit code tells
            os._exit(1)
        os._exit(0)
    if os.waitpid(child, 0)[1] == 0:
        leave_network()


def leave_network():
    import ctypes
    import fcntl
    import socket
    import struct

    new_user, new_net, set_flags, up_and_running = 0x10000000, 0x40000000, 0x8914, 0x41
    user, group = os.getuid(), os.getgid()
    if ctypes.CDLL(None, use_errno=True).unshare(new_user | new_net) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    for name, text in [("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")]:
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
            file.write(text)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as loopback:
        fcntl.ioctl(loopback, set_flags, struct.pack("16sH14x", b"lo", up_and_running))


def main():
    settings = json.loads(sys.stdin.buffer.readline())
    if settings["gateway"].get("socket"):
        isolate()
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    from errors import described
    from sessions import Sessions
    import tables

    sessions = Sessions(settings["gateway"])

    def later(request, work):
        def run():
            try:
                answer(request["id"], ok=work(request))
            except Exception as e:  # noqa: BLE001 - every fault becomes an answer
                answer(request["id"], error=described(e))

        threading.Thread(target=run, daemon=True).start()

    work = {
        "add_columns": lambda r: tables.add_columns(r["path"], r["columns"]),
        "checkpoint": lambda r: tables.checkpoint(r["paths"]),
        "columns": lambda r: tables.columns(r["path"]),
        "append": lambda r: tables.append(r["path"], r["file"], r["columns"]),
        "read_parquet": lambda r: tables.read_parquet(r["file"], r["into"]),
        "load": lambda r: tables.load(r["path"], r["file"], r["columns"], r["comment"]),
    }
    for line in sys.stdin.buffer:
        request = read(line)
        if request is None:
            continue
        op = request["op"]
        try:
            if op == "open":
                sessions.open(request["session"], request["catalogs"])
                answer(request["id"], ok=None)
            elif op == "run":
                sessions.get(request["session"]).submit(request, answer)
            elif op == "close":
                sessions.close(request["session"])
                answer(request["id"], ok=None)
            else:
                later(request, work[op])
        except Exception as e:  # noqa: BLE001
            answer(request["id"], error=described(e))
    # sessions may still run: nobody waits for them any more
    os._exit(0)


main()
