//! Plain words in SQL that are not columns.

use std::sync::LazyLock;

use crate::word_map::WordMap;

/// Keywords, units and types; a column of such a name is seen only in backquotes.
const WORDS: &str = " all and anti any array as asc at authid between bigint binary boolean both by byte case cast char \
cluster collate column cross cube current current_catalog current_database current_date current_schema current_time \
current_timestamp current_user cursor date day dayofweek dayofyear days dec decimal default desc distinct distribute \
double else end escape except exclude exists extract false fetch filter first float following for from full global \
group grouping having hour hours identifier if ignore ilike in inner int integer intersect interval into is join last \
lateral leading left like limit local long map match materialized microsecond microseconds millisecond milliseconds \
minus minute minutes month months natural no not null nulls numeric of offset on only or order outer over overlaps \
partition percent pivot preceding qualify quarter quarters range real recursive regexp repeatable respect right rlike \
rollup row rows sample second seconds select semi sets short smallint some sort string struct table tablesample then \
time timestamp timestamp_ltz timestamp_ntz tinyint to trailing true unbounded union unique unknown unpivot user using \
values variant view void week weeks when where window with within year years zone ";

/// Whether a plain word is a keyword, a unit or a type.
pub fn is_keyword(word: &str) -> bool {
    static KEYWORDS: LazyLock<WordMap<()>> = LazyLock::new(|| WORDS.split_whitespace().map(|w| (w, ())).collect());
    KEYWORDS.get(word).is_some()
}

/// Keywords that can end an expression, so that a name after one is an alias.
const ENDS: &str = " bigint binary boolean byte current_catalog current_database current_date current_schema current_time \
current_timestamp current_user date day days double end false float hour hours int integer long microsecond microseconds \
millisecond milliseconds minute minutes month months null numeric quarter quarters real second seconds short smallint \
string timestamp timestamp_ltz timestamp_ntz tinyint true user variant week weeks year years ";

/// Whether an expression can end with this plain word, so that a name after it is an alias.
pub fn ends_expression(word: &str) -> bool {
    static LAST: LazyLock<WordMap<()>> = LazyLock::new(|| ENDS.split_whitespace().map(|w| (w, ())).collect());
    !is_keyword(word) || LAST.get(word).is_some()
}
