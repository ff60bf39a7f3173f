//! Which commitments: the cutting-plane program over (c, C) (Benders), and the proven bound.
//!
//! min T·Σ commit_i·c_i + T·C + Σ_t weight_t·θ_t   subject to   θ_t + p·c + v·C ≥ constant   for every cut of hour t.
//!
//! Its optimum is a lower bound on the cost of any plan, because every cut is. The next commitments are sought in a box around
//! the best ones so far (Marsten's box step), since a cutting-plane program jumps about while it knows little.

use highs::{Col, HighsModelStatus, HighsStatus, Model, RowProblem, Sense};

use super::hour::{Cut, HourBound};
use super::prepare::Prepared;
use crate::fleet::SolveError;

/// Commitments, as the relaxation has them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Commitments {
    pub commit: Vec<f64>,
    pub spend: f64,
}

impl Commitments {
    /// Takes those of `plan`, as far as they are offered.
    pub fn start_from(&mut self, data: &Prepared, plan: &crate::fleet::Plan) {
        for (i, (commit, given)) in self.commit.iter_mut().zip(&plan.commit).enumerate() {
            let most = if data.commit[i].is_finite() { data.most[i] } else { 0.0 };
            *commit = f64::from(*given).max(data.committed.commit[i]).min(most);
        }
        self.spend = crate::to_f64(plan.spend).max(data.committed.spend);
    }

    /// What they cost over all hours.
    pub fn cost(&self, data: &Prepared) -> f64 {
        let instances = self.commit.iter().zip(&data.commit).filter(|(c, _)| **c > 0.0).map(|(c, price)| c * price).sum::<f64>();
        data.paid_hours * (instances + self.spend)
    }
}

pub(super) struct Master {
    model: Option<Model>,
    commit: Vec<Col>,
    spend: Col,
    hours: Vec<Col>,
    /// What is committed already.
    least: Commitments,
    /// Most of each that could be of use.
    most: Commitments,
    /// By hour: what it counts.
    weight: Vec<f64>,
    cuts: Vec<Vec<Cut>>,
}

fn refused(status: HighsStatus) -> SolveError {
    SolveError::Solver(format!("the program over commitments was refused: {status:?}"))
}

/// An answer of the master: commitments, and the weights of the cuts in the order they were added.
pub(super) struct Step {
    pub commitments: Commitments,
    weights: Vec<f64>,
}

impl Master {
    pub fn new(data: &Prepared) -> Result<Self, SolveError> {
        let hours = data.paid_hours;
        let mut problem = RowProblem::default();
        let limit = |i: usize| if data.commit[i].is_finite() { data.most[i] } else { 0.0 };
        let all_on_plan = data.plan_order.iter().map(|&i| data.rate[i] * data.most[i]).sum();
        let least = data.committed.clone();
        let spend = f64::max(all_on_plan, least.spend);
        let most = Commitments { commit: (0..data.types()).map(limit).collect(), spend };
        let price = |i: usize| if data.commit[i].is_finite() { data.commit[i] } else { 0.0 };
        let commit = (0..data.types()).map(|i| problem.add_column(hours * price(i), least.commit[i]..=most.commit[i])).collect();
        let spend = problem.add_column(hours, least.spend..=most.spend);
        let hours = data.weight.iter().map(|weight| problem.add_column(*weight, 0.0..)).collect();
        let mut model = problem.try_optimise(Sense::Minimise).map_err(refused)?;
        super::hour::set_options(&mut model)?;
        let (cuts, weight) = (vec![Vec::new(); data.hours], data.weight.clone());
        Ok(Self { model: Some(model), commit, spend, hours, least, most, weight, cuts })
    }

    /// Adds one cut an hour.
    pub fn add(&mut self, bounds: &[HourBound]) -> Result<(), SolveError> {
        let model = self.model.as_mut().expect("the model is put back after every solve");
        for ((bound, theta), cuts) in bounds.iter().zip(&self.hours).zip(&mut self.cuts) {
            let cut = &bound.cut;
            let prices = cut.price.iter().zip(&self.commit).filter(|(p, _)| **p > 0.0).map(|(p, column)| (*column, *p));
            let entries: Vec<(Col, f64)> = prices.chain([(self.spend, cut.spend_price), (*theta, 1.0)]).collect();
            model.try_add_row(cut.constant.., entries).map_err(refused)?;
            cuts.push(cut.clone());
        }
        Ok(())
    }

    /// The best commitments by the cuts, within `reach` (a share of the whole range) around `centre` where one is given.
    pub fn solve(&mut self, around: Option<(&Commitments, f64)>) -> Result<Step, SolveError> {
        let mut model = self.model.take().expect("the model is put back after every solve");
        let range = |centre: f64, (least, most): (f64, f64), step: f64| ((centre - step).max(least), (centre + step).min(most));
        for (i, column) in self.commit.iter().enumerate() {
            let all = (self.least.commit[i], self.most.commit[i]);
            let (low, high) = around.map_or(all, |(c, reach)| range(c.commit[i], all, reach * c.commit[i].max(2.0)));
            model.change_column_bounds(*column, low..=high.max(low));
        }
        let all = (self.least.spend, self.most.spend);
        let (low, high) = around.map_or(all, |(c, reach)| range(c.spend, all, reach * c.spend.max(1.0)));
        model.change_column_bounds(self.spend, low..=high.max(low));
        let solved = model.try_solve().map_err(refused)?;
        if solved.status() != HighsModelStatus::Optimal {
            return Err(SolveError::Solver(format!("the program over commitments ended with {:?}", solved.status())));
        }
        let solution = solved.get_solution();
        self.model = Some(Model::from(solved));
        let commit = self.commit.iter().map(|column| solution[*column].max(0.0)).collect();
        let commitments = Commitments { commit, spend: solution[self.spend].max(0.0) };
        Ok(Step { commitments, weights: solution.dual_rows().to_vec() })
    }

    /// The mixture of cuts that `step` rests on, hour by hour: prices that respect what commitments cost over all hours.
    ///
    /// The bound is concave in the prices, so pricing at the mixture can only give a better one.
    pub fn mixture(&self, step: &Step) -> Vec<Cut> {
        let hours = self.cuts.len();
        self.cuts
            .iter()
            .enumerate()
            .map(|(hour, cuts)| {
                let weight = |k: usize| step.weights.get(k * hours + hour).copied().unwrap_or(0.0).max(0.0);
                // What is missing to the weight of the hour is that of the trivial cut θ ≥ 0.
                let total: f64 = (0..cuts.len()).map(weight).sum();
                let types = cuts[0].price.len();
                let mut mean = Cut { constant: 0.0, price: vec![0.0; types], spend_price: 0.0, quota_price: vec![0.0; types] };
                for (k, cut) in cuts.iter().enumerate().filter(|(k, _)| weight(*k) > 0.0) {
                    let share = weight(k) / total.max(self.weight[hour]);
                    mean.price.iter_mut().zip(&cut.price).for_each(|(m, p)| *m += share * p);
                    mean.quota_price.iter_mut().zip(&cut.quota_price).for_each(|(m, q)| *m += share * q);
                    mean.constant += share * cut.constant;
                    mean.spend_price += share * cut.spend_price;
                }
                mean
            })
            .collect()
    }
}

/// The bound that prices prove over all commitments: the weighted constants, and what commitments cost beyond what they are worth, at
/// the number of each that makes this least: what is committed already, or the quota.
pub(super) fn proven(data: &Prepared, cuts: &[Cut]) -> f64 {
    let sum = |of: &dyn Fn(&Cut) -> f64| cuts.iter().zip(&data.weight).map(|(cut, weight)| weight * of(cut)).sum::<f64>();
    let least = |price: f64, from: f64, to: f64| if price > 0.0 { price * from } else { price * to };
    let instances = (0..data.types()).filter(|i| data.commit[*i].is_finite()).map(|i| {
        let price = data.paid_hours * data.commit[i] - sum(&|c| c.price[i]);
        least(price, data.committed.commit[i], data.most[i])
    });
    let all_on_plan: f64 = data.plan_order.iter().map(|&i| data.rate[i] * data.most[i]).sum();
    let spend = least(data.paid_hours - sum(&|c| c.spend_price), data.committed.spend, all_on_plan.max(data.committed.spend));
    sum(&|c| c.constant) + instances.sum::<f64>() + spend
}
