//! One hour under given commitments: the linear program over mixtures of patterns, grown by pricing (Dantzig–Wolfe).
//!
//! With commitments (c, C) fixed, the hours share nothing. The program of hour t chooses, for every group of workloads, a mixture
//! λ of usage vectors:
//!
//! min Σ_i od_i·o_i   subject to   usage: Σ λ·u_i ≤ c_i + s_i + o_i (price p_i);   quota: Σ λ·u_i ≤ quota_i + e_i (price q_i);
//! spend: Σ rate_i·s_i ≤ C (price v);   mixture: Σ_k λ_gk = 1 for every group.
//!
//! For any prices with 0 ≤ p ≤ od, p ≤ rate·v and q ≥ 0, weak duality gives the **cut**
//! cost of hour t under (c, C) ≥ Σ_w knapsack_w(p + q) − q·quota − p·c − v·C, valid for every (c, C).

use highs::{Col, ColProblem, HighsModelStatus, HighsStatus, Model, Row, Sense, Solution};

use super::knapsack::Search;
use super::master::Commitments;
use super::prepare::Prepared;
use super::workers::Task;
use crate::fleet::SolveError;

/// A lower bound on the cost of an hour, linear in the commitments.
#[derive(Clone, Debug, Default)]
pub(super) struct Cut {
    pub constant: f64,
    /// p: by type.
    pub price: Vec<f64>,
    /// v.
    pub spend_price: f64,
    /// q: by type.
    pub quota_price: Vec<f64>,
}

impl Cut {
    /// Its value at commitments.
    pub fn at(&self, at: &Commitments) -> f64 {
        self.constant - self.price.iter().zip(&at.commit).map(|(p, c)| p * c).sum::<f64>() - self.spend_price * at.spend
    }

    /// What one instance of each type is worth in this hour.
    pub fn worth(&self) -> Vec<f64> {
        self.price.iter().zip(&self.quota_price).map(|(p, q)| p + q).collect()
    }
}

/// The growing program of one hour.
pub(super) struct HourProgram {
    hour: usize,
    /// Taken out while it is solved.
    model: Option<Model>,
    commit: Vec<Col>,
    spend: Col,
    mixture: Vec<Row>,
    usage: Vec<Row>,
    quota: Vec<Row>,
    /// The patterns in the program: column, group, and the prices they were the cheapest at. Pricing again gives them back, which
    /// is cheaper than to keep them all.
    columns: Vec<(Col, usize, usize)>,
    worths: Vec<Vec<f64>>,
}

/// What solving an hour at some commitments established.
#[derive(Clone, Debug)]
pub(super) struct HourBound {
    /// The best cut at these commitments.
    pub cut: Cut,
    /// Its value there: a lower bound on the cost of the hour.
    pub bound: f64,
    /// Cost of the mixture: an upper bound on the relaxed cost of the hour.
    pub cost: f64,
}

fn refused(status: HighsStatus) -> SolveError {
    SolveError::Solver(format!("an hourly program was refused: {status:?}"))
}

impl HourProgram {
    /// The program with the patterns that are cheapest at on-demand and at committed prices.
    pub fn new(data: &Prepared, hour: usize, search: &mut Search) -> Result<Self, SolveError> {
        let mut problem = ColProblem::default();
        let types = data.types();
        let usage: Vec<Row> = (0..types).map(|_| problem.add_row(..=0.0)).collect();
        let quota: Vec<Row> = data.quota.iter().map(|quota| problem.add_row(..=*quota)).collect();
        let spent = problem.add_row(..=0.0);
        let mixture: Vec<Row> = data.groups.iter().map(|_| problem.add_row(1.0..=1.0)).collect();
        let mut model = problem.try_optimise(Sense::Minimise).map_err(refused)?;
        set_options(&mut model)?;
        // Beyond the quota: possible in the relaxation, at a price that no plan wants to pay.
        let dear = 20.0 * data.on_demand.iter().copied().fold(1.0, f64::max);
        let mut commit = Vec::with_capacity(types);
        for i in 0..types {
            model.try_add_column(data.on_demand[i], 0.0.., [(usage[i], -1.0)]).map_err(refused)?;
            let excess = data.excess[i].min(dear);
            model.try_add_column(excess, 0.0.., [(quota[i], -1.0)]).map_err(refused)?;
            if data.rate[i].is_finite() {
                model.try_add_column(0.0, 0.0.., [(usage[i], -1.0), (spent, data.rate[i])]).map_err(refused)?;
            }
            commit.push(model.try_add_column(0.0, 0.0..=0.0, [(usage[i], -1.0)]).map_err(refused)?);
        }
        let spend = model.try_add_column(0.0, 0.0..=0.0, [(spent, -1.0)]).map_err(refused)?;
        let (columns, worths) = (Vec::new(), Vec::new());
        let mut program = Self { hour, model: Some(model), commit, spend, mixture, usage, quota, columns, worths };
        for share in [1.0, 0.6] {
            let prices: Vec<f64> = data.on_demand.iter().map(|p| p * share).collect();
            let offers = price_out(data, hour, &prices, search)?;
            program.worths.push(prices);
            offers.iter().enumerate().try_for_each(|(group, offer)| program.add(group, &offer.usage))?;
        }
        Ok(program)
    }

    /// Grows the program by at most `rounds` of pricing at the commitments, until mixture and bound are within the tolerance.
    pub fn improve(&mut self, data: &Prepared, task: &Task, search: &mut Search) -> Result<HourBound, SolveError> {
        self.set_commitments(&task.at);
        let mut best: Option<HourBound> = None;
        for _ in 0..task.rounds {
            let (cost, solution) = self.solve()?;
            let prices = self.prices(data, &solution);
            let (cut, grown) = self.price(data, prices, &solution, search)?;
            let bound = cut.at(&task.at);
            if best.as_ref().is_none_or(|b| bound > b.bound) {
                best = Some(HourBound { cut, bound, cost });
            }
            let best = best.as_mut().expect("it was just set");
            best.cost = cost;
            if !grown || cost - best.bound <= task.tolerance * cost.abs() {
                break;
            }
        }
        best.ok_or_else(|| SolveError::Solver("an hourly program had no round".to_owned()))
    }

    fn set_commitments(&mut self, at: &Commitments) {
        let model = self.model.as_mut().expect("the model is put back after every solve");
        self.commit.iter().zip(&at.commit).for_each(|(column, c)| model.change_column_bounds(*column, *c..=*c));
        model.change_column_bounds(self.spend, at.spend..=at.spend);
    }

    /// A whole pattern for every workload, close in usage to the mixture at the commitments.
    pub fn round(&mut self, data: &Prepared, at: &Commitments, search: &mut Search) -> Result<Vec<Vec<u32>>, SolveError> {
        self.set_commitments(at);
        let (_, solution) = self.solve()?;
        let mut mixtures: Vec<Vec<(f64, Vec<u32>)>> = vec![Vec::new(); data.loads.len()];
        for &(column, group, round) in self.columns.iter().filter(|(column, ..)| solution[*column] > 1e-9) {
            for w in data.groups[group].clone() {
                let found = search.cheapest(&data.loads[w], self.hour, &self.worths[round]);
                mixtures[w].extend(found.map(|(_, pattern)| (solution[column], pattern.count.clone())));
            }
        }
        Ok(round_mixtures(data, &mixtures))
    }

    fn solve(&mut self) -> Result<(f64, Solution), SolveError> {
        let model = self.model.take().expect("the model is put back after every solve");
        let solved = model.try_solve().map_err(refused)?;
        if solved.status() != HighsModelStatus::Optimal {
            return Err(SolveError::Solver(format!("the program of hour {} ended with {:?}", self.hour, solved.status())));
        }
        let answer = (solved.objective_value(), solved.get_solution());
        self.model = Some(Model::from(solved));
        Ok(answer)
    }

    /// The prices of the program, made feasible for the cut whatever the solver's tolerance.
    fn prices(&self, data: &Prepared, solution: &Solution) -> Cut {
        // A ≤ row of a minimisation has a dual of at most 0; the price is its size.
        let duals = solution.dual_rows();
        let types = data.types();
        let mut price: Vec<f64> = (0..types).map(|i| (-duals[i]).clamp(0.0, data.on_demand[i])).collect();
        let quota_price = (0..types).map(|i| (-duals[types + i]).clamp(0.0, data.excess[i])).collect();
        let spend_price = (-duals[2 * types]).max(0.0);
        for (price, rate) in price.iter_mut().zip(&data.rate).filter(|(_, rate)| rate.is_finite()) {
            *price = price.min(rate * spend_price);
        }
        Cut { constant: 0.0, price, spend_price, quota_price }
    }

    /// Prices every workload: completes the cut, and adds the patterns that would pay. Says whether there was any.
    fn price(
        &mut self,
        data: &Prepared,
        mut cut: Cut,
        solution: &Solution,
        search: &mut Search,
    ) -> Result<(Cut, bool), SolveError> {
        let offers = price_out(data, self.hour, &cut.worth(), search)?;
        cut.constant = offers.iter().map(|o| o.bound).sum::<f64>()
            - cut.quota_price.iter().zip(&data.quota).map(|(q, quota)| q * quota).sum::<f64>();
        let first_mixture = 2 * data.types() + 1;
        self.worths.push(cut.worth());
        let mut grown = false;
        for (group, offer) in offers.iter().enumerate() {
            let paid = solution.dual_rows()[first_mixture + group];
            if offer.price < paid - 1e-7 * paid.abs().max(1.0) {
                self.add(group, &offer.usage)?;
                grown = true;
            }
        }
        Ok((cut, grown))
    }

    fn add(&mut self, group: usize, usage: &[f64]) -> Result<(), SolveError> {
        let used = usage.iter().enumerate().filter(|(_, n)| **n > 0.0);
        let entries = used.flat_map(|(i, n)| [(self.usage[i], *n), (self.quota[i], *n)]).chain([(self.mixture[group], 1.0)]);
        let entries: Vec<(Row, f64)> = entries.collect();
        let model = self.model.as_mut().expect("the model is put back after every solve");
        let column = model.try_add_column(0.0, 0.0.., entries).map_err(refused)?;
        self.columns.push((column, group, self.worths.len() - 1));
        Ok(())
    }
}

pub(super) fn set_options(model: &mut Model) -> Result<(), SolveError> {
    let set = |model: &mut Model| {
        model.try_set_option("threads", 1)?;
        model.try_set_option("parallel", "off")?;
        model.try_set_option("solver", "simplex")?;
        model.try_set_option("presolve", "off")?;
        model.try_set_option("random_seed", 1)
    };
    model.make_quiet();
    set(model).map_err(|_| SolveError::Solver("an option was refused".to_owned()))
}

/// The cheapest patterns of a group of workloads, added up.
struct Offer {
    /// Lower bound on their price.
    bound: f64,
    price: f64,
    usage: Vec<f64>,
}

fn price_out(data: &Prepared, hour: usize, worth: &[f64], search: &mut Search) -> Result<Vec<Offer>, SolveError> {
    let mut offers = Vec::with_capacity(data.groups.len());
    for group in &data.groups {
        let mut offer = Offer { bound: 0.0, price: 0.0, usage: vec![0.0; data.types()] };
        for load in &data.loads[group.clone()] {
            let missing = || SolveError::Solver("a workload cannot be served within the quotas".to_owned());
            let (bound, pattern) = search.cheapest(load, hour, worth).ok_or_else(missing)?;
            offer.bound += bound;
            offer.price += pattern.price;
            for (position, count) in pattern.count.iter().enumerate() {
                offer.usage[load.types[position]] += f64::from(*count);
            }
        }
        offers.push(offer);
    }
    Ok(offers)
}

/// One pattern of each mixture, the dearest workloads first, each time the one that keeps the usage nearest to the mixtures' own.
fn round_mixtures(data: &Prepared, mixtures: &[Vec<(f64, Vec<u32>)>]) -> Vec<Vec<u32>> {
    let value = |w: usize, count: &[u32]| {
        data.loads[w].types.iter().zip(count).map(|(i, n)| data.on_demand[*i] * f64::from(*n)).sum::<f64>()
    };
    let mut order: Vec<usize> = (0..mixtures.len()).collect();
    let size: Vec<f64> = (0..mixtures.len()).map(|w| mixtures[w].first().map_or(0.0, |(_, count)| value(w, count))).collect();
    order.sort_by(|a, b| size[*b].total_cmp(&size[*a]).then(a.cmp(b)));
    let mut ahead = vec![0.0; data.types()];
    let mut chosen = vec![Vec::new(); mixtures.len()];
    for w in order {
        let types = &data.loads[w].types;
        let total: f64 = mixtures[w].iter().map(|(weight, _)| weight).sum();
        for (weight, count) in &mixtures[w] {
            types.iter().zip(count).for_each(|(i, n)| ahead[*i] -= weight / total * f64::from(*n));
        }
        let distance = |count: &[u32]| {
            let off = |(i, n): (&usize, &u32)| data.on_demand[*i] * (ahead[*i] + f64::from(*n)).abs();
            types.iter().zip(count).map(off).sum::<f64>()
        };
        let best = mixtures[w].iter().min_by(|a, b| distance(&a.1).total_cmp(&distance(&b.1)));
        chosen[w] = best.map(|(_, count)| count.clone()).unwrap_or_default();
        types.iter().zip(&chosen[w]).for_each(|(i, n)| ahead[*i] += f64::from(*n));
    }
    chosen
}

/// The exact cut at given prices: what the bound of this hour is for any commitments.
pub(super) fn cut_at(data: &Prepared, hour: usize, mut cut: Cut, search: &mut Search) -> Result<Cut, SolveError> {
    let offers = price_out(data, hour, &cut.worth(), search)?;
    cut.constant = offers.iter().map(|o| o.bound).sum::<f64>()
        - cut.quota_price.iter().zip(&data.quota).map(|(q, quota)| q * quota).sum::<f64>();
    Ok(cut)
}
