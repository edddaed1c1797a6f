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
}

/// Which values a column may have; an empty field names none.
#[derive(Debug, Clone, Copy)]
pub(super) enum Values {
    /// Those of a column of another table, if the project has it.
    Of(&'static str, &'static str),
    /// Those that the project's SQL asks for: texts in quotes that follow one of these words.
    AskedFor(&'static [&'static str]),
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
    /// Columns that the table must have.
    pub needed: &'static [&'static str],
    /// Columns that tell a row from the others.
    pub keys: &'static [&'static [&'static str]],
    pub kinds: &'static [(&'static str, Kind)],
    pub values: &'static [(&'static str, Values)],
    /// Columns whose values are put together in one text with commas between them.
    pub listed: &'static [&'static str],
}

const PLAIN: Known = Known { name: "", needed: &[], keys: &[], kinds: &[], values: &[], listed: &[] };

use Kind::{Date, Flag, Name, Number, Share, Whole, YesNo};

/// `sql/source_columns.csv`.
pub(super) const SOURCE_COLUMNS: Known = Known {
    name: "source_columns",
    needed: &["column", "type"],
    keys: &[&["column"]],
    kinds: &[("column", Name), ("required", YesNo)],
    ..PLAIN
};

/// `sql/derived_columns.csv`.
pub(super) const DERIVED_COLUMNS: Known = Known {
    name: "derived_columns",
    needed: &["column", "type", "expression"],
    keys: &[&["column"]],
    kinds: &[("column", Name), ("daily", YesNo)],
    ..PLAIN
};

/// Tables of `sql/reference/`.
pub(super) const TABLES: &[Known] = &[
    Known {
        name: "ref_stage",
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
        keys: &[&["rule"], &["code"]],
        kinds: &[("points", Number)],
        values: &[(
            "reads",
            Values::AskedFor(&["reads ==", "'reads', 'eq',", "'reads', 'equalto',", "'reads', '==',"]),
        )],
        listed: &["rule", "code"],
        ..PLAIN
    },
    Known {
        name: "ref_override_rules",
        keys: &[&["code"]],
        kinds: &[("cap", Number)],
        values: &[("highest_level", Values::Of("ref_confidence_bands", "level"))],
        listed: &["code"],
        ..PLAIN
    },
    Known {
        name: "ref_confidence_rubric",
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
        keys: &[&["level"]],
        kinds: &[("min_score", Number), ("min_coverage", Share), ("min_core_score", Number), ("forecast_share", Share)],
        ..PLAIN
    },
    Known {
        name: "ref_risk_bands",
        keys: &[&["risk_level"]],
        kinds: &[("min_points", Number), ("likely_to_slip", Flag)],
        ..PLAIN
    },
    Known {
        name: "ref_accel_weights",
        keys: &[&["part"]],
        kinds: &[("points", Number)],
        values: &[("part", Values::AskedFor(&["points(", "part =="]))],
        ..PLAIN
    },
    Known { name: "ref_accel_rules", keys: &[&["code"]], ..PLAIN },
    Known { name: "ref_contradictions", keys: &[&["code"]], ..PLAIN },
    Known { name: "ref_figures", keys: &[&["figure"]], values: &[("relation", Values::Relation)], ..PLAIN },
    Known { name: "ref_gpu_signals", keys: &[&["signal"]], ..PLAIN },
    Known { name: "ref_usecase_types", keys: &[&["type"]], ..PLAIN },
    Known { name: "ref_business_families", keys: &[&["family"]], ..PLAIN },
    Known { name: "ref_blocker_categories", keys: &[&["category"]], ..PLAIN },
    Known { name: "slippage_categories", keys: &[&["type"]], ..PLAIN },
    Known { name: "acceleration_categories", keys: &[&["type"]], ..PLAIN },
    Known {
        name: "ref_fiscal_calendar",
        keys: &[&["month_start"]],
        kinds: &[("month_start", Date), ("month_end", Date), ("fiscal_year", Whole), ("fiscal_month", Whole)],
        ..PLAIN
    },
    Known {
        name: "ref_manager_hierarchy",
        keys: &[&["role", "manager"]],
        values: &[("role", Values::Like(&["sales", "field"]))],
        ..PLAIN
    },
    Known {
        name: "ref_targets",
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
        keys: &[&["function"]],
        kinds: &[("input_usd_per_million_tokens", Number), ("output_usd_per_million_tokens", Number)],
        values: &[("function", Values::Priced)],
        ..PLAIN
    },
];
