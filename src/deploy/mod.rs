//! From the desired state of a target to the workspace: plan (pure) and apply.
