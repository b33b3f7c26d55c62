//! A wait that people are told of while it lasts: for what, since when, and for how long yet.

use std::cell::RefCell;
use std::future::Future;
use std::pin::pin;
use std::time::{Duration, Instant};

/// Between two times that it is told.
const STEP: Duration = Duration::from_secs(1);

/// Is told of a search for the cluster that lasts.
pub trait SearchWatcher: Sync {
    /// It goes on.
    fn waits(&self, wait: &Waiting);
    /// It has come to an end, whichever.
    fn ended(&self);
}

/// How it stands with a wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Who is waited for, and what is in the way.
    pub what: String,
    /// Since its begin.
    pub waited: Duration,
    /// It ends then, at the latest.
    pub left: Duration,
}

/// What is waited for, as it changes.
#[derive(Debug)]
pub struct Patience {
    begun: Instant,
    now: RefCell<(String, Instant)>,
}

impl Patience {
    /// Begins with waiting for this, until `end` at the latest.
    pub fn new(what: String, end: Instant) -> Self {
        Self { begun: Instant::now(), now: RefCell::new((what, end)) }
    }

    /// From now on something else is in the way.
    pub fn goes_on(&self, what: String, end: Instant) {
        self.now.replace((what, end));
    }

    fn waiting(&self) -> Waiting {
        let (what, end) = self.now.borrow().clone();
        let left = end.saturating_duration_since(Instant::now());
        Waiting { what, waited: self.begun.elapsed(), left }
    }
}

/// Carries on with `waiting`, and tells `watcher` of it each second.
pub async fn patiently<T>(
    watcher: &dyn SearchWatcher,
    patience: &Patience,
    waiting: impl Future<Output = T>,
) -> T {
    let mut waiting = pin!(waiting);
    let done = loop {
        tokio::select! {
            done = &mut waiting => break done,
            () = tokio::time::sleep(STEP) => watcher.waits(&patience.waiting()),
        }
    };
    watcher.ended();
    done
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[derive(Default)]
    struct Told {
        waits: Mutex<Vec<Waiting>>,
        ended: Mutex<usize>,
    }

    impl SearchWatcher for Told {
        fn waits(&self, wait: &Waiting) {
            self.waits.lock().unwrap().push(wait.clone());
        }
        fn ended(&self) {
            *self.ended.lock().unwrap() += 1;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_is_told_each_second_and_what_is_in_the_way_then() {
        let told = Told::default();
        let end = Instant::now() + Duration::from_mins(5);
        let patience = Patience::new("a has not answered yet".to_owned(), end);
        let done = patiently(&told, &patience, async {
            tokio::time::sleep(Duration::from_millis(1500)).await;
            patience.goes_on("a is not ready".to_owned(), end);
            tokio::time::sleep(Duration::from_secs(1)).await;
            7
        });
        assert_eq!(done.await, 7);
        let waits = told.waits.into_inner().unwrap();
        let whats: Vec<&str> = waits.iter().map(|wait| wait.what.as_str()).collect();
        assert_eq!(whats, ["a has not answered yet", "a is not ready"]);
        assert!(waits.iter().all(|wait| wait.left > Duration::from_mins(4)), "{waits:?}");
        assert_eq!(told.ended.into_inner().unwrap(), 1);
    }

    #[tokio::test]
    async fn what_is_done_soon_is_not_told() {
        let told = Told::default();
        let patience = Patience::new(String::new(), Instant::now());
        patiently(&told, &patience, async {}).await;
        assert!(told.waits.into_inner().unwrap().is_empty());
    }
}
