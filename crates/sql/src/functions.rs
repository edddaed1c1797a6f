//! The functions that piq knows something about: one table of names with what they are.

use std::sync::LazyLock;

use crate::word_map::WordMap;

/// What a function is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FunctionKind {
    /// Makes one value of a group of rows.
    Aggregate,
    /// Asks a model for each row.
    Ai,
    /// Tells the time of the run.
    Clock,
    /// Numbers the rows of a window.
    Window,
    /// Makes rows of one value.
    Generator,
    /// Takes an argument after FROM: `extract(year FROM day)`.
    FromArgument,
    /// Reads files or asks other servers.
    Files,
    /// Any other.
    Scalar,
}

use FunctionKind::{Aggregate, Ai, Clock, Files, FromArgument, Generator, Scalar, Window};

struct Function {
    kind: FunctionKind,
    /// Its type, where that does not depend on the arguments; else empty.
    result: &'static str,
    /// Names in lower case, with blanks around each.
    names: &'static str,
}

const fn function(kind: FunctionKind, result: &'static str, names: &'static str) -> Function {
    Function { kind, result, names }
}

const FUNCTIONS: [Function; 16] = [
    function(Aggregate, "BIGINT", " count count_if approx_count_distinct regr_count "),
    function(
        Aggregate,
        "DOUBLE",
        " sum try_sum avg try_avg mean median percentile percentile_approx approx_percentile percentile_cont \
         percentile_disc stddev stddev_pop stddev_samp std variance var_pop var_samp corr covar_pop covar_samp kurtosis \
         skewness regr_avgx regr_avgy regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy ",
    ),
    function(Aggregate, "BOOLEAN", " bool_and bool_or every "),
    function(Aggregate, "STRING", " listagg string_agg "),
    function(
        Aggregate,
        "",
        " any_value approx_top_k array_agg bit_and bit_or bit_xor bitmap_and_agg bitmap_construct_agg bitmap_or_agg \
         collect_list collect_set count_min_sketch first first_value histogram_numeric hll_sketch_agg hll_union_agg last \
         last_value max max_by measure min min_by mode schema_of_json_agg schema_of_variant_agg ",
    ),
    function(
        Ai,
        "",
        " ai_analyze_sentiment ai_classify ai_extract ai_fix_grammar ai_gen ai_generate_text ai_mask ai_parse_document \
         ai_query ai_similarity ai_summarize ai_translate ",
    ),
    function(Clock, "DATE", " current_date "),
    function(Clock, "TIMESTAMP", " current_timestamp now getdate "),
    function(Window, "BIGINT", " row_number rank dense_rank "),
    function(Generator, "", " stack explode explode_outer posexplode posexplode_outer inline inline_outer "),
    function(FromArgument, "STRING", " trim substring substr overlay "),
    function(FromArgument, "", " extract position "),
    function(
        Files,
        "",
        " read_files cloud_files read_file read_text read_csv read_json read_parquet read_avro read_orc read_delta \
         read_excel read_kafka read_kinesis read_pubsub read_pulsar read_statestore list_files remote_query http_request ",
    ),
    function(Scalar, "INT", " datediff date_diff length char_length size year month day months_between instr "),
    function(Scalar, "STRING", " concat concat_ws array_join lower upper date_format replace regexp_replace initcap "),
    function(Scalar, "DATE", " to_date date_add date_sub last_day add_months make_date "),
];

/// The functions by name: a lint asks for each word of a statement.
static BY_NAME: LazyLock<WordMap<&'static Function>> =
    LazyLock::new(|| FUNCTIONS.iter().flat_map(|f| f.names.split_whitespace().map(move |name| (name, f))).collect());

fn find(name: &str) -> Option<&'static Function> {
    BY_NAME.get(name).copied()
}

/// Whether a name, in any letter case, is of a function of this kind.
pub fn is_function(name: &str, kind: FunctionKind) -> bool {
    find(name).is_some_and(|f| f.kind == kind)
}

/// The SQL type of what a function gives, if it does not depend on its arguments.
pub fn result_type(name: &str) -> Option<&'static str> {
    find(name).map(|f| f.result).filter(|r| !r.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{FUNCTIONS, FunctionKind, is_function, result_type};

    #[test]
    fn each_name_is_there_once() {
        let mut all: Vec<&str> = FUNCTIONS.iter().flat_map(|f| f.names.split_whitespace()).collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
        assert!(FUNCTIONS.iter().all(|f| f.names.starts_with(' ') && f.names.ends_with(' ')));
        assert!(is_function("AI_Query", FunctionKind::Ai) && !is_function("query", FunctionKind::Ai));
        assert_eq!((result_type("Count"), result_type("max"), result_type("no")), (Some("BIGINT"), None, None));
    }
}
