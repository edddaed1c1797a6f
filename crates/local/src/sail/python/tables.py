"""What Sail cannot do to a Delta table: add columns with comments, tell its columns, fill it from a file."""

import json
import os
import re

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json
from deltalake import DeltaTable, Field, Schema, write_deltalake

PRIMITIVE = {
    "STRING": "string", "BIGINT": "long", "LONG": "long", "INT": "integer", "INTEGER": "integer", "SMALLINT": "short",
    "TINYINT": "byte", "DOUBLE": "double", "FLOAT": "float", "BOOLEAN": "boolean", "DATE": "date",
    "TIMESTAMP": "timestamp", "TIMESTAMP_NTZ": "timestamp_ntz", "BINARY": "binary",
}
NAMES = {
    "string": "STRING", "long": "BIGINT", "integer": "INT", "short": "SMALLINT", "byte": "TINYINT", "double": "DOUBLE",
    "float": "FLOAT", "boolean": "BOOLEAN", "date": "DATE", "timestamp": "TIMESTAMP", "timestamp_ntz": "TIMESTAMP_NTZ",
    "binary": "BINARY",
}


def columns(path):
    table = DeltaTable(path)
    fields = json.loads(table.schema().to_json())["fields"]
    return {
        "comment": table.metadata().description,
        "columns": [
            {
                "name": f["name"],
                "type_text": sql_type(f["type"]),
                "nullable": f["nullable"],
                "comment": f["metadata"].get("comment"),
            }
            for f in fields
        ],
    }


def add_columns(path, new):
    """Adds the columns that the table lacks; one that it has with another type is refused."""
    table = DeltaTable(path)
    have = {f["name"].lower(): f for f in json.loads(table.schema().to_json())["fields"]}
    missing = []
    for column in new:
        known = have.get(column["name"].lower())
        if known is None:
            missing.append(field(column))
    if missing:
        table.alter.add_columns(missing)
    return len(missing)


# commits after which a table gets a checkpoint, so that its log is quick to read
COMMITS = 50
PROPERTIES = {"delta.checkpointInterval": "1000000"}


def checkpoint(paths):
    """Writes the checkpoints that are due; nobody may read the tables meanwhile."""
    made = 0
    for path in paths:
        try:
            names = os.listdir(os.path.join(path, "_delta_log"))
            last = max((int(n[:20]) for n in names if re.fullmatch(r"\d{20}\.checkpoint.*", n)), default=-1)
            if sum(1 for n in names if re.fullmatch(r"\d{20}\.json", n) and int(n[:20]) > last) >= COMMITS:
                DeltaTable(path).create_checkpoint()
                made += 1
        except Exception as e:  # noqa: BLE001 - a table without a checkpoint is slow, not wrong
            print(f"no checkpoint of {path}: {e}")
    return made


def load(path, file, new, comment):
    """Makes a table from a file of JSON lines whose values are strings or NULL."""
    fields = [field(column) for column in new]
    DeltaTable.create(path, Schema(fields), description=comment, configuration=PROPERTIES)
    return append(path, file, new)


def append(path, file, new):
    """Adds the rows of such a file to a table, batch by batch; columns of the table that it lacks are NULL."""
    types = pa.schema(pa.schema(DeltaTable(path).schema().to_arrow()))
    given = {column["name"] for column in new}
    read = pa.json.open_json(
        file,
        read_options=pa.json.ReadOptions(block_size=8 << 20),
        parse_options=pa.json.ParseOptions(
            explicit_schema=pa.schema([(f.name, pa.string()) for f in types if f.name in given]),
            unexpected_field_behavior="error",
        ),
    )
    rows = 0

    def batches():
        nonlocal rows
        for batch in read:
            rows += batch.num_rows
            arrays = [
                typed(batch.column(f.name), f.type) if f.name in given else pa.nulls(batch.num_rows, f.type) for f in types
            ]
            yield pa.RecordBatch.from_arrays(arrays, schema=types)

    write_deltalake(path, pa.RecordBatchReader.from_batches(types, batches()), mode="append")
    return rows


def read_parquet(file, into):
    """Writes the rows of a Parquet file as JSON lines, lists of strings or NULL, and gives its columns."""
    import pyarrow.parquet

    source = pa.parquet.ParquetFile(file)
    with open(into, "w", encoding="utf-8") as out:
        for batch in source.iter_batches():
            for row in zip(*(texts(column) for column in batch.columns)):
                out.write(json.dumps(row) + "\n")
    return [{"name": f.name, "type_text": arrow_type(f.type)} for f in source.schema_arrow]


def texts(column):
    if pa.types.is_nested(column.type):
        return [None if v is None else json.dumps(v, default=str) for v in column.to_pylist()]
    if pa.types.is_dictionary(column.type):
        return texts(column.dictionary_decode())
    if pa.types.is_timestamp(column.type):
        return [None if v is None else v.isoformat(sep=" ") for v in pc.cast(column, pa.timestamp("us", tz=column.type.tz), safe=False).to_pylist()]
    if pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type) or pa.types.is_time(column.type):
        raise ValueError(f"[UNSUPPORTED_DATATYPE] a column of the type {column.type} cannot be loaded: leave it out, or write it as a string")
    return pc.cast(column, pa.string()).to_pylist()


def arrow_type(kind):
    """The SQL type of an Arrow type; lists, maps and structs are JSON texts."""
    if pa.types.is_dictionary(kind):
        return arrow_type(kind.value_type)
    if pa.types.is_decimal(kind):
        return f"DECIMAL({kind.precision},{kind.scale})"
    tests = [
        (pa.types.is_boolean, "BOOLEAN"), (pa.types.is_int8, "TINYINT"), (pa.types.is_int16, "SMALLINT"),
        (pa.types.is_int32, "INT"), (pa.types.is_integer, "BIGINT"), (pa.types.is_float32, "FLOAT"),
        (pa.types.is_floating, "DOUBLE"), (pa.types.is_date, "DATE"), (pa.types.is_timestamp, "TIMESTAMP"),
    ]
    return next((name for test, name in tests if test(kind)), "STRING")


def typed(texts, kind):
    if pa.types.is_timestamp(kind) and kind.tz:
        # times without an offset are UTC
        return pc.assume_timezone(pc.cast(pc.utf8_rtrim(texts, characters="Z"), pa.timestamp("us")), "UTC")
    return pc.cast(texts, kind)


def field(column):
    metadata = {"comment": column["comment"]} if column.get("comment") else {}
    text = json.dumps({
        "type": "struct",
        "fields": [{"name": column["name"], "type": delta_type(column["type"]), "nullable": True, "metadata": metadata}],
    })
    return Schema.from_json(text).fields[0]


def sql_type(t):
    if isinstance(t, str):
        return NAMES.get(t, t.upper())
    if t["type"] == "array":
        return f"ARRAY<{sql_type(t['elementType'])}>"
    if t["type"] == "map":
        return f"MAP<{sql_type(t['keyType'])}, {sql_type(t['valueType'])}>"
    return "STRUCT<" + ", ".join(f"{f['name']}: {sql_type(f['type'])}" for f in t["fields"]) + ">"


def delta_type(text):
    """The Delta type of a SQL type such as `ARRAY<STRUCT<a: STRING>>`."""
    found, rest = parse(text.strip())
    if rest.strip():
        raise ValueError(f"[UNSUPPORTED_DATATYPE] {text} is not a type that piq knows")
    return found


def parse(text):
    word = text.split("<", 1)[0].split(",", 1)[0].split(">", 1)[0].split("(", 1)[0].strip()
    rest = text[text.index(word) + len(word):].lstrip()
    upper = word.upper()
    if upper in ("DECIMAL", "NUMERIC", "DEC"):
        if not rest.startswith("("):
            return "decimal(10,0)", rest
        inside, rest = rest[1:].split(")", 1)
        numbers = [int(n) for n in inside.split(",")]
        return f"decimal({numbers[0]},{numbers[1] if len(numbers) > 1 else 0})", rest
    if upper == "ARRAY":
        element, rest = parse(rest[1:])
        return {"type": "array", "elementType": element, "containsNull": True}, after(rest, ">")
    if upper == "MAP":
        key, rest = parse(rest[1:])
        value, rest = parse(after(rest, ","))
        return {"type": "map", "keyType": key, "valueType": value, "valueContainsNull": True}, after(rest, ">")
    if upper == "STRUCT":
        fields, rest = [], rest[1:]
        while True:
            name, rest = named(rest)
            kind, rest = parse(rest)
            fields.append({"name": name, "type": kind, "nullable": True, "metadata": {}})
            if not rest.lstrip().startswith(","):
                return {"type": "struct", "fields": fields}, after(rest, ">")
            rest = after(rest, ",")
    if upper in PRIMITIVE:
        return PRIMITIVE[upper], rest
    raise ValueError(f"[UNSUPPORTED_DATATYPE] {word} is not a type that piq knows")


def named(text):
    text = text.lstrip()
    if text.startswith("`"):
        name, rest = text[1:].split("`", 1)
    else:
        end = next(i for i, c in enumerate(text) if c in ": ")
        name, rest = text[:end], text[end:]
    return name, rest.lstrip().removeprefix(":").lstrip()


def after(text, mark):
    text = text.lstrip()
    if not text.startswith(mark):
        raise ValueError(f"[UNSUPPORTED_DATATYPE] expected {mark} before {text!r}")
    return text[len(mark):].lstrip()
