"""Results as JSON: exact decimals as strings, dates and timestamps in ISO form, whole numbers as numbers."""

import base64
import datetime
import json
import math

import pyarrow as pa


def result(frame):
    table = frame.toArrow()
    columns = [{"name": f.name, "type_text": type_text(f.type)} for f in table.schema]
    values = [[plain(v, f.type) for v in table.column(i).to_pylist()] for i, f in enumerate(table.schema)]
    rows = [list(row) for row in zip(*values)] if values else []
    return {"columns": columns, "rows": rows}


def type_text(t):
    if pa.types.is_decimal(t):
        return f"DECIMAL({t.precision},{t.scale})"
    if pa.types.is_timestamp(t):
        return "TIMESTAMP" if t.tz else "TIMESTAMP_NTZ"
    if pa.types.is_map(t):
        return f"MAP<{type_text(t.key_type)}, {type_text(t.item_type)}>"
    if pa.types.is_list(t) or pa.types.is_large_list(t):
        return f"ARRAY<{type_text(t.value_type)}>"
    if pa.types.is_struct(t):
        if is_variant(t):
            return "VARIANT"
        return "STRUCT<" + ", ".join(f"{f.name}: {type_text(f.type)}" for f in t) + ">"
    if pa.types.is_duration(t):
        return "INTERVAL DAY TO SECOND"
    names = [
        (pa.types.is_boolean, "BOOLEAN"), (pa.types.is_int8, "TINYINT"), (pa.types.is_int16, "SMALLINT"),
        (pa.types.is_int32, "INT"), (pa.types.is_int64, "BIGINT"), (pa.types.is_float32, "FLOAT"),
        (pa.types.is_float64, "DOUBLE"), (pa.types.is_date, "DATE"), (pa.types.is_null, "VOID"),
        (pa.types.is_binary, "BINARY"), (pa.types.is_large_binary, "BINARY"),
    ]
    return next((name for test, name in names if test(t)), "STRING")


def is_variant(t):
    return {f.name for f in t} == {"metadata", "value"} and all(pa.types.is_binary(f.type) for f in t)


def plain(value, t):
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, "NaN")
    if isinstance(value, datetime.datetime):
        text = value.replace(tzinfo=None).isoformat(timespec="microseconds" if value.microsecond % 1000 else "milliseconds")
        return text + "Z" if t.tz else text
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, datetime.timedelta):
        sign, seconds = ("-", -value) if value < datetime.timedelta(0) else ("", value)
        hours, rest = divmod(seconds.seconds, 3600)
        return f"{sign}{seconds.days} {hours:02}:{rest // 60:02}:{rest % 60:02}.{seconds.microseconds:06}000"
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if pa.types.is_map(t):
        return {key_text(plain(k, t.key_type)): plain(v, t.item_type) for k, v in value}
    if pa.types.is_struct(t):
        if is_variant(t):
            from pyspark.sql.types import VariantVal

            return VariantVal(value["value"], value["metadata"]).toJson()
        return {f.name: plain(value[f.name], f.type) for f in t}
    if isinstance(value, list):
        return [plain(v, t.value_type) for v in value]
    return str(value)


def key_text(key):
    return key if isinstance(key, str) else json.dumps(key)
