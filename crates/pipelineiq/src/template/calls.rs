//! Calls of macros whose faults say where the call stands: minijinja itself tells the place within the macro only.

use std::sync::Arc;

use minijinja::value::{Object, Value};
use minijinja::{Error, State};

/// Name of the function that marks a macro, so that a fault of a call has the place of the call too.
pub(crate) const MARK: &str = "piq_called";

/// The macro, marked; any other value as it is.
pub(super) fn marked(value: Value) -> Value {
    let word = |key: &str| value.get_attr(key).ok().filter(|v| !v.is_undefined());
    let (Some(name), Some(arguments), Some(_)) = (word("name"), word("arguments"), word("caller")) else {
        return value;
    };
    let arguments = arguments.try_iter().into_iter().flatten().map(|a| format!("`{a}`")).collect::<Vec<_>>();
    let takes = match arguments.as_slice() {
        [] => format!("`{name}` takes no argument"),
        all => format!("`{name}` takes {}", all.join(", ")),
    };
    Value::from_object(Marked { inner: value, takes })
}

#[derive(Debug)]
struct Marked {
    inner: Value,
    takes: String,
}

impl Object for Marked {
    fn call(self: &Arc<Self>, state: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
        self.inner.call(state, args).map_err(|e| Error::new(e.kind(), self.takes.clone()).with_source(e))
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.inner.get_item(key).ok().filter(|v| !v.is_undefined())
    }
}
