//! The newest table, where every thread finds it without asking the others.

use std::cell::RefCell;
use std::sync::Arc;

use arc_swap::{ArcSwap, Cache};
use thread_local::ThreadLocal;

use super::sync::atomic::{AtomicBool, Ordering::Relaxed};
use super::table::Table;

/// A table that is replaced as a whole.
///
/// Each thread keeps the one that it saw last, and only looks whether there is another: it writes nothing that others read.
#[derive(Debug)]
pub(super) struct Published {
    newest: Arc<ArcSwap<Table>>,
    seen: ThreadLocal<RefCell<Seen>>,
    /// It is too large for each thread to keep one.
    large: AtomicBool,
}

type Seen = Cache<Arc<ArcSwap<Table>>, Arc<Table>>;

/// A thread that picks no more keeps its table until the balancer goes: at most one with so many instances.
const MOST_KEPT: usize = 10_000;

impl Published {
    pub(super) fn new(table: Table) -> Self {
        let newest = Arc::new(ArcSwap::from_pointee(table));
        Self { newest, seen: ThreadLocal::new(), large: AtomicBool::new(false) }
    }

    /// Let whoever reads from now on see this table.
    pub(super) fn store(&self, table: Table) {
        self.large.store(table.len() > MOST_KEPT, Relaxed);
        self.newest.store(Arc::new(table));
    }

    /// Look at the newest table.
    #[inline]
    pub(super) fn read<T>(&self, look: impl FnOnce(&Table) -> T) -> T {
        if !self.large.load(Relaxed) {
            let seen = self.seen.get_or(|| RefCell::new(Cache::new(Arc::clone(&self.newest))));
            // Taken already where a strategy of the caller's own picks while it chooses.
            if let Ok(mut seen) = seen.try_borrow_mut() {
                return look(seen.load());
            }
        }
        look(&self.newest.load())
    }
}
