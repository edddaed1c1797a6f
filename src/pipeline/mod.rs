//! The PipelineIQ pipeline: enrichment files, waves, ledger and reference tables.
