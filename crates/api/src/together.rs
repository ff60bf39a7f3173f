//! Many who ask the same at the same time get one answer. It is never one that was begun before they asked, so that it is as true as one of
//! their own; what differs is how often the database is asked.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// One question.
pub(crate) struct Together<T> {
    /// How many answers were begun.
    begun: AtomicU64,
    /// The last answer, and which it was. Whoever has the lock asks; the others wait for it in their order.
    last: tokio::sync::Mutex<Option<(u64, T)>>,
}

impl<T> Default for Together<T> {
    fn default() -> Self {
        Self { begun: AtomicU64::new(0), last: tokio::sync::Mutex::new(None) }
    }
}

impl<T: Clone> Together<T> {
    /// The answer of `work`, or of another's that began after this was called.
    pub async fn ask(&self, work: impl Future<Output = T>) -> T {
        let before = self.begun.load(Ordering::SeqCst);
        let mut last = self.last.lock().await;
        if let Some((number, answer)) = &*last
            && *number > before
        {
            return answer.clone();
        }
        let number = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
        let answer = work.await;
        *last = Some((number, answer.clone()));
        answer
    }
}

/// One question for each key.
pub(crate) struct TogetherBy<K, T>(Mutex<HashMap<K, Arc<Together<T>>>>);

impl<K, T> Default for TogetherBy<K, T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Clone + Eq + Hash, T: Clone> TogetherBy<K, T> {
    pub async fn ask(&self, key: K, work: impl Future<Output = T>) -> T {
        let question = self.questions().entry(key.clone()).or_default().clone();
        // Taken away by the last who goes, also where they gave up.
        let waiting = Waiting { of: self, key, question: Some(question) };
        waiting.question().ask(work).await
    }

    fn questions(&self) -> MutexGuard<'_, HashMap<K, Arc<Together<T>>>> {
        // What is behind the lock is whole at any moment.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody who waits for an answer.
struct Waiting<'a, K: Clone + Eq + Hash, T: Clone> {
    of: &'a TogetherBy<K, T>,
    key: K,
    /// Theirs until they go.
    question: Option<Arc<Together<T>>>,
}

impl<K: Clone + Eq + Hash, T: Clone> Waiting<'_, K, T> {
    fn question(&self) -> &Together<T> {
        self.question.as_deref().expect("it is given back only by going")
    }
}

impl<K: Clone + Eq + Hash, T: Clone> Drop for Waiting<'_, K, T> {
    fn drop(&mut self) {
        let mut questions = self.of.questions();
        self.question = None;
        if questions.get(&self.key).is_some_and(|question| Arc::strong_count(question) == 1) {
            questions.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use futures::future::join_all;
    use tokio::sync::Notify;

    use super::*;

    #[tokio::test]
    async fn an_answer_that_was_begun_before_is_never_given() {
        let (asked, state, go) = (Arc::new(Together::default()), Arc::new(AtomicUsize::new(1)), Arc::new(Notify::new()));
        let (first, seen, gone) = (asked.clone(), state.clone(), go.clone());
        let (begun, is_begun) = tokio::sync::oneshot::channel();
        let first = tokio::spawn(async move {
            let work = async {
                let seen = seen.load(Ordering::SeqCst);
                let _ = begun.send(());
                gone.notified().await;
                seen
            };
            first.ask(work).await
        });
        is_begun.await.unwrap();
        // What changes while the first is worked on is in the answers of all who ask from then on, which are one.
        state.store(2, Ordering::SeqCst);
        let count = AtomicUsize::new(0);
        let later = (0..10).map(|_| {
            asked.ask(async {
                count.fetch_add(1, Ordering::SeqCst);
                state.load(Ordering::SeqCst)
            })
        });
        let wake = async {
            tokio::task::yield_now().await;
            go.notify_one();
        };
        let (later, ()) = tokio::join!(join_all(later), wake);
        assert_eq!((first.await.unwrap(), later), (1, vec![2; 10]));
        assert_eq!(count.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn keys_have_answers_of_their_own_and_leave_nothing_behind() {
        let by = TogetherBy::<u8, u8>::default();
        let answers = join_all((0..6).map(|key| by.ask(key % 3, async move { key % 3 }))).await;
        assert_eq!(answers, [0, 1, 2, 0, 1, 2]);
        assert!(by.questions().is_empty());
        {
            let given_up = by.ask(9, std::future::pending());
            tokio::select! {
                _ = given_up => unreachable!(),
                () = tokio::task::yield_now() => {}
            }
        }
        assert!(by.questions().is_empty());
    }
}
