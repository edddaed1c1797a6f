//! The local workspace: a server that speaks the REST API, a store, the model gateway and the engine.
