//! Answers of reports as they were sent last, by their tags: whoever asks for one that stands gets it without any computing.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;

/// What is remembered of all answers together.
const MOST_BYTES: usize = 64 << 20;
/// The largest answer that is remembered.
pub(crate) const LARGEST: usize = 4 << 20;

/// The answers of one state of the catalogue.
#[derive(Default)]
pub(crate) struct Answers(Mutex<Remembered>);

#[derive(Default)]
struct Remembered {
    mark: u64,
    bytes: usize,
    by_tag: HashMap<HeaderValue, (HeaderMap, Bytes)>,
    /// The oldest first.
    order: VecDeque<HeaderValue>,
}

impl Answers {
    /// The answer of this tag, where it is remembered.
    pub fn of(&self, tag: &HeaderValue) -> Option<Response> {
        let (headers, body) = self.remembered().by_tag.get(tag).cloned()?;
        let mut response = Response::new(Body::from(body));
        *response.headers_mut() = headers;
        Some(response)
    }

    /// Remembers an answer of a state of the catalogue; those of earlier states, which nobody is given any more, are forgotten.
    pub fn remember(&self, mark: u64, tag: &HeaderValue, headers: &HeaderMap, body: &Bytes) {
        let mut known = self.remembered();
        if known.mark < mark {
            *known = Remembered { mark, ..Remembered::default() };
        }
        if known.mark > mark || body.len() > LARGEST || known.by_tag.contains_key(tag) {
            return;
        }
        known.bytes += body.len();
        known.order.push_back(tag.clone());
        known.by_tag.insert(tag.clone(), (headers.clone(), body.clone()));
        while known.bytes > MOST_BYTES {
            let Some(oldest) = known.order.pop_front() else { break };
            if let Some((_, body)) = known.by_tag.remove(&oldest) {
                known.bytes -= body.len();
            }
        }
    }

    fn remembered(&self) -> MutexGuard<'_, Remembered> {
        // Only what is whole is put behind the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(number: usize) -> HeaderValue {
        HeaderValue::from(number)
    }

    #[test]
    fn answers_of_an_earlier_state_are_forgotten_and_not_taken_any_more() {
        let (answers, body) = (Answers::default(), Bytes::from_static(b"{}"));
        answers.remember(7, &tag(1), &HeaderMap::new(), &body);
        assert!(answers.of(&tag(1)).is_some());
        answers.remember(8, &tag(2), &HeaderMap::new(), &body);
        assert!(answers.of(&tag(1)).is_none() && answers.of(&tag(2)).is_some());
        answers.remember(7, &tag(3), &HeaderMap::new(), &body);
        assert!(answers.of(&tag(3)).is_none());
    }

    #[test]
    fn what_is_remembered_has_a_bound() {
        let (answers, body) = (Answers::default(), Bytes::from(vec![0; LARGEST]));
        for number in 0..40 {
            answers.remember(1, &tag(number), &HeaderMap::new(), &body);
        }
        assert!(answers.remembered().bytes <= MOST_BYTES && answers.of(&tag(39)).is_some() && answers.of(&tag(0)).is_none());
        answers.remember(1, &tag(50), &HeaderMap::new(), &Bytes::from(vec![0; LARGEST + 1]));
        assert!(answers.of(&tag(50)).is_none());
    }
}
