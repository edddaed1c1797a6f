//! Templates over all content, with a map from rendered text back to its template.
