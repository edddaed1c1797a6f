//! PipelineIQ, the application: what its SQL means, how it is rendered, and what can be read from its tables.

pub mod insight;
pub mod pipeline;
pub mod render;
pub mod starter;
pub mod template;
