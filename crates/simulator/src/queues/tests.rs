use proptest::prelude::*;

use super::*;
use crate::Mmc;

fn close(found: f64, known: f64) {
    assert!((found - known).abs() <= 1e-9 * (1.0 + known.abs()), "{found} is not {known}");
}

#[test]
fn a_full_barber_shop_turns_customers_away() {
    // λ = 2, μ = 3, K = 3: p(n) ∝ 1, 2/3, 4/9, 8/27; p(3) = 8/65, L = (18 + 24 + 24) ÷ 65.
    let queue = FiniteQueue::new(2.0, 3.0, 3).unwrap();
    close(queue.loss_probability(), 8.0 / 65.0);
    close(queue.mean_in_system(), 66.0 / 65.0);
    close(queue.throughput(), 2.0 * 57.0 / 65.0);
    close(queue.mean_wait(), 66.0 / 114.0 - 1.0 / 3.0);
    // As many come as can be served: every number is as likely.
    let even = FiniteQueue::new(3.0, 3.0, 4).unwrap();
    close(even.loss_probability(), 0.2);
    close(even.mean_in_system(), 2.0);
    // The same queue seen from the places that are free.
    let over = FiniteQueue::new(3.0, 2.0, 3).unwrap();
    close(over.mean_in_system(), 3.0 - 66.0 / 65.0);
    close(FiniteQueue::new(0.0, 1.0, 5).unwrap().mean_wait(), 0.0);
}

#[test]
fn fixed_service_waits_half_as_long_as_exponential_service() {
    let exponential = PoissonGeneral::new(2.0, 1.0 / 3.0, 1.0).unwrap();
    close(exponential.mean_wait(), 2.0 / 3.0);
    close(PoissonGeneral::new(2.0, 1.0 / 3.0, 0.0).unwrap().mean_wait(), 1.0 / 3.0);
    close(exponential.utilisation(), 2.0 / 3.0);
}

#[test]
fn overload_and_nonsense_are_errors() {
    assert!(matches!(PoissonGeneral::new(3.0, 1.0, 1.0), Err(ErlangError::Unstable { servers: 1, .. })));
    assert!(GeneralQueue::new(2, 2.0, 1.0, 1.0, 1.0).is_err());
    assert!(GeneralQueue::new(2, 1.0, 1.0, -1.0, 1.0).is_err());
    assert!(FiniteQueue::new(1.0, 0.0, 2).is_err() && FiniteQueue::new(1.0, 1.0, 0).is_err());
    assert!(PoissonGeneral::new(f64::NAN, 1.0, 1.0).is_err());
}

proptest! {
    #[test]
    fn the_general_queue_holds_the_exact_ones(servers in 1_u32..40, share in 0.05..0.97, variation in 0.0..4.0) {
        let load = share * f64::from(servers);
        let exact = Mmc::new(servers, load, 1.0).unwrap();
        close(GeneralQueue::new(servers, load, 1.0, 1.0, 1.0).unwrap().mean_wait(), exact.mean_wait());
        let one = PoissonGeneral::new(share, 1.0, variation).unwrap();
        close(GeneralQueue::new(1, share, 1.0, 1.0, variation).unwrap().mean_wait(), one.mean_wait());
    }

    #[test]
    fn with_places_enough_the_finite_queue_is_the_endless_one(share in 0.05..0.8) {
        let (finite, endless) = (FiniteQueue::new(share, 1.0, 400).unwrap(), Mmc::new(1, share, 1.0).unwrap());
        close(finite.mean_wait(), endless.mean_wait());
        prop_assert!(finite.loss_probability() < 1e-30);
    }

    #[test]
    fn the_finite_queue_conserves_flow(rate in 0.01..5.0, places in 1_u32..60) {
        let queue = FiniteQueue::new(rate, 1.0, places).unwrap();
        // The server is busy unless nobody is there: μ·(1 − p(0)) = λ·(1 − p(K)).
        close(1.0 - queue.probability(0), queue.throughput());
        let length: f64 = (0..=places).map(|n| f64::from(n) * queue.probability(n)).sum();
        prop_assert!((queue.mean_in_system() - length).abs() < 1e-6 * (1.0 + length));
    }
}
