"""Runs SQL on Spark with Delta. Requests are lines of JSON on standard input, answers lines of JSON on standard output.

One JVM serves all sessions, each of which has its own temporary views. The AI functions, the form of results and of
errors are those of piq's own engine: only what runs the SQL differs. The process ends when standard input closes.
"""

import json
import os
import sys
import threading

# answers go to a copy of standard output; whatever Spark prints goes to standard error
_answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)
_lock = threading.Lock()


def answer(number, **fields):
    line = json.dumps({"id": number, **fields}, ensure_ascii=False, allow_nan=False)
    with _lock:
        _answers.write(line + "\n")
        _answers.flush()


def start(settings):
    from pyspark.sql import SparkSession

    jars = sorted(os.path.join(settings["jars"], name) for name in os.listdir(settings["jars"]) if name.endswith(".jar"))
    options = {
        "spark.jars": ",".join(jars),
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        "spark.sql.warehouse.dir": settings["warehouse"],
        "spark.sql.session.timeZone": "UTC",
        # small data: a task per partition and statement is all that more of them would bring
        "spark.sql.shuffle.partitions": "1",
        "spark.databricks.delta.snapshotPartitions": "1",
        # statements on small data spend their time in compilers: interpret them instead
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.sql.lightweightPlanChangeValidation": "false",
        "spark.driver.extraJavaOptions": "-XX:+UseSerialGC",
        "spark.databricks.delta.stats.collect": "false",
        "spark.ui.enabled": "false",
        "spark.driver.memory": "5g",
        "spark.log.level": "ERROR",
    }
    builder = SparkSession.builder.master("local[2]").appName("conformance")
    for name, value in options.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def restore(spark, warehouse):
    """Makes the tables of an earlier process known again: Spark's catalog is gone with it, the data is not."""
    for database in sorted(os.listdir(warehouse)):
        name = database.removesuffix(".db")
        spark.sql(f"CREATE SCHEMA IF NOT EXISTS `{name}`")
        for table in sorted(os.listdir(os.path.join(warehouse, database))):
            place = os.path.join(warehouse, database, table)
            if os.path.isdir(os.path.join(place, "_delta_log")):
                spark.sql(f"CREATE TABLE IF NOT EXISTS `{name}`.`{table}` USING DELTA LOCATION '{place}'")


def load(spark, request):
    """Makes a table from a file of JSON lines whose values are strings or NULL."""
    from pyspark.sql.functions import col
    from pyspark.sql.types import StringType, StructField, StructType

    columns = request["columns"]
    schema = StructType([StructField(c["name"], StringType()) for c in columns])
    frame = spark.read.schema(schema).json(request["file"])
    frame = frame.select([col(f"`{c['name']}`").cast(c["type"]).alias(c["name"]) for c in columns])
    catalog, database, table = request["table"]
    spark.sql(f"CREATE SCHEMA IF NOT EXISTS `{catalog}`.`{database}`")
    frame.write.format("delta").mode("overwrite").option("overwriteSchema", "true").saveAsTable(
        f"`{catalog}`.`{database}`.`{table}`"
    )
    return frame.count()


def main():
    settings = json.loads(sys.stdin.readline())
    sys.path.insert(0, settings["functions"])
    # Spark's own Python processes unpickle the AI functions
    os.environ["PYTHONPATH"] = settings["functions"]
    os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    from errors import described
    from functions import register
    from values import result

    root = start(settings)
    restore(root, settings["warehouse"])
    answer(0, ok=root.version)
    sessions = {}

    def opened(request):
        sessions[request["session"]] = root.newSession()
        register(sessions[request["session"]], {**request["gateway"], "session": request["session"]})

    work = {
        "open": opened,
        "run": lambda r: result(sessions[r["session"]].sql(r["sql"])),
        "close": lambda r: sessions.pop(r["session"], None) and None,
        "load": lambda r: load(root.newSession(), r),
    }

    def run(request):
        try:
            answer(request["id"], ok=work[request["op"]](request))
        except Exception as e:  # noqa: BLE001 - every fault becomes an answer
            answer(request["id"], error=described(e))

    for line in sys.stdin:
        threading.Thread(target=run, args=(json.loads(line),), daemon=True).start()
    # nobody waits for what still runs
    os._exit(0)


main()
