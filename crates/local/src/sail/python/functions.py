"""The AI functions. They only carry text: each Arrow batch is one request to the model gateway of piq."""

import functools
import http.client
import json
import socket
import urllib.parse

import pandas as pd
from pyspark.sql.functions import pandas_udf


def register(spark, gateway):
    """Gives a session the functions, with the names and arguments that they have on Databricks."""

    def ask(function, prompts, options):
        return asked(gateway, function, prompts, options)

    @pandas_udf("string")
    def ai_summarize(content: pd.Series, max_words: pd.Series = None) -> pd.Series:
        return texts(ask("ai_summarize", content, {"max_words": max_words}), content)

    @pandas_udf("string")
    def ai_classify(content: pd.Series, labels: pd.Series) -> pd.Series:
        for given in labels.map(lambda value: tuple(plain(value)) if value is not None else ()).unique():
            if not 2 <= len(given) <= 20:
                raise refused(f"expected an ARRAY of 2 to 20 labels, found {len(given)}")
        return texts(ask("ai_classify", content, {"labels": labels}), content)

    # what ai_classify is in version 2: labels as JSON, the options as JSON, and an object for its answer
    @pandas_udf("string")
    def piq_ai_classify_2(content: pd.Series, labels: pd.Series, options: pd.Series) -> pd.Series:
        told = [classification(*both) for both in zip(labels, options)]
        columns = {name: pd.Series([t.get(name) for t in told], dtype=object) for name in CLASSIFICATION}
        found = ask("ai_classify", content, columns)
        answers = [
            None if text is None else json.dumps({"response": answer if answer is None else [answer], "error_message": error})
            for text, (answer, error) in zip(content, found)
        ]
        return pd.Series(answers, index=content.index, dtype=object)

    @pandas_udf("string")
    def ai_mask(content: pd.Series, labels: pd.Series) -> pd.Series:
        return texts(ask("ai_mask", content, {"labels": labels}), content)

    @pandas_udf("string")
    def ai_gen(prompt: pd.Series) -> pd.Series:
        return texts(ask("ai_gen", prompt, {}), prompt)

    @pandas_udf("struct<result: string, errorMessage: string>")
    def ai_query(
        endpoint: pd.Series,
        request: pd.Series,
        returnType: pd.Series = None,
        failOnError: pd.Series = None,
        modelParameters: pd.DataFrame = None,
        responseFormat: pd.Series = None,
    ) -> pd.DataFrame:
        answers, errors = query(endpoint, request, failOnError, modelParameters, responseFormat)
        return pd.DataFrame({"result": answers, "errorMessage": errors}, index=request.index, dtype=object)

    # what ai_query is for models that give no error beside the answer
    @pandas_udf("string")
    def piq_ai_query_text(
        endpoint: pd.Series,
        request: pd.Series,
        returnType: pd.Series = None,
        failOnError: pd.Series = None,
        modelParameters: pd.DataFrame = None,
        responseFormat: pd.Series = None,
    ) -> pd.Series:
        answers, _ = query(endpoint, request, failOnError, modelParameters, responseFormat)
        return pd.Series(answers, index=request.index, dtype=object)

    def query(endpoint, request, fail_on_error, parameters, response_format):
        options = {"model": endpoint, "model_parameters": parameters, "response_format": response_format}
        found = ask("ai_query", request, options)
        answers, errors = [f[0] for f in found], [f[1] for f in found]
        fail = fail_on_error is None or bool(fail_on_error.iloc[0])
        first = next((e for e in errors if e is not None), None)
        if fail and first is not None:
            raise RuntimeError(f"[AI_FUNCTION_HTTP_REQUEST_ERROR] {first}")
        return answers, errors

    for function in (ai_summarize, ai_classify, piq_ai_classify_2, ai_mask, ai_gen, ai_query, piq_ai_query_text):
        spark.udf.register(function.__name__, function)


CLASSIFICATION = ("labels", "label_text", "instructions")


@functools.cache
def classification(labels, options):
    """What a call of version 2 asks; one that a workspace refuses is an error."""
    try:
        listed, told = json.loads(labels), json.loads(options or "{}")
    except (TypeError, ValueError):
        raise refused("expected the labels as a JSON text, a list or an object of labels and descriptions") from None
    descriptions = list(listed.values()) if isinstance(listed, dict) else []
    names = list(listed)
    if not isinstance(listed, (dict, list)) or not all(isinstance(x, str) for x in names + descriptions):
        raise refused("expected the labels as a JSON list of texts, or an object of labels and descriptions")
    if not 2 <= len(names) <= 500:
        raise refused(f"expected 2 to 500 labels, found {len(names)}")
    for what, given, most in (("label", names, 100), ("description", descriptions, 1000)):
        longest = max(map(len, given), default=0)
        if longest > most:
            raise refused(f"expected a {what} of at most {most} characters, found one of {longest}")
    for name in sorted(told.keys() - {"version", "instructions", "multilabel"}):
        raise refused(f"unknown option `{name}`; available: instructions, multilabel, version")
    if str(told.get("version", "2.0")) not in ("2.0", "2.1"):
        raise refused(f"expected version 2.0 or 2.1 for labels as a JSON text, found `{told['version']}`")
    if str(told.get("multilabel", "false")).lower() != "false":
        raise refused("`multilabel` is not available in a local workspace")
    return {"labels": names, "label_text": labels, "instructions": told.get("instructions")}


def refused(why):
    return RuntimeError("[AI_FUNCTION_INVALID_ARGUMENT] ai_classify: " + why)


def texts(found, like):
    return pd.Series([f[0] for f in found], index=like.index, dtype=object)


def asked(gateway, function, prompts, options):
    """One (answer, error) for each prompt. NULL is not asked about. Rows with the same options share a request."""
    prompts = list(prompts)
    answers = [(None, None)] * len(prompts)
    groups = {}
    keys = option_keys(options, len(prompts))
    for position, prompt in enumerate(prompts):
        if isinstance(prompt, str):
            groups.setdefault(keys[position], []).append(position)
    for key, positions in groups.items():
        body = {
            "session": gateway["session"],
            "function": function,
            "options": json.loads(key),
            "prompts": [prompts[p] for p in positions],
        }
        for position, answer in zip(positions, post(gateway, body)):
            answers[position] = tuple(answer)
    return answers


def option_keys(options, length):
    columns = {name: jsonable(values) for name, values in options.items() if values is not None}
    cache = {}

    def key(position):
        row = tuple(column[position] for column in columns.values())
        if row not in cache:
            given = {name: json.loads(value) for name, value in zip(columns, row)}
            cache[row] = json.dumps({name: value for name, value in given.items() if value is not None})
        return cache[row]

    return [key(position) for position in range(length)]


def jsonable(values):
    """Each value as JSON text; a struct comes as a frame with one column per field."""
    if isinstance(values, pd.DataFrame):
        return [json.dumps(row, default=plain) for row in values.to_dict("records")]
    return [json.dumps(value, default=plain) for value in values]


def plain(value):
    return value.tolist() if hasattr(value, "tolist") else str(value)


def post(gateway, body):
    where = urllib.parse.urlsplit(gateway["url"])
    connection = http.client.HTTPConnection(where.hostname, where.port)
    try:
        if gateway.get("socket"):
            connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            connection.sock.connect(gateway["socket"])
        headers = {"Authorization": "Bearer " + gateway["token"], "Content-Type": "application/json"}
        connection.request("POST", where.path, json.dumps(body).encode(), headers)
        response = connection.getresponse()
        content = response.read()
        if response.status != 200:
            said = content.decode(errors="replace")
            raise RuntimeError(said if said.startswith("[") else "[NO_ANSWER] " + said)
        return json.loads(content)["answers"]
    except (OSError, http.client.HTTPException) as e:
        raise RuntimeError(f"[MODEL_GATEWAY] the model gateway does not answer: {e}") from None
    finally:
        connection.close()
