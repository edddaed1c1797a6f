//! Statements that change the catalog or ask about it: piq runs them itself or takes note of them.

use std::ops::Range;

use crate::engine::EngineError;
use piq_sql::{Create, Cursor, Token, column_definitions, tokens, written};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Creates {
    /// Name of one to three parts.
    pub name: Vec<String>,
    /// The bytes of the name.
    pub span: Range<usize>,
    pub replace: bool,
    /// A view that is there gets another query.
    pub alters: bool,
    pub if_not_exists: bool,
    /// Where the LOCATION of the table goes, and the words before it.
    pub place: (usize, &'static str),
    /// Where more table properties go, if the statement has any.
    pub properties: Option<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AddedColumn {
    pub name: String,
    pub type_text: String,
    pub comment: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Command {
    /// Left to Sail.
    Other,
    /// `MERGE`, `UPDATE`, `DELETE` or `INSERT OVERWRITE` of this table.
    Change(Vec<String>),
    UseCatalog(String),
    /// A name of one or two parts.
    UseSchema(Vec<String>),
    CreateCatalog {
        name: String,
        if_not_exists: bool,
    },
    DropCatalog {
        name: String,
        if_exists: bool,
        cascade: bool,
    },
    CreateSchema {
        name: Vec<String>,
        if_not_exists: bool,
    },
    DropSchema {
        name: Vec<String>,
        if_exists: bool,
        cascade: bool,
    },
    CreateTable(Creates),
    CreateView(Creates),
    CreateTemporaryView(Creates),
    Drop {
        name: Vec<String>,
        if_exists: bool,
        view: bool,
    },
    AddColumns {
        table: Vec<String>,
        columns: Vec<AddedColumn>,
    },
    Describe(Vec<String>),
    ShowColumns(Vec<String>),
    ShowCatalogs,
    ShowSchemas(Option<Vec<String>>),
    ShowTables {
        schema: Option<Vec<String>>,
        views_only: bool,
    },
}

/// # Errors
/// A statement that the engine does not support.
pub(crate) fn command(sql: &str) -> Result<Command, EngineError> {
    let tokens = tokens(sql);
    let mut c = Cursor::new(&tokens);
    Ok(if c.take(&["USE", "CATALOG"]) || c.take(&["SET", "CATALOG"]) {
        first(&mut c).map_or(Command::Other, Command::UseCatalog)
    } else if c.take(&["USE"]) {
        c.take_any(&["SCHEMA", "DATABASE"]);
        c.name().map_or(Command::Other, Command::UseSchema)
    } else if c.take_any(&["MERGE", "UPDATE", "DELETE", "INSERT"]) {
        changed(&mut c)
    } else if c.take(&["CREATE"]) {
        create(&tokens, &mut c)?
    } else if c.take(&["DROP"]) {
        drop_command(&mut c)
    } else if let Some(made) = Create::read(&tokens).filter(|made| made.alters) {
        Command::CreateView(creates(&tokens, &made))
    } else if c.take(&["ALTER", "TABLE"]) {
        add_columns(sql, &tokens, &mut c)?
    } else if c.take_any(&["DESCRIBE", "DESC"]) {
        let other = ["QUERY", "CATALOG", "SCHEMA", "DATABASE", "FUNCTION", "HISTORY", "DETAIL"];
        if c.peek().is_some_and(|t| t.is_any(&other)) {
            return Ok(Command::Other);
        }
        c.take(&["TABLE"]);
        c.take(&["EXTENDED"]);
        c.name().map_or(Command::Other, Command::Describe)
    } else if c.take(&["SHOW"]) {
        show(&mut c)
    } else {
        Command::Other
    })
}

/// The table that a statement changes; statements that only add rows need not take turns.
fn changed(c: &mut Cursor<'_, '_>) -> Command {
    if c.previous().is_some_and(|t| t.is_word("INSERT")) && !c.take(&["OVERWRITE"]) {
        return Command::Other;
    }
    c.take_any(&["INTO", "FROM"]);
    c.take(&["TABLE"]);
    c.name().map_or(Command::Other, Command::Change)
}

fn first(c: &mut Cursor<'_, '_>) -> Option<String> {
    c.name().and_then(|parts| parts.into_iter().next())
}

fn create(all: &[Token<'_>], c: &mut Cursor<'_, '_>) -> Result<Command, EngineError> {
    if let Some(made) = Create::read(all) {
        let creates = creates(all, &made);
        return match (made.is_view, made.temporary) {
            (true, true) => Ok(Command::CreateTemporaryView(creates)),
            (true, false) => Ok(Command::CreateView(creates)),
            (false, _) => table(all, &made, creates),
        };
    }
    if c.take(&["CATALOG"]) {
        let if_not_exists = c.take(&["IF", "NOT", "EXISTS"]);
        return Ok(first(c).map_or(Command::Other, |name| Command::CreateCatalog { name, if_not_exists }));
    }
    if c.take_any(&["SCHEMA", "DATABASE"]) {
        let if_not_exists = c.take(&["IF", "NOT", "EXISTS"]);
        return Ok(c.name().map_or(Command::Other, |name| Command::CreateSchema { name, if_not_exists }));
    }
    Ok(Command::Other)
}

fn creates(all: &[Token<'_>], made: &Create) -> Creates {
    let end = all[made.name.end - 1].span.end;
    Creates {
        span: all[made.name.start].span.start..end,
        name: made.parts.clone(),
        replace: made.replace,
        alters: made.alters,
        if_not_exists: made.if_not_exists,
        place: (end, " USING DELTA"),
        properties: None,
    }
}

/// The LOCATION goes after `USING DELTA`, else after the list of columns.
fn table(all: &[Token<'_>], made: &Create, mut creates: Creates) -> Result<Command, EngineError> {
    let first = all.get(made.clauses.start);
    if first.is_some_and(|t| t.is_any(&["LIKE", "CLONE", "SHALLOW", "DEEP"])) {
        let message = "the local workspace makes tables from columns or a query, not from other tables";
        return Err(EngineError { class: "UNSUPPORTED_FEATURE".into(), message: message.into() });
    }
    let using = made.clause(all, &["USING", "DELTA"]);
    let last = using.map_or(made.clauses.start - 1, |at| at + 1);
    creates.place = (all[last].span.end, if using.is_some() { "" } else { " USING DELTA" });
    let properties = made.clause(all, &["TBLPROPERTIES"]).and_then(|at| all.get(at + 1));
    creates.properties = properties.filter(|t| t.is("(")).map(|t| t.span.end);
    Ok(Command::CreateTable(creates))
}

fn drop_command(c: &mut Cursor<'_, '_>) -> Command {
    let kind = c.advance().map(|t| t.raw.to_ascii_uppercase()).unwrap_or_default();
    let if_exists = c.take(&["IF", "EXISTS"]);
    let Some(name) = c.name() else { return Command::Other };
    let cascade = c.take(&["CASCADE"]);
    match kind.as_str() {
        "TABLE" | "VIEW" => Command::Drop { name, if_exists, view: kind == "VIEW" },
        "SCHEMA" | "DATABASE" => Command::DropSchema { name, if_exists, cascade },
        "CATALOG" => Command::DropCatalog { name: name.join("."), if_exists, cascade },
        _ => Command::Other,
    }
}

fn show(c: &mut Cursor<'_, '_>) -> Command {
    if c.take(&["CATALOGS"]) {
        return if c.peek().is_none() { Command::ShowCatalogs } else { Command::Other };
    }
    if c.take(&["COLUMNS"]) {
        let named = c.take_any(&["IN", "FROM"]);
        let name = if named { c.name() } else { None };
        return name.filter(|_| c.peek().is_none()).map_or(Command::Other, Command::ShowColumns);
    }
    let schemas = c.take_any(&["SCHEMAS", "DATABASES"]);
    let views_only = !schemas && c.take(&["VIEWS"]);
    if !schemas && !views_only && !c.take(&["TABLES"]) {
        return Command::Other;
    }
    let within = if c.take_any(&["IN", "FROM"]) { c.name() } else { None };
    if c.peek().is_some() {
        return Command::Other;
    }
    if schemas { Command::ShowSchemas(within) } else { Command::ShowTables { schema: within, views_only } }
}

/// `name ADD COLUMN[S] (a STRING COMMENT 'x', …)`; other changes of a table are left to Sail, which refuses them.
fn add_columns(sql: &str, all: &[Token<'_>], c: &mut Cursor<'_, '_>) -> Result<Command, EngineError> {
    let Some(table) = c.name() else { return Ok(Command::Other) };
    if !c.take(&["ADD", "COLUMNS"]) && !c.take(&["ADD", "COLUMN"]) {
        return Ok(Command::Other);
    }
    let mut start = c.position();
    let mut end = all.iter().position(|t| t.is(";")).unwrap_or(all.len());
    if c.take_symbol("(") {
        start += 1;
        end = if all[end - 1].is(")") { end - 1 } else { start };
    }
    let definitions = column_definitions(all, start..end);
    // each is `name type [COMMENT 'text']`, and together they are the list
    let plain = definitions.iter().all(|d| {
        let comment = if d.comment.is_some() { 2 } else { 0 };
        !d.type_tokens.is_empty() && d.tokens.end == d.type_tokens.end + comment
    });
    let adjacent = definitions.windows(2).all(|pair| pair[0].tokens.end + 1 == pair[1].tokens.start);
    let whole = definitions.first().is_some_and(|d| d.tokens.start == start)
        && definitions.last().is_some_and(|d| d.tokens.end == end);
    if !plain || !adjacent || !whole {
        let message = "expected `name type [COMMENT 'text']`, separated by commas, after ADD COLUMNS";
        return Err(EngineError { class: "PARSE_SYNTAX_ERROR".into(), message: message.into() });
    }
    let columns = definitions
        .into_iter()
        .map(|d| AddedColumn {
            type_text: written(sql, &all[d.type_tokens]).to_owned(),
            name: d.name,
            comment: d.comment,
        })
        .collect();
    Ok(Command::AddColumns { table, columns })
}
