//! Selections of filters that stay from one preview to the next, such as "my team".

use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::selection::Selection;

/// Writes the kept selections where the next preview finds them.
type Save = Box<dyn Fn(&[KeptFilter]) -> std::io::Result<()> + Send + Sync>;

/// The selection of one filter that stays.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeptFilter {
    /// The dashboard's file name without its ending.
    pub dashboard: String,
    /// The filter's page.
    pub page: String,
    /// The filter.
    pub widget: String,
    /// What is selected.
    pub selection: Selection,
}

/// The selections that stay.
#[derive(Default)]
pub struct Kept {
    filters: Mutex<Vec<KeptFilter>>,
    save: Option<Save>,
}

impl Kept {
    /// Begins with these selections, and saves every change.
    pub fn new(
        filters: Vec<KeptFilter>,
        save: impl Fn(&[KeptFilter]) -> std::io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        Self { filters: Mutex::new(filters), save: Some(Box::new(save)) }
    }

    /// What is kept now.
    pub(crate) fn all(&self) -> Vec<KeptFilter> {
        self.filters.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Keeps the selection of a filter in the place of an earlier one; a selection of everything is forgotten. The error
    /// is that of saving, and then nothing changes.
    pub(crate) fn set(&self, filter: KeptFilter) -> std::io::Result<()> {
        let mut filters = self.filters.lock().unwrap_or_else(PoisonError::into_inner);
        let same =
            |f: &KeptFilter| (&f.dashboard, &f.page, &f.widget) == (&filter.dashboard, &filter.page, &filter.widget);
        let mut next: Vec<KeptFilter> = filters.iter().filter(|f| !same(f)).cloned().collect();
        if filter.selection != Selection::All {
            next.push(filter);
        }
        if let Some(save) = &self.save {
            save(&next)?;
        }
        *filters = next;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::super::selection::Selection;
    use super::{Kept, KeptFilter};

    #[test]
    fn a_selection_replaces_the_one_before_and_all_forgets_it() {
        let saved = Arc::new(Mutex::new(Vec::new()));
        let file = Arc::clone(&saved);
        let kept = Kept::new(Vec::new(), move |all| {
            *file.lock().expect("a lock") = all.to_vec();
            Ok(())
        });
        let filter = |selection: Selection| KeptFilter {
            dashboard: "d".into(),
            page: "p".into(),
            widget: "team".into(),
            selection,
        };
        let one = Selection::Values { values: vec![Some("Ada".into())] };
        kept.set(filter(one.clone())).expect("saved");
        kept.set(filter(one.clone())).expect("saved");
        assert_eq!(*saved.lock().expect("a lock"), [filter(one)]);
        kept.set(filter(Selection::All)).expect("saved");
        assert!(saved.lock().expect("a lock").is_empty());
    }

    #[test]
    fn what_cannot_be_saved_is_not_kept() {
        let kept = Kept::new(Vec::new(), |_| Err(std::io::Error::other("full")));
        let selection = Selection::Values { values: vec![None] };
        let filter = KeptFilter { dashboard: "d".into(), page: "p".into(), widget: "w".into(), selection };
        assert!(kept.set(filter).is_err());
        assert!(kept.all().is_empty());
    }
}
