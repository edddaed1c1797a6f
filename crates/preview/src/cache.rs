//! Results that were read already, so that a change of a page or a filter asks only what is new.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use tokio::sync::Semaphore;

use super::statement::{QueryTable, WidgetQueries, WidgetStatement};

/// Results kept at most; then all are forgotten.
const KEPT: usize = 300;

/// Statements that run at the same time.
const AT_ONCE: usize = 4;

/// An endpoint with a memory.
pub(crate) struct Cached {
    endpoint: Box<dyn WidgetQueries>,
    known: Mutex<HashMap<String, QueryTable>>,
    permits: Semaphore,
}

impl Cached {
    /// An endpoint with an empty memory.
    pub(crate) fn new(endpoint: Box<dyn WidgetQueries>) -> Self {
        Self { endpoint, known: Mutex::default(), permits: Semaphore::new(AT_ONCE) }
    }

    /// Forgets every result.
    pub(crate) fn forget(&self) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn known(&self, key: &str) -> Option<QueryTable> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }
}

#[async_trait]
impl WidgetQueries for Cached {
    async fn run(&self, statement: &WidgetStatement) -> Result<QueryTable, String> {
        let key = format!("{statement:?}");
        if let Some(table) = self.known(&key) {
            return Ok(table);
        }
        let _permit = self.permits.acquire().await.map_err(|e| e.to_string())?;
        // the same statement may have waited behind its twin
        if let Some(table) = self.known(&key) {
            return Ok(table);
        }
        let table = self.endpoint.run(statement).await?;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KEPT {
            known.clear();
        }
        known.insert(key, table.clone());
        Ok(table)
    }

    async fn data_version(&self) -> Option<String> {
        self.endpoint.data_version().await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::super::statement::{QueryTable, WidgetQueries, WidgetStatement};
    use super::Cached;

    struct Counting(Arc<AtomicUsize>);

    #[async_trait::async_trait]
    impl WidgetQueries for Counting {
        async fn run(&self, statement: &WidgetStatement) -> Result<QueryTable, String> {
            self.0.fetch_add(1, Ordering::Relaxed);
            if statement.sql == "bad" { Err("no".to_owned()) } else { Ok(QueryTable::default()) }
        }
    }

    #[tokio::test]
    async fn a_result_is_read_once_and_an_error_again() {
        let count = Arc::new(AtomicUsize::new(0));
        let cached = Cached::new(Box::new(Counting(Arc::clone(&count))));
        let statement = |sql: &str| WidgetStatement { sql: sql.into(), ..WidgetStatement::default() };
        for _ in 0..2 {
            cached.run(&statement("good")).await.expect("a result");
            cached.run(&statement("bad")).await.expect_err("an error");
        }
        assert_eq!(count.load(Ordering::Relaxed), 3);
        cached.forget();
        cached.run(&statement("good")).await.expect("a result");
        assert_eq!(count.load(Ordering::Relaxed), 4);
    }
}
