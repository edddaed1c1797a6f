"""Sessions of Sail. Each has a thread of its own, so that its statements run one after the other."""

import os
import queue
import threading
import warnings

warnings.filterwarnings("ignore")

from errors import described  # noqa: E402
from values import result  # noqa: E402


class Servers:
    """Sail's servers in this process: one for each set of catalogs, since a server's catalogs are fixed."""

    def __init__(self):
        self.servers = {}

    def url(self, catalogs):
        key = tuple(sorted(catalogs))
        if key not in self.servers:
            from pysail.spark import SparkConnectServer

            entries = ", ".join(f'{{name="{name}", type="memory", initial_database=["default"]}}' for name in key)
            os.environ["SAIL_CATALOG__LIST"] = f"[{entries}]"
            os.environ["SAIL_CATALOG__DEFAULT_CATALOG"] = key[0]
            server = SparkConnectServer("127.0.0.1", 0)
            server.start(background=True)
            self.servers[key] = server
        host, port = self.servers[key].listening_address
        return f"sc://{host}:{port}"


class Session:
    def __init__(self, number, url, gateway):
        self.number = number
        self.url = url
        self.gateway = gateway
        self.spark = None
        self.waiting = queue.SimpleQueue()
        threading.Thread(target=self.work, daemon=True).start()

    def submit(self, request, answer):
        self.waiting.put((request, answer))

    def close(self):
        self.waiting.put(None)
        if self.spark is not None:
            try:
                self.spark.interruptAll()
            except Exception:  # noqa: BLE001 - a session that is over has nothing to interrupt
                pass

    def work(self):
        while True:
            item = self.waiting.get()
            if item is None:
                break
            request, answer = item
            try:
                answer(request["id"], ok=self.run(request))
            except Exception as e:  # noqa: BLE001
                answer(request["id"], error=described(e, request["sql"]))
        if self.spark is not None:
            try:
                self.spark.client.release_session()
            except Exception:  # noqa: BLE001
                pass

    def run(self, request):
        if self.spark is None:
            from functions import register
            from pyspark.sql import SparkSession

            self.spark = SparkSession.builder.remote(self.url).create()
            self.spark.conf.set("spark.sql.session.timeZone", "UTC")
            register(self.spark, {**self.gateway, "session": self.number})
        for sql in request["setup"]:
            self.spark.sql(sql)
        try:
            return result(self.spark.sql(request["sql"])) if request["sql"] else None
        finally:
            for sql in request["after"]:
                self.spark.sql(sql)


class Sessions:
    def __init__(self, gateway):
        self.gateway = gateway
        self.servers = Servers()
        self.sessions = {}

    def open(self, number, catalogs):
        self.sessions[number] = Session(number, self.servers.url(catalogs), self.gateway)

    def get(self, number):
        return self.sessions[number]

    def close(self, number):
        session = self.sessions.pop(number, None)
        if session is not None:
            session.close()
