-- How your CRM maps to the columns of sql/source_columns.csv: one SELECT, by default the table as it is.
-- Name the columns as the contract names them; an optional column that is left out becomes NULL of its type.
SELECT * FROM {{ pipeline.source_table }}
