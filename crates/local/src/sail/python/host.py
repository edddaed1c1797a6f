"""Runs SQL on Sail for piq. Requests are lines of JSON on standard input, answers lines of JSON on standard output.

The process ends when standard input closes, that is, when piq ends, however it ends.
"""

import json
import os
import sys
import threading

# answers go to a copy of standard output; whatever a library prints goes to the log
_answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)
_lock = threading.Lock()


def answer(number, **fields):
    line = json.dumps({"id": number, **fields}, ensure_ascii=False, allow_nan=False)
    with _lock:
        _answers.write(line + "\n")
        _answers.flush()


def main():
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    from errors import described
    from sessions import Sessions
    import tables

    settings = json.loads(sys.stdin.readline())
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
        "load": lambda r: tables.load(r["path"], r["file"], r["columns"], r["comment"]),
    }
    for line in sys.stdin:
        request = json.loads(line)
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
