//! The least price of capacity where the number of replicas is given: the linear relaxation of a covering with a count.

/// The lower convex hull of (capacity, price) of the types: what a replica of a given mean capacity costs at least.
#[derive(Default)]
pub(super) struct Hull {
    /// Capacities rise, and so do the prices of one more unit of it.
    corners: Vec<(f64, f64)>,
    /// The capacity at which a unit is cheapest; infinite where it is cheaper to leave it unserved.
    best: f64,
    /// Price of a unit of demand that is not served; infinite where all of it must be.
    unserved: f64,
}

impl Hull {
    /// Builds it anew for types of (capacity, price).
    pub fn rebuild(&mut self, types: impl Iterator<Item = (f64, f64)> + Clone, unserved: f64) {
        self.corners.clear();
        self.unserved = unserved;
        let cheapest = types.clone().min_by(|a, b| a.1.total_cmp(&b.1).then(b.0.total_cmp(&a.0)));
        let mut next = cheapest;
        while let Some(corner) = next {
            self.corners.push(corner);
            let slope = |point: &(f64, f64)| (point.1 - corner.1) / (point.0 - corner.0);
            let steps = types.clone().filter(|point| point.0 > corner.0 && slope(point) < unserved);
            next = steps.min_by(|a, b| slope(a).total_cmp(&slope(b)).then(b.0.total_cmp(&a.0)));
        }
        let unit = |corner: &(f64, f64)| corner.1 / corner.0;
        let best = self.corners.iter().filter(|corner| unit(corner) < unserved).min_by(|a, b| unit(a).total_cmp(&unit(b)));
        self.best = best.map_or(f64::INFINITY, |corner| corner.0);
    }

    /// The least price of a replica of a mean capacity of at least `capacity`.
    fn replica(&self, capacity: f64) -> f64 {
        let Some(&(mut at, mut price)) = self.corners.first() else { return f64::INFINITY };
        // A quotient may come out a digit above the capacity that it stands for.
        let capacity = capacity * (1.0 - 1e-12);
        if capacity <= at {
            return price;
        }
        for &(next, dearer) in &self.corners[1..] {
            if capacity <= next {
                return price + (dearer - price) * (capacity - at) / (next - at);
            }
            (at, price) = (next, dearer);
        }
        price + self.unserved * (capacity - at)
    }

    /// The least price of serving `demand` with at least `least` and at most `most` replicas.
    pub fn serve(&self, demand: f64, least: f64, most: f64) -> f64 {
        // The price is convex in the number of replicas, so the best number is as near as allowed to the best of all.
        let replicas = (demand.max(0.0) / self.best).clamp(least.max(0.0), most.max(least).max(0.0));
        if replicas > 0.0 {
            return replicas * self.replica(demand.max(0.0) / replicas);
        }
        if demand <= 0.0 { 0.0 } else { demand * self.unserved }
    }
}
