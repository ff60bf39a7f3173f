//! Loss and delay systems with Poisson arrivals, exponential service and several servers.

/// Why a formula has no value.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum ErlangError {
    /// A rate, load or probability that is no such thing.
    #[error("{what} is {value}; it must be {range}")]
    OutOfRange {
        /// The argument.
        what: &'static str,
        /// Its value.
        value: f64,
        /// What is accepted.
        range: &'static str,
    },
    /// The queue would grow without end.
    #[error(
        "{servers} servers cannot carry a load of {load} erlangs: the queue grows without end; more than {load} servers are needed"
    )]
    Unstable {
        /// Servers.
        servers: u32,
        /// Offered load.
        load: f64,
    },
}

/// Probability that an arrival finds all `servers` busy and is lost, for an offered `load` in erlangs (arrival rate × mean
/// service time).
///
/// By the recursion B(0) = 1, B(c) = a·B(c−1) ÷ (c + a·B(c−1)), which neither overflows nor cancels (Cooper, *Introduction to
/// Queueing Theory*, 1981).
///
/// # Errors
/// For a load that is negative or not finite.
pub fn erlang_b(servers: u32, load: f64) -> Result<f64, ErlangError> {
    at_least_zero("load", load)?;
    let mut blocking = 1.0;
    for c in 1..=servers {
        blocking = load * blocking / (f64::from(c) + load * blocking);
    }
    Ok(blocking)
}

/// Probability that an arrival has to wait for one of `servers`, for an offered `load` in erlangs.
///
/// C = c·B ÷ (c − a·(1 − B)).
///
/// # Errors
/// [`ErlangError::Unstable`] for a load of at least the number of servers.
pub fn erlang_c(servers: u32, load: f64) -> Result<f64, ErlangError> {
    let blocking = erlang_b(servers, load)?;
    let count = f64::from(servers);
    if load >= count {
        return Err(ErlangError::Unstable { servers, load });
    }
    Ok(count * blocking / (count - load * (1.0 - blocking)))
}

/// The M/M/c queue in steady state. Rates are per unit of time, and times come out in that unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mmc {
    servers: u32,
    arrival_rate: f64,
    service_rate: f64,
    wait_probability: f64,
}

impl Mmc {
    /// The queue with `servers` servers, each serving `service_rate` a unit of time.
    ///
    /// # Errors
    /// For rates out of range, and [`ErlangError::Unstable`].
    pub fn new(servers: u32, arrival_rate: f64, service_rate: f64) -> Result<Self, ErlangError> {
        at_least_zero("arrival rate", arrival_rate)?;
        if !(service_rate > 0.0 && service_rate.is_finite()) {
            return Err(ErlangError::OutOfRange { what: "service rate", value: service_rate, range: "above 0" });
        }
        let wait_probability = erlang_c(servers, arrival_rate / service_rate)?;
        Ok(Self { servers, arrival_rate, service_rate, wait_probability })
    }

    /// Probability that an arrival waits.
    pub fn wait_probability(&self) -> f64 {
        self.wait_probability
    }

    /// Share of time that a server is busy.
    pub fn utilisation(&self) -> f64 {
        self.arrival_rate / (self.service_rate * f64::from(self.servers))
    }

    /// Mean time in the queue, before service begins.
    pub fn mean_wait(&self) -> f64 {
        self.wait_probability / self.spare_rate()
    }

    /// Probability of waiting no longer than `time`: the service level of a call centre.
    pub fn service_level(&self, time: f64) -> f64 {
        1.0 - self.wait_probability * (-self.spare_rate() * time.max(0.0)).exp()
    }

    /// The time that a share `quantile` of arrivals do not wait longer than: P(W > t) = C·e^(−(cμ−λ)t).
    ///
    /// # Errors
    /// For a quantile outside 0 ≤ q < 1.
    pub fn wait_quantile(&self, quantile: f64) -> Result<f64, ErlangError> {
        if !(0.0..1.0).contains(&quantile) {
            return Err(ErlangError::OutOfRange { what: "quantile", value: quantile, range: "from 0 to below 1" });
        }
        let longer = 1.0 - quantile;
        Ok(if self.wait_probability <= longer { 0.0 } else { (self.wait_probability / longer).ln() / self.spare_rate() })
    }

    fn spare_rate(&self) -> f64 {
        f64::from(self.servers) * self.service_rate - self.arrival_rate
    }
}

fn at_least_zero(what: &'static str, value: f64) -> Result<(), ErlangError> {
    if value >= 0.0 && value.is_finite() { Ok(()) } else { Err(ErlangError::OutOfRange { what, value, range: "at least 0" }) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn close(found: f64, known: f64, tolerance: f64) {
        assert!((found - known).abs() <= tolerance, "{found} is not {known}");
    }

    #[test]
    fn erlang_b_and_c_match_the_tables() {
        for (load, servers, b, c) in [
            (10.0, 14, 0.056819, 0.174132),
            (10.0, 12, 0.119739, 0.449388),
            (20.0, 25, 0.050222, 0.209103),
            (100.0, 110, 0.027463, 0.237008),
        ] {
            close(erlang_b(servers, load).unwrap(), b, 5e-7);
            close(erlang_c(servers, load).unwrap(), c, 5e-7);
        }
    }

    #[test]
    fn the_textbook_queues_have_their_waiting_times() {
        let three = Mmc::new(3, 2.0, 1.0).unwrap();
        close(three.wait_probability(), 4.0 / 9.0, 1e-12);
        close(three.mean_wait(), 4.0 / 9.0, 1e-12);
        // Hillier and Lieberman's county hospital: two thirds of an hour with one doctor, 1/24 with two.
        close(Mmc::new(1, 2.0, 3.0).unwrap().mean_wait(), 2.0 / 3.0, 1e-12);
        close(Mmc::new(2, 2.0, 3.0).unwrap().mean_wait(), 1.0 / 24.0, 1e-12);
    }

    #[test]
    fn a_call_centre_reaches_its_service_level() {
        // 100 calls in 30 minutes of 3 minutes each; 14 agents; answered within 20 seconds.
        let centre = Mmc::new(14, 100.0 / 30.0, 1.0 / 3.0).unwrap();
        close(centre.wait_probability(), 0.1741319, 5e-8);
        close(centre.service_level(20.0 / 60.0), 0.8883500, 5e-7);
    }

    #[test]
    fn overload_and_nonsense_are_errors() {
        assert!(matches!(Mmc::new(2, 4.0, 2.0), Err(ErlangError::Unstable { servers: 2, .. })));
        assert!(Mmc::new(2, f64::NAN, 2.0).is_err());
        assert!(Mmc::new(2, 1.0, 0.0).is_err());
        assert!(erlang_b(3, -1.0).is_err());
        assert!(Mmc::new(2, 1.0, 2.0).unwrap().wait_quantile(1.0).is_err());
    }

    proptest! {
        #[test]
        fn the_waiting_quantile_inverts_the_service_level(servers in 1_u32..60, share in 0.05..0.98, quantile in 0.0..0.999) {
            let queue = Mmc::new(servers, share * f64::from(servers), 1.0).unwrap();
            let time = queue.wait_quantile(quantile).unwrap();
            if time > 0.0 {
                prop_assert!((queue.service_level(time) - quantile).abs() < 1e-9);
            } else {
                prop_assert!(queue.service_level(0.0) >= quantile - 1e-12);
            }
        }

        #[test]
        fn more_servers_never_wait_longer(servers in 1_u32..60, share in 0.05..0.98) {
            let load = share * f64::from(servers);
            prop_assert!(erlang_c(servers + 1, load).unwrap() <= erlang_c(servers, load).unwrap() + 1e-15);
        }
    }
}
