//! `ai_query` names the format of its answer and never stops the statement. On some engines its error is an empty
//! string after a successful call.

use super::LintedStatement;
use super::ai_calls::calls;
use super::problem::Problem;

const CODE: &str = "sql-ai-query";
const NAMED: [(&str, &str); 2] =
    [("responseFormat", "responseFormat => '<JSON schema>'"), ("failOnError", "failOnError => false")];

pub(super) fn check(s: &LintedStatement<'_>, out: &mut Vec<Problem>) {
    for call in calls(s.tokens).filter(|i| s.tokens[*i].is_word("ai_query")) {
        let Some(arguments) = s.structure.arguments(s.tokens, call) else { continue };
        let given = |name: &str| arguments.iter().find(|a| s.reads(a.start, &[name, "=", ">"]));
        let missing: Vec<&(&str, &str)> = NAMED.iter().filter(|(name, _)| given(name).is_none()).collect();
        if !missing.is_empty() {
            let names: Vec<String> = missing.iter().map(|(name, _)| format!("{name} =>")).collect();
            let examples: Vec<&str> = missing.iter().map(|(_, example)| *example).collect();
            let message = format!("ai_query without {}", names.join(", "));
            let hint = format!("add the named arguments: {}", examples.join(", "));
            out.push(Problem::new(CODE, call..call + 1, message, hint));
        }
        if let Some(a) = given("failOnError").filter(|a| !s.reads(a.start + 3, &["false"])) {
            let message = "expected `failOnError => false`: one failed call would stop the whole wave";
            out.push(Problem::new(CODE, a.clone(), message, "write failOnError => false"));
        }
    }
    for (i, token) in s.tokens.iter().enumerate().filter(|(_, t)| t.is_word("errorMessage")) {
        let nullif = s
            .structure
            .around(i)
            .any(|(frame, _)| s.structure.frames[frame].callee.is_some_and(|c| s.tokens[c].is_word("nullif")));
        // a name of its own is somebody's column; a field of an answer follows a dot
        if i > 0 && s.tokens[i - 1].is(".") && !nullif {
            let message = format!("`{}` is empty, not NULL, after a successful call on some engines", token.raw);
            out.push(Problem::new(CODE, i..i + 1, message, "read it as nullif(….errorMessage, '')"));
        }
    }
}
