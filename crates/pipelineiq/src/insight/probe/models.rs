//! What models and AI functions take and give: short questions in every form that a project may use.

use futures_util::future::{join, join_all, join3};
use piq_databricks::workspace::WorkspaceError;
use piq_sql::{Structure, sql_string, tokens, written};
use serde_json::Value;

use super::report::{ProbeFinding, ProbedModel};
use crate::insight::query::QueryRunner;
use crate::pipeline::{Enrichment, ModelParameter, ModelTraits, Registry};

/// A model of the project and the forms of answers that the project asks it for.
#[derive(Debug, Clone)]
pub struct AskedForms {
    /// The model.
    pub name: String,
    /// What sql/pipeline.yml says of it.
    pub configured: ModelTraits,
    /// Name of a question and its `responseFormat`, as SQL; each form once.
    pub forms: Vec<(String, String)>,
}

/// The models that the project's questions ask by name.
pub fn asked_forms(registry: &Registry) -> Vec<AskedForms> {
    let mut found: Vec<AskedForms> = Vec::new();
    for model in registry.config.asked.values() {
        if !found.iter().any(|known| known.name == model.name) {
            found.push(AskedForms { name: model.name.clone(), configured: model.traits.clone(), forms: Vec::new() });
        }
    }
    for question in registry.enrichments.iter().chain(&registry.summaries) {
        let form = question.trial.as_deref().and_then(response_format);
        if let (Some(form), Some(asked)) = (form, found.iter_mut().find(|m| m.name == question.model))
            && !asked.forms.iter().any(|(_, known)| *known == form)
        {
            asked.forms.push((question.name.clone(), form));
        }
    }
    found
}

/// The AI functions that the project's questions call without naming a model.
pub fn asked_functions(registry: &Registry) -> Vec<String> {
    let functions = registry
        .enrichments
        .iter()
        .chain(&registry.summaries)
        .filter_map(|e: &Enrichment| e.function.clone().filter(|name| name != "ai_query"));
    let mut all: Vec<String> = functions.collect();
    all.sort();
    all.dedup();
    all
}

/// The argument `responseFormat` of a call of `ai_query`, as it is written.
fn response_format(call: &str) -> Option<String> {
    let all = tokens(call);
    let structure = Structure::of(&all);
    let given = structure.arguments(&all, 0)?;
    let named = given.into_iter().find(|r| all[r.start].is_word("responseFormat"))?;
    // the name is followed by `=>`, which is one token or two
    let value = (named.start + 1..named.end).find(|i| !all[*i].is("=>") && !all[*i].is("=") && !all[*i].is(">"))?;
    Some(written(call, &all[value..named.end]).to_owned())
}

/// A form with bounds, which some models refuse.
const BOUNDED: &str = r#"{"type": "json_schema", "json_schema": {"name": "piq_probe", "schema": {"type": "object", "properties": {"n": {"type": "integer", "minimum": 0, "maximum": 9}}, "required": ["n"], "additionalProperties": false}, "strict": true}}"#;

/// What came of a statement.
enum Asked {
    /// Answers of this SQL type.
    Answered(String),
    /// The model refuses each call.
    Refused(String),
    /// The statement fails.
    Failed(String),
}

impl Asked {
    fn answered(&self) -> bool {
        matches!(self, Self::Answered(_))
    }
}

/// A statement over two rows, as every question of the pipeline is one over a table.
fn statement(call: &str) -> String {
    format!(
        "SELECT typeof(answer) AS form, to_json(named_struct('a', answer)) AS answer FROM (SELECT {call} AS answer FROM \
         (SELECT concat('Answer with the one word ', word) AS piq_question FROM (SELECT explode(array('yes', 'no')) AS word) \
         AS piq_words) AS piq_questions) AS piq_answers"
    )
}

async fn ask(sql: &dyn QueryRunner, call: &str) -> Asked {
    let rows = match sql.query(&statement(call)).await {
        Ok(rows) => rows,
        Err(WorkspaceError::Statement(text)) => return Asked::Failed(text),
        Err(e) => return Asked::Failed(e.to_string()),
    };
    let mut form = String::new();
    for row in rows.iter() {
        form = row.text("form").unwrap_or_default().to_lowercase();
        let answer = row.json("answer").unwrap_or_default();
        match &answer["a"] {
            Value::Null => return Asked::Refused("the model gave neither an answer nor an error".to_owned()),
            Value::Object(fields) => {
                let error = fields.get("errorMessage").and_then(Value::as_str).filter(|text| !text.is_empty());
                if let Some(error) = error {
                    return Asked::Refused(error.to_owned());
                }
            }
            _ => {}
        }
    }
    Asked::Answered(form)
}

fn call(model: &str, more: &str) -> String {
    format!("ai_query({}, piq_question, {more}failOnError => false)", sql_string(model))
}

fn is_batch_refusal(text: &str) -> bool {
    text.contains("AI_FUNCTION_SESSION_PERMISSION_DENIED") || text.to_lowercase().contains("batch inference")
}

/// Asks a model in each form.
pub(super) async fn probe_model(sql: &dyn QueryRunner, asked: &AskedForms) -> ProbedModel {
    let AskedForms { name, configured, forms } = asked;
    let mut found = ProbedModel {
        name: name.clone(),
        answers: false,
        refusal: None,
        batch: None,
        parameters: Vec::new(),
        bounds: None,
        response_format: None,
        format_refusal: None,
        result_type: None,
        configured: configured.clone(),
        found: None,
    };
    match ask(sql, &call(name, "")).await {
        Asked::Answered(form) => (found.answers, found.batch, found.result_type) = (true, Some(true), Some(form)),
        Asked::Refused(why) => {
            found.refusal = Some(why);
            return found;
        }
        Asked::Failed(why) => {
            if is_batch_refusal(&why) {
                found.batch = Some(false);
                let mut traits = configured.clone();
                traits.batch = false;
                found.found = Some(traits);
            }
            found.refusal = Some(why);
            return found;
        }
    }
    let temperature = call(name, "modelParameters => named_struct('temperature', CAST(0.0 AS DOUBLE)), ");
    let max_tokens = call(name, "modelParameters => named_struct('max_tokens', 16), ");
    let bounded = call(name, &format!("responseFormat => {}, ", sql_string(BOUNDED)));
    let (temperature, max_tokens, bounded) =
        join3(ask(sql, &temperature), ask(sql, &max_tokens), ask(sql, &bounded)).await;
    found.bounds = Some(bounded.answered());
    let takes = [(&temperature, ModelParameter::Temperature), (&max_tokens, ModelParameter::MaxTokens)];
    found.parameters = takes.into_iter().filter(|(asked, _)| asked.answered()).map(|(_, p)| p).collect();
    let mut traits = configured.clone();
    (traits.parameters, traits.batch) = (found.parameters.clone(), true);
    found.found = Some(traits);
    // the start of an answer is enough to see that its form is taken
    let short = if max_tokens.answered() { "modelParameters => named_struct('max_tokens', 16), " } else { "" };
    let calls = forms.iter().map(|(_, form)| call(name, &format!("responseFormat => {form}, {short}")));
    let calls: Vec<String> = calls.collect();
    for (at, answer) in join_all(calls.iter().map(|call| ask(sql, call))).await.into_iter().enumerate() {
        match answer {
            Asked::Answered(form) => {
                found.response_format = Some(found.response_format.unwrap_or(true));
                found.result_type = Some(form);
            }
            Asked::Refused(why) | Asked::Failed(why) => {
                found.response_format = Some(false);
                found.format_refusal = Some(format!("of `{}`: {why}", forms[at].0));
            }
        }
    }
    found
}

/// What a person, or `--write`, must change about a model.
pub(super) fn findings_of(model: &ProbedModel) -> Vec<ProbeFinding> {
    let name = format!("model {}", model.name);
    let another = "set the variable `model`, or a role of sql/pipeline.yml, to a model that answers";
    let refusal = model.refusal.as_deref().unwrap_or_default();
    if model.batch == Some(false) {
        return vec![ProbeFinding::change(name, format!("refuses statements over a table: {refusal}"), another)];
    }
    if !model.answers {
        return vec![ProbeFinding::change(name, format!("does not answer: {refusal}"), another)];
    }
    let word = |p: &ModelParameter| serde_json::to_value(p).ok().and_then(|v| v.as_str().map(str::to_owned));
    let takes: Vec<String> = model.parameters.iter().filter_map(word).collect();
    let takes = if takes.is_empty() { "no parameter".to_owned() } else { takes.join(" and ") };
    let gives = model.result_type.as_deref().unwrap_or("nothing");
    let bounds = if model.bounds == Some(true) { "takes" } else { "refuses" };
    let found = format!("answers statements over a table with {gives}, takes {takes}, {bounds} bounds in a form");
    let mut all = vec![if model.differs() {
        ProbeFinding::change(&name, found, "change its entry under `models` in sql/pipeline.yml, or pass `--write`")
    } else {
        ProbeFinding::ok(&name, found)
    }];
    if let Some(refusal) = &model.format_refusal {
        all.push(ProbeFinding::change(
            name,
            format!("refuses the form of an answer {refusal}"),
            "set the role of that question to another model, or simplify `answer` in its file",
        ));
    }
    all
}

/// Asks the functions that name no model, and for `ai_classify` in both of its versions.
pub(super) async fn probe_functions(sql: &dyn QueryRunner, functions: &[String]) -> Vec<ProbeFinding> {
    let one = async |function: &String| {
        let call = match function.as_str() {
            "ai_classify" => return classify(sql).await,
            "ai_summarize" => "ai_summarize(piq_question, 5)".to_owned(),
            "ai_mask" => "ai_mask(piq_question, array('person'))".to_owned(),
            other => format!("{other}(piq_question)"),
        };
        match ask(sql, &call).await {
            Asked::Answered(form) => ProbeFinding::ok(function, format!("gives {form}")),
            Asked::Refused(why) | Asked::Failed(why) => ProbeFinding::change(
                function,
                format!("does not answer: {why}"),
                format!("use a warehouse that runs AI functions, or `ai_query` instead of `{function}`"),
            ),
        }
    };
    join_all(functions.iter().map(one)).await
}

async fn classify(sql: &dyn QueryRunner) -> ProbeFinding {
    let first = "ai_classify(piq_question, array('yes', 'no'))";
    let second = r#"to_json(ai_classify(piq_question, '["yes", "no"]', map('version', '2.0')))"#;
    let (first, second) = join(ask(sql, first), ask(sql, second)).await;
    let older = if first.answered() { "version 1 works too" } else { "version 1 is refused" };
    match second {
        Asked::Answered(form) => {
            ProbeFinding::ok("ai_classify", format!("version 2 (labels as a JSON text) gives {form}; {older}"))
        }
        Asked::Refused(why) | Asked::Failed(why) => ProbeFinding::change(
            "ai_classify",
            format!("version 2 (labels as a JSON text) is refused: {why}; {older}"),
            "call it in version 1 in the enrichments: `ai_classify(text, array('label', …))`",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::response_format;

    #[test]
    fn the_form_of_an_answer_is_taken_as_it_is_written() {
        let call = "ai_query('m', piq_question, responseFormat => '{\"a\": 1}', failOnError => false)";
        assert_eq!(response_format(call).as_deref(), Some("'{\"a\": 1}'"));
        let made = "ai_query('m', q, responseFormat => concat('a', 'b'), failOnError => false)";
        assert_eq!(response_format(made).as_deref(), Some("concat('a', 'b')"));
        assert_eq!(response_format("ai_query('m', q, failOnError => false)"), None);
    }
}
