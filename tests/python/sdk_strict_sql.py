"""What the official client sees of SQL where a workspace is strict. Prints one JSON document."""

import json

from databricks.sdk import WorkspaceClient
from databricks.sdk.service.catalog import PermissionsChange, Privilege

w = WorkspaceClient()
warehouse = next(iter(w.warehouses.list())).id


def run(statement, **more):
    """The rows, or the error."""
    done = w.statement_execution.execute_statement(statement, warehouse, wait_timeout="50s", **more)
    return done.status.error.message if done.status.error else (done.result.data_array or [])


def ask(model, more=""):
    rows = f"(SELECT explode(array('a', 'b')) AS q)"
    call = f"ai_query('{model}', q, {more}failOnError => false)"
    return run(f"SELECT typeof(a), to_json(named_struct('a', a)) FROM (SELECT {call} AS a FROM {rows}) AS asked")


found = {}
found["schema_missing"] = run("USE SCHEMA main.nowhere")
found["catalog_missing"] = run("CREATE SCHEMA nowhere.s")
found["table_schema_missing"] = run("CREATE TABLE main.nowhere.t (a INT)")

w.schemas.create(name="strict", catalog_name="main")
view = "main.strict.v"


def grants(statement):
    run(statement)
    left = w.grants.get("table", view).privilege_assignments or []
    return [[a.principal, [p.value for p in a.privileges]] for a in left]


run(f"CREATE VIEW {view} AS SELECT 1 AS a")
readers = [PermissionsChange(principal="users", add=[Privilege.SELECT])]
w.grants.update("table", view, changes=readers)
found["altered"] = grants(f"ALTER VIEW {view} AS SELECT 2 AS a")
found["replaced"] = grants(f"CREATE OR REPLACE VIEW {view} AS SELECT 3 AS a")

models = {"slow": {"refuses_batch": True}}
w.api_client.do("POST", "/piq/gateway/models", body={"models": models})
found["batch"] = ask("slow")
found["string"] = [row[0] for row in ask("databricks-llama-4-maverick")]
found["struct"] = [row[0] for row in ask("databricks-gpt-oss-120b")]
found["retired"] = ask("databricks-claude-sonnet-4")[0][1]
found["temperature"] = ask("databricks-gpt-5", "modelParameters => named_struct('temperature', CAST(0.0 AS DOUBLE)), ")[0][1]
form = '{"type": "json_schema", "json_schema": {"name": "n", "schema": {"properties": {"n": {"type": "integer", "minimum": 0}}}}}'
found["bounds"] = ask("databricks-claude-sonnet-4-6", f"responseFormat => '{form}', ")[0][1]
found["classify"] = run("SELECT typeof(ai_classify(q, array('a', 'b'))) FROM (SELECT explode(array('a')) AS q)")
text = "FROM (SELECT explode(array('a')) AS q)"
version_2 = "map('version', '2.0', 'instructions', 'One letter.')"
found["classify_2"] = run(f"""SELECT to_json(ai_classify(q, '{{"a": "the first", "b": "the second"}}', {version_2})) {text}""")
found["classify_many"] = run(f"SELECT ai_classify(q, transform(sequence(1, 21), x -> CAST(x AS STRING))) {text}")
found["classify_one"] = run(f"""SELECT to_json(ai_classify(q, '["a"]', {version_2})) {text}""")
found["classify_option"] = run(f"""SELECT to_json(ai_classify(q, '["a", "b"]', map('versoin', '2.0'))) {text}""")
found["classic"] = w.warehouses.get(warehouse).warehouse_type.value
print(json.dumps(found))
