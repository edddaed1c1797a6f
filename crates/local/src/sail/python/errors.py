"""Errors as class and message, in the words of SQL: without the traces of Python and the engine's inner names."""

import re

CLASSES = [
    ("TABLE_OR_VIEW_NOT_FOUND", r"Table not found|Table or view not found"),
    ("SCHEMA_NOT_FOUND", r"Database not found"),
    ("CATALOG_NOT_FOUND", r"Catalog not found"),
    ("AMBIGUOUS_REFERENCE", r"ambiguous attribute"),
    ("UNRESOLVED_COLUMN", r"cannot resolve attribute|is missing from the schema"),
    ("UNRESOLVED_ROUTINE", r"unknown function|function not found|Invalid function"),
    ("PARSE_SYNTAX_ERROR", r"invalid argument: found"),
    ("DELTA_CONCURRENT_MODIFICATION", r"Failed to commit transaction"),
    ("DIVIDE_BY_ZERO", r"(?i)divi(?:de|sion) by zero"),
    ("CAST_INVALID_INPUT", r"Cannot cast"),
    ("MISSING_AGGREGATION", r'^No field named .*"#\d+"'),
    ("WRONG_NUM_ARGS", r"values? expected: \["),
]

# what the engine says too tersely
SAID = {
    "DELTA_CONCURRENT_MODIFICATION": "another statement changed the table at the same time: run this one again",
    "DIVIDE_BY_ZERO": "division by zero; use `try_divide` or `nullif` to get NULL instead",
    "MISSING_AGGREGATION": "a column of the query is neither in GROUP BY nor in an aggregate function",
}

TYPES = {
    "Boolean": "BOOLEAN", "Int8": "TINYINT", "Int16": "SMALLINT", "Int32": "INT", "Int64": "BIGINT", "Float32": "FLOAT",
    "Float64": "DOUBLE", "Utf8": "STRING", "LargeUtf8": "STRING", "Utf8View": "STRING", "Binary": "BINARY",
    "Date32": "DATE", "Timestamp": "TIMESTAMP", "Decimal128": "DECIMAL", "List": "ARRAY", "Struct": "STRUCT", "Map": "MAP",
}
TYPE = re.compile(rf"\b({'|'.join(TYPES)})\b(\((?:Microsecond|Nanosecond|Millisecond|Second)[^()]*(?:\([^()]*\))?\))?")
NAME = re.compile(r'Identifier\("(.*?)"\)')
# longer lists of what could follow help nobody
FOLLOWERS = 4


def described(error, sql=""):
    """`sql` is the statement that failed, to turn the engine's offsets into lines."""
    message = str(error).strip()
    if type(error).__name__ == "PythonException" or "Traceback (most recent call last)" in message:
        # the last line of a trace says what was raised
        lines = [line.strip() for line in message.splitlines() if line.strip()]
        message = re.sub(r"^\w*(Error|Exception): ", "", lines[-1]) if lines else message
    written = re.search(r"\[([A-Z][A-Z_0-9]+(?:\.[A-Z_0-9]+)*)\] ?", message)
    if written:
        return {"class": written.group(1), "message": message.replace(written.group(0), "").strip()}
    for name, pattern in CLASSES:
        if re.search(pattern, message):
            return {"class": name, "message": SAID.get(name) or worded(message, sql or "")}
    kind = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(error).__name__.removesuffix("Exception")).upper()
    kind = {"UNSUPPORTED_OPERATION": "UNSUPPORTED_FEATURE"}.get(kind, kind) or "ENGINE_ERROR"
    return {"class": kind, "message": worded(message, sql or "")}


def worded(message, sql):
    """The message without the engine's names of things."""
    message = re.sub(r"ObjectName\(\[(.*?)\]\)", lambda m: "`" + ".".join(NAME.findall(m.group(1))) + "`", message)
    message = re.sub(r"^attribute (`.*?`) is missing from the schema: cannot resolve attribute.*$", r"cannot find the column \1", message, flags=re.S)
    message = re.sub(r"^ambiguous attribute: (`.*?`)$", r"the column \1 is of several tables: write the table before it", message)
    message = re.sub(r"^unknown function: (\S+)$", r"unknown function `\1`", message)
    message = re.sub(r"^(\w+) values? expected: \[.*\]$", r"a function has another number of arguments than it takes: expected \1", message)
    syntax = re.search(r"^invalid argument: found (.*?) at (\d+):\d+ expected (.*)$", message, re.S)
    ended = re.search(r"^invalid argument: found end of input expected (.*)$", message, re.S)
    if syntax:
        place = position(sql, int(syntax.group(2)))
        message = f"syntax error at or near '{syntax.group(1)}'{expected(syntax.group(3))}{place}"
    elif ended:
        message = f"the statement ends too early{expected(ended.group(1))}{position(sql, len(sql.encode()) - 1)}"
    else:
        # what is in quotes is the user's
        parts = re.split(r"('[^']*')", message)
        message = "".join(p if p.startswith("'") else TYPE.sub(lambda m: TYPES[m.group(1)], p) for p in parts)
        message = re.sub(r"^(?:Cast error: )?Cannot cast (?:string )?(.*) to value of (\S+) type$", r"cannot cast \1 to \2", message, flags=re.S)
    return message


def expected(followers):
    words = re.split(r", (?:or )?| or ", followers)
    return f"; expected {' or '.join(words)}" if len(words) <= FOLLOWERS else ""


def position(sql, offset):
    """The place of an offset in bytes, as Spark writes it: lines from 1, positions from 0."""
    before = sql.encode()[:offset].decode(errors="ignore")
    return f" (line {before.count(chr(10)) + 1}, pos {len(before) - (before.rfind(chr(10)) + 1)})"
