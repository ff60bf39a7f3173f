//! What days cost beside what was to be expected of them, and what the months to come will cost: by unit, or by any column.

mod anomalies;
mod forecast;
mod series;
mod usual;

pub use anomalies::{Anomalies, AnomaliesQuery, AnomalyCause, CostAnomaly};
pub use forecast::{CostForecast, ForecastLine, ForecastMonth, ForecastQuery};
pub use series::SeriesBy;
