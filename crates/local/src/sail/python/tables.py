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
    """Makes a table from a file of JSON lines whose values are strings or NULL, batch by batch."""
    fields = [field(column) for column in new]
    DeltaTable.create(path, Schema(fields), description=comment, configuration=PROPERTIES)
    types = pa.schema(pa.schema(Schema(fields).to_arrow()))
    read = pa.json.open_json(
        file,
        read_options=pa.json.ReadOptions(block_size=8 << 20),
        parse_options=pa.json.ParseOptions(
            explicit_schema=pa.schema([(f.name, pa.string()) for f in types]), unexpected_field_behavior="error"
        ),
    )
    rows = 0

    def batches():
        nonlocal rows
        for batch in read:
            rows += batch.num_rows
            arrays = [typed(batch.column(f.name), f.type) for f in types]
            yield pa.RecordBatch.from_arrays(arrays, schema=types)

    write_deltalake(path, pa.RecordBatchReader.from_batches(types, batches()), mode="append")
    return rows


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
