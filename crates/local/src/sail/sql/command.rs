//! Statements that change the catalog or ask about it: the engine carries them out itself or takes note of them.

use std::ops::Range;

use super::cursor::Cursor;
use super::literals::string;
use crate::engine::EngineError;
use piq_sql::{Token, tokens};

/// What a statement makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Creates {
    /// Name of one to three parts.
    pub name: Vec<String>,
    /// Where the name stands.
    pub span: Range<usize>,
    /// `OR REPLACE`.
    pub replace: bool,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// Where the table's place is to be put in, and the words to put there before it.
    pub place: (usize, &'static str),
    /// Where more table properties are to be put in, if the statement has any.
    pub properties: Option<usize>,
}

/// A column that `ADD COLUMNS` adds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AddedColumn {
    /// Its name.
    pub name: String,
    /// Its type.
    pub type_text: String,
    /// Its comment.
    pub comment: Option<String>,
}

/// What a statement does to the catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Command {
    /// Nothing that the engine must know.
    Other,
    /// `MERGE`, `UPDATE`, `DELETE` or `INSERT OVERWRITE` of this table.
    Change(Vec<String>),
    /// `USE CATALOG`.
    UseCatalog(String),
    /// `USE SCHEMA` or `USE`, one or two parts.
    UseSchema(Vec<String>),
    /// `CREATE CATALOG`.
    CreateCatalog { name: String, if_not_exists: bool },
    /// `DROP CATALOG`.
    DropCatalog { name: String, if_exists: bool, cascade: bool },
    /// `CREATE SCHEMA`.
    CreateSchema { name: Vec<String>, if_not_exists: bool },
    /// `DROP SCHEMA`.
    DropSchema { name: Vec<String>, if_exists: bool, cascade: bool },
    /// `CREATE TABLE`.
    CreateTable(Creates),
    /// `CREATE VIEW`; `query` is where its text begins after the name.
    CreateView(Creates),
    /// `CREATE TEMPORARY VIEW`.
    CreateTemporaryView(Creates),
    /// `DROP TABLE` or `DROP VIEW`.
    Drop { name: Vec<String>, if_exists: bool, view: bool },
    /// `ALTER TABLE … ADD COLUMNS`.
    AddColumns { table: Vec<String>, columns: Vec<AddedColumn> },
    /// `DESCRIBE TABLE`.
    Describe(Vec<String>),
    /// `SHOW COLUMNS`.
    ShowColumns(Vec<String>),
    /// `SHOW CATALOGS`.
    ShowCatalogs,
    /// `SHOW SCHEMAS`.
    ShowSchemas(Option<Vec<String>>),
    /// `SHOW TABLES` or `SHOW VIEWS`.
    ShowTables { schema: Option<Vec<String>>, views_only: bool },
}

/// What a statement does.
///
/// # Errors
/// A statement that has no meaning on this engine, and says so.
pub(crate) fn command(sql: &str) -> Result<Command, EngineError> {
    let tokens = tokens(sql);
    let mut c = Cursor::new(&tokens);
    Ok(if c.take(&["USE", "CATALOG"]) || c.take(&["SET", "CATALOG"]) {
        first(&mut c).map_or(Command::Other, Command::UseCatalog)
    } else if c.take(&["USE"]) {
        let _ = c.take(&["SCHEMA"]) || c.take(&["DATABASE"]);
        c.name().map_or(Command::Other, Command::UseSchema)
    } else if ["MERGE", "UPDATE", "DELETE", "INSERT"].iter().any(|w| c.take(&[w])) {
        changed(&mut c)
    } else if c.take(&["CREATE"]) {
        create(&mut c)?
    } else if c.take(&["DROP"]) {
        drop_command(&mut c)
    } else if c.take(&["ALTER", "TABLE"]) {
        add_columns(sql, &mut c)?
    } else if c.take(&["DESCRIBE"]) || c.take(&["DESC"]) {
        let other = ["QUERY", "CATALOG", "SCHEMA", "DATABASE", "FUNCTION", "HISTORY", "DETAIL"];
        if c.peek().is_some_and(|t| other.iter().any(|w| t.is_word(w))) {
            return Ok(Command::Other);
        }
        let _ = c.take(&["TABLE"]);
        let _ = c.take(&["EXTENDED"]);
        c.name().map_or(Command::Other, Command::Describe)
    } else if c.take(&["SHOW"]) {
        show(&mut c)
    } else {
        Command::Other
    })
}

/// The table that a statement changes; one that only adds rows is in nobody's way.
fn changed(c: &mut Cursor<'_, '_>) -> Command {
    if c.last().is_some_and(|t| t.is_word("INSERT")) && !c.take(&["OVERWRITE"]) {
        return Command::Other;
    }
    let _ = c.take(&["INTO"]) || c.take(&["FROM"]);
    let _ = c.take(&["TABLE"]);
    c.name().map_or(Command::Other, Command::Change)
}

fn first(c: &mut Cursor<'_, '_>) -> Option<String> {
    c.name().and_then(|parts| parts.into_iter().next())
}

fn create(c: &mut Cursor<'_, '_>) -> Result<Command, EngineError> {
    let replace = c.take(&["OR", "REPLACE"]);
    let temporary = c.take(&["TEMPORARY"]) || c.take(&["TEMP"]);
    if c.take(&["VIEW"]) {
        let Some(creates) = target(c, replace) else { return Ok(Command::Other) };
        return Ok(if temporary { Command::CreateTemporaryView(creates) } else { Command::CreateView(creates) });
    }
    if c.take(&["TABLE"]) {
        return match target(c, replace) {
            Some(creates) => table(c, creates),
            None => Ok(Command::Other),
        };
    }
    if c.take(&["CATALOG"]) {
        let if_not_exists = c.take(&["IF", "NOT", "EXISTS"]);
        return Ok(first(c).map_or(Command::Other, |name| Command::CreateCatalog { name, if_not_exists }));
    }
    if c.take(&["SCHEMA"]) || c.take(&["DATABASE"]) {
        let if_not_exists = c.take(&["IF", "NOT", "EXISTS"]);
        return Ok(c.name().map_or(Command::Other, |name| Command::CreateSchema { name, if_not_exists }));
    }
    Ok(Command::Other)
}

fn target(c: &mut Cursor<'_, '_>, replace: bool) -> Option<Creates> {
    let if_not_exists = c.take(&["IF", "NOT", "EXISTS"]);
    let start = c.peek()?.span.start;
    let name = c.name()?;
    let end = c.last()?.span.end;
    Some(Creates { name, span: start..end, replace, if_not_exists, place: (end, " USING DELTA"), properties: None })
}

/// Finds where a table's place goes: after `USING DELTA`, else after the list of columns.
fn table(c: &mut Cursor<'_, '_>, mut creates: Creates) -> Result<Command, EngineError> {
    let refuse = |message: &str| Err(EngineError { class: "UNSUPPORTED_FEATURE".into(), message: message.into() });
    if c.peek().is_some_and(|t| t.is_word("LIKE") || t.is_word("CLONE") || t.is_word("SHALLOW") || t.is_word("DEEP")) {
        return refuse("the local workspace makes tables from columns or a query, not from other tables");
    }
    c.skip_group();
    creates.place = (c.last().map_or(0, |t| t.span.end), " USING DELTA");
    let mut clauses = *c;
    if clauses.seek(&["LOCATION", "AS"]).is_some_and(|t| t.is_word("LOCATION")) {
        return refuse("the local workspace keeps its tables itself: leave LOCATION out");
    }
    let mut clauses = *c;
    if clauses.seek(&["USING", "AS"]).is_some_and(|t| t.is_word("USING")) {
        clauses.next();
        match clauses.next() {
            Some(format) if format.is_word("DELTA") => creates.place = (format.span.end, ""),
            _ => return refuse("the local workspace keeps Delta tables only: write USING DELTA"),
        }
    }
    let mut clauses = *c;
    if clauses.seek(&["TBLPROPERTIES", "AS"]).is_some_and(|t| t.is_word("TBLPROPERTIES")) {
        clauses.next();
        creates.properties = clauses.peek().filter(|t| t.is("(")).map(|t| t.span.end);
    }
    Ok(Command::CreateTable(creates))
}

fn drop_command(c: &mut Cursor<'_, '_>) -> Command {
    let kind = c.next().map(|t| t.raw.to_ascii_uppercase()).unwrap_or_default();
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
        let named = c.take(&["IN"]) || c.take(&["FROM"]);
        let name = if named { c.name() } else { None };
        return name.filter(|_| c.peek().is_none()).map_or(Command::Other, Command::ShowColumns);
    }
    let schemas = c.take(&["SCHEMAS"]) || c.take(&["DATABASES"]);
    let views_only = !schemas && c.take(&["VIEWS"]);
    if !schemas && !views_only && !c.take(&["TABLES"]) {
        return Command::Other;
    }
    let within = if c.take(&["IN"]) || c.take(&["FROM"]) { c.name() } else { None };
    if c.peek().is_some() {
        return Command::Other;
    }
    if schemas { Command::ShowSchemas(within) } else { Command::ShowTables { schema: within, views_only } }
}

/// `name ADD COLUMN[S] (a STRING COMMENT 'x', …)`; other changes of a table are left to Sail, which refuses them.
fn add_columns(sql: &str, c: &mut Cursor<'_, '_>) -> Result<Command, EngineError> {
    let Some(table) = c.name() else { return Ok(Command::Other) };
    if !c.take(&["ADD", "COLUMNS"]) && !c.take(&["ADD", "COLUMN"]) {
        return Ok(Command::Other);
    }
    let grouped = c.take_symbol("(");
    let mut columns = Vec::new();
    while let Some(name) = c.next().filter(|t| t.is_name()).map(Token::content) {
        let from = c.peek().map_or(sql.len(), |t| t.span.start);
        let mut depth = 0_i32;
        while let Some(token) = c.peek() {
            let closes = depth == 0 && (token.is(",") || token.is(")"));
            if closes || (depth == 0 && columns_end(token)) {
                break;
            }
            depth += i32::from(token.is("(") || token.is("<"));
            depth -= i32::from(token.is(")") || token.is(">"));
            c.next();
        }
        let to = c.last().map_or(from, |t| t.span.end).max(from);
        let comment = if c.take(&["COMMENT"]) { c.string() } else { None };
        columns.push(AddedColumn { name, type_text: sql[from..to].trim().to_owned(), comment });
        if !c.take_symbol(",") {
            break;
        }
    }
    let complete = (!grouped || c.take_symbol(")")) && c.peek().is_none_or(|t| t.is(";"));
    if !complete || columns.is_empty() || columns.iter().any(|column| column.type_text.is_empty()) {
        let message = format!("ADD COLUMNS takes `name type [COMMENT {}]`, separated by commas", string("text"));
        return Err(EngineError { class: "PARSE_SYNTAX_ERROR".into(), message });
    }
    Ok(Command::AddColumns { table, columns })
}

fn columns_end(token: &Token<'_>) -> bool {
    ["COMMENT", "FIRST", "AFTER", "NOT", "DEFAULT"].iter().any(|w| token.is_word(w))
}
