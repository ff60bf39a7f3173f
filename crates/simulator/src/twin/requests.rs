use super::arrivals::Arrival;

/// A request in the system. Times are seconds on the simulated clock.
#[derive(Clone, Copy, Debug)]
pub(super) struct Live {
    pub arrival: f64,
    /// When it entered a batch or a server.
    pub started: f64,
    pub decoding_since: f64,
    pub first_token: f64,
    pub input_tokens: u32,
    pub output_tokens: u32,
    /// The hour that it counts in; `u32::MAX` while warming up.
    pub hour: u32,
}

/// Requests by number; numbers of those that left are given again, so that nothing is allocated for a request.
#[derive(Debug, Default)]
pub(super) struct Requests {
    all: Vec<Live>,
    free: Vec<u32>,
}

/// Counted in no hour.
pub(super) const WARMING_UP: u32 = u32::MAX;

impl Requests {
    #[inline]
    pub(super) fn add(&mut self, arrival: &Arrival) -> u32 {
        let Arrival { at, hour, input_tokens, output_tokens } = *arrival;
        let hour = hour.unwrap_or(WARMING_UP);
        let live = Live { arrival: at, started: at, decoding_since: at, first_token: at, input_tokens, output_tokens, hour };
        match self.free.pop() {
            Some(id) => {
                self.all[id as usize] = live;
                id
            }
            None => {
                self.all.push(live);
                u32::try_from(self.all.len() - 1).expect("far fewer requests fit into memory")
            }
        }
    }

    #[inline]
    pub(super) fn at(&mut self, id: u32) -> &mut Live {
        &mut self.all[id as usize]
    }

    #[inline]
    pub(super) fn remove(&mut self, id: u32) -> Live {
        self.free.push(id);
        self.all[id as usize]
    }
}
