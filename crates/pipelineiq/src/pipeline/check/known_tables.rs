//! What piq's SQL takes for granted of the reference tables that it reads: keys, types and values of their columns. A
//! table may have more columns than these, and a project more tables.

/// What a field must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Number,
    Whole,
    /// From 0 to 1.
    Share,
    /// 0 or 1.
    Flag,
    Date,
    /// `yes`, `no` or empty.
    YesNo,
    /// A name of SQL without quotes.
    Name,
    /// A regular expression.
    Pattern,
}

/// Which values a column may have; an empty field names none.
#[derive(Debug, Clone, Copy)]
pub(super) enum Values {
    /// Those of a column of another table, if the project has it.
    Of(&'static str, &'static str),
    /// Those that the project's SQL asks for: texts in quotes that follow one of these words; and what the values are as
    /// shipped, which tells whether the SQL or the table has a slip.
    AskedFor(&'static [&'static str], &'static [&'static str]),
    /// These, or something else that is not a misspelt one of these.
    Like(&'static [&'static str]),
    /// Functions and models that can be asked, or other models.
    Priced,
    /// Tables and views that the templates name, or others.
    Relation,
}

/// A table that piq's SQL reads.
#[derive(Debug)]
pub(super) struct Known {
    pub name: &'static str,
    /// Columns that the table must have: those that templates, queries, dashboards or piq itself read.
    pub needed: &'static [&'static str],
    /// Columns that it may have, and that nothing reads: a name that is nearly one of them is a slip of it.
    pub optional: &'static [&'static str],
    /// Columns without empty fields, besides keys of one column.
    pub filled: &'static [&'static str],
    /// Columns that tell a row from the others.
    pub keys: &'static [&'static [&'static str]],
    pub kinds: &'static [(&'static str, Kind)],
    pub values: &'static [(&'static str, Values)],
    /// Columns whose values are put together in one text with commas between them.
    pub listed: &'static [&'static str],
}

const PLAIN: Known =
    Known { name: "", needed: &[], optional: &[], filled: &[], keys: &[], kinds: &[], values: &[], listed: &[] };

use Kind::{Date, Flag, Name, Number, Pattern, Share, Whole, YesNo};

/// `sql/source_columns.csv`.
pub(super) const SOURCE_COLUMNS: Known = Known {
    name: "source_columns",
    needed: &["column", "type", "required", "default"],
    keys: &[&["column"]],
    kinds: &[("column", Name), ("required", YesNo)],
    ..PLAIN
};

/// `sql/derived_columns.csv`.
pub(super) const DERIVED_COLUMNS: Known = Known {
    name: "derived_columns",
    needed: &["column", "type", "expression"],
    optional: &["daily", "description"],
    filled: &["expression"],
    keys: &[&["column"]],
    kinds: &[("column", Name), ("daily", YesNo)],
    ..PLAIN
};

/// Tables of `sql/reference/`.
pub(super) const TABLES: &[Known] = &[
    Known {
        name: "ref_stage",
        needed: &["code", "rank", "probability", "expected_days_to_live", "limit_days", "outcome"],
        optional: &["name", "terminal", "description"],
        keys: &[&["code"]],
        kinds: &[
            ("rank", Whole),
            ("probability", Share),
            ("expected_days_to_live", Number),
            ("limit_days", Number),
            ("terminal", Flag),
        ],
        values: &[("outcome", Values::Like(&["Open", "Won", "Lost"]))],
        ..PLAIN
    },
    Known {
        name: "ref_slip_signals",
        needed: &["rule", "code", "points", "reads", "condition", "description"],
        filled: &["condition"],
        keys: &[&["rule"], &["code"]],
        kinds: &[("points", Number)],
        values: &[(
            "reads",
            Values::AskedFor(
                &["reads ==", "'reads', 'eq',", "'reads', 'equalto',", "'reads', '==',"],
                &["usecase", "confidence"],
            ),
        )],
        listed: &["rule", "code"],
        ..PLAIN
    },
    Known {
        name: "ref_override_rules",
        needed: &["code", "cap", "highest_level", "condition", "description"],
        filled: &["condition"],
        keys: &[&["code"]],
        kinds: &[("cap", Number)],
        values: &[("highest_level", Values::Of("ref_confidence_bands", "level"))],
        listed: &["code"],
        ..PLAIN
    },
    Known {
        name: "ref_confidence_rubric",
        needed: &["dimension", "weight", "core", "unknown_score", "unsupported_cap", "description"],
        optional: &["question"],
        keys: &[&["dimension"]],
        kinds: &[
            ("dimension", Name),
            ("weight", Number),
            ("core", Flag),
            ("unknown_score", Number),
            ("unsupported_cap", Number),
        ],
        ..PLAIN
    },
    Known {
        name: "ref_confidence_bands",
        needed: &["level", "min_score", "min_coverage", "min_core_score", "forecast_share", "description"],
        keys: &[&["level"]],
        kinds: &[("min_score", Number), ("min_coverage", Share), ("min_core_score", Number), ("forecast_share", Share)],
        ..PLAIN
    },
    Known {
        name: "ref_risk_bands",
        needed: &["risk_level", "min_points", "likely_to_slip"],
        optional: &["description"],
        keys: &[&["risk_level"]],
        kinds: &[("min_points", Number), ("likely_to_slip", Flag)],
        ..PLAIN
    },
    Known {
        name: "ref_accel_weights",
        needed: &["part", "points"],
        optional: &["description"],
        keys: &[&["part"]],
        kinds: &[("points", Number)],
        values: &[(
            "part",
            Values::AskedFor(&["points(", "part =="], &["confidence", "runway", "dollars", "freshness"]),
        )],
        ..PLAIN
    },
    Known {
        name: "ref_accel_rules",
        needed: &["code", "condition"],
        optional: &["description"],
        filled: &["condition"],
        keys: &[&["code"]],
        ..PLAIN
    },
    Known {
        name: "ref_contradictions",
        needed: &["code", "condition", "description"],
        filled: &["condition"],
        keys: &[&["code"]],
        ..PLAIN
    },
    Known {
        name: "ref_figures",
        needed: &["figure", "title", "unit", "definition", "relation", "expression", "condition"],
        optional: &["tone"],
        filled: &["relation", "expression"],
        keys: &[&["figure"]],
        values: &[("relation", Values::Relation)],
        ..PLAIN
    },
    Known {
        name: "ref_gpu_signals",
        needed: &["signal", "pattern"],
        optional: &["description"],
        filled: &["pattern"],
        keys: &[&["signal"]],
        kinds: &[("pattern", Pattern)],
        ..PLAIN
    },
    Known { name: "ref_usecase_types", needed: &["type", "description"], keys: &[&["type"]], ..PLAIN },
    Known {
        name: "ref_business_families",
        needed: &["family"],
        optional: &["description"],
        keys: &[&["family"]],
        ..PLAIN
    },
    Known { name: "ref_blocker_categories", optional: &["category", "description"], keys: &[&["category"]], ..PLAIN },
    Known { name: "slippage_categories", needed: &["type", "description"], keys: &[&["type"]], ..PLAIN },
    Known { name: "acceleration_categories", needed: &["type", "description"], keys: &[&["type"]], ..PLAIN },
    Known {
        name: "ref_fiscal_calendar",
        needed: &["month_start", "fiscal_quarter"],
        optional: &["month_end", "fiscal_year", "fiscal_month"],
        keys: &[&["month_start"]],
        kinds: &[("month_start", Date), ("month_end", Date), ("fiscal_year", Whole), ("fiscal_month", Whole)],
        ..PLAIN
    },
    Known {
        name: "ref_manager_hierarchy",
        needed: &["manager", "role", "leader", "business_unit"],
        keys: &[&["role", "manager"]],
        values: &[("role", Values::Like(&["sales", "field"]))],
        ..PLAIN
    },
    Known {
        name: "ref_targets",
        needed: &["role", "manager", "fiscal_quarter", "target_monthly_dollars"],
        keys: &[&["role", "manager", "fiscal_quarter"]],
        kinds: &[("target_monthly_dollars", Number)],
        values: &[
            ("role", Values::Like(&["sales", "field"])),
            ("fiscal_quarter", Values::Of("ref_fiscal_calendar", "fiscal_quarter")),
        ],
        ..PLAIN
    },
    Known {
        name: "ref_model_prices",
        needed: &["function", "input_usd_per_million_tokens", "output_usd_per_million_tokens"],
        optional: &["source"],
        keys: &[&["function"]],
        kinds: &[("input_usd_per_million_tokens", Number), ("output_usd_per_million_tokens", Number)],
        values: &[("function", Values::Priced)],
        ..PLAIN
    },
];
