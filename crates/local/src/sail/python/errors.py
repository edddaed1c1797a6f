"""Errors as class and message, without the traces of Python."""

import re

CLASSES = [
    ("TABLE_OR_VIEW_NOT_FOUND", r"Table not found|Table or view not found"),
    ("SCHEMA_NOT_FOUND", r"Database not found"),
    ("CATALOG_NOT_FOUND", r"Catalog not found"),
    ("UNRESOLVED_COLUMN", r"cannot resolve attribute|is missing from the schema"),
    ("UNRESOLVED_ROUTINE", r"unknown function|function not found|Invalid function"),
    ("PARSE_SYNTAX_ERROR", r"invalid argument: found"),
    ("DELTA_CONCURRENT_MODIFICATION", r"Failed to commit transaction"),
    ("DIVIDE_BY_ZERO", r"divide by zero"),
    ("CAST_INVALID_INPUT", r"Cannot cast"),
]

# what the engine says too tersely
SAID = {"DELTA_CONCURRENT_MODIFICATION": "another statement changed the table at the same time: run this one again"}


def described(error):
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
            return {"class": name, "message": SAID.get(name, message)}
    kind = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(error).__name__.removesuffix("Exception")).upper()
    return {"class": {"UNSUPPORTED_OPERATION": "UNSUPPORTED_FEATURE"}.get(kind, kind) or "ENGINE_ERROR", "message": message}
