//! Which commitments: the cutting-plane program over (c, C) (Benders), and the proven bound.
//!
//! min T·Σ commit_i·c_i + T·C + Σ_t θ_t   subject to   θ_t + p·c + v·C ≥ constant   for every cut of hour t.
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
    /// What they cost over all hours.
    pub fn cost(&self, data: &Prepared) -> f64 {
        let instances = self.commit.iter().zip(&data.commit).filter(|(c, _)| **c > 0.0).map(|(c, price)| c * price).sum::<f64>();
        data.hours as f64 * (instances + self.spend)
    }
}

pub(super) struct Master {
    model: Option<Model>,
    commit: Vec<Col>,
    spend: Col,
    hours: Vec<Col>,
    /// Most of each that could be of use.
    most: Commitments,
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
        let hours = data.hours as f64;
        let mut problem = RowProblem::default();
        let limit = |i: usize| if data.commit[i].is_finite() { data.quota[i] } else { 0.0 };
        let all_on_plan = data.plan_order.iter().map(|&i| data.rate[i] * data.quota[i]).sum();
        let most = Commitments { commit: (0..data.types()).map(limit).collect(), spend: all_on_plan };
        let price = |i: usize| if data.commit[i].is_finite() { data.commit[i] } else { 0.0 };
        let commit = (0..data.types()).map(|i| problem.add_column(hours * price(i), 0.0..=most.commit[i])).collect();
        let spend = problem.add_column(hours, 0.0..=most.spend);
        let hours = (0..data.hours).map(|_| problem.add_column(1.0, 0.0..)).collect();
        let mut model = problem.try_optimise(Sense::Minimise).map_err(refused)?;
        super::hour::set_options(&mut model)?;
        Ok(Self { model: Some(model), commit, spend, hours, most, cuts: vec![Vec::new(); data.hours] })
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
        let range = |centre: f64, most: f64, step: f64| ((centre - step).max(0.0), (centre + step).min(most));
        for (i, column) in self.commit.iter().enumerate() {
            let most = self.most.commit[i];
            let (low, high) = around.map_or((0.0, most), |(c, reach)| range(c.commit[i], most, reach * c.commit[i].max(2.0)));
            model.change_column_bounds(*column, low..=high.max(low));
        }
        let most = self.most.spend;
        let (low, high) = around.map_or((0.0, most), |(c, reach)| range(c.spend, most, reach * c.spend.max(1.0)));
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
                // What is missing to 1 is the weight of the trivial cut θ ≥ 0.
                let total: f64 = (0..cuts.len()).map(weight).sum();
                let types = cuts[0].price.len();
                let mut mean = Cut { constant: 0.0, price: vec![0.0; types], spend_price: 0.0, quota_price: vec![0.0; types] };
                for (k, cut) in cuts.iter().enumerate().filter(|(k, _)| weight(*k) > 0.0) {
                    let share = weight(k) / total.max(1.0);
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

/// The bound that prices prove over all commitments: Σ constants, less what the sums of prices exceed the commitments' own prices by.
pub(super) fn proven(data: &Prepared, cuts: &[Cut]) -> f64 {
    let hours = data.hours as f64;
    let constant: f64 = cuts.iter().map(|c| c.constant).sum();
    let excess = (0..data.types()).filter(|i| data.commit[*i].is_finite()).map(|i| {
        let worth: f64 = cuts.iter().map(|c| c.price[i]).sum();
        (worth - hours * data.commit[i]).max(0.0) * data.quota[i]
    });
    let spend: f64 = cuts.iter().map(|c| c.spend_price).sum::<f64>() - hours;
    let all_on_plan: f64 = data.plan_order.iter().map(|&i| data.rate[i] * data.quota[i]).sum();
    constant - excess.sum::<f64>() - spend.max(0.0) * all_on_plan
}
