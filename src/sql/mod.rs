//! SQL texts: lexer, statements, the notebook format.
