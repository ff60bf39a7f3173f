//! Forecasts the series that are given on standard input, one a line: the first day, the days ahead, then the values of the days, with blanks
//! between them. Prints the sum of the days ahead with its interval. For comparisons with other forecasters.

use std::io::{BufRead, stdin};

use farthing_forecast::daily::{DailySeries, outlook};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for line in stdin().lock().lines() {
        let line = line?;
        let mut words = line.split_whitespace();
        let first = words.next().ok_or("a line begins with its first day")?.parse()?;
        let days = words.next().ok_or("the days ahead come second")?.parse()?;
        let values = words.map(str::parse).collect::<Result<Vec<f64>, _>>()?;
        let found = outlook(&DailySeries { first, values }, days)?;
        let end = |end: Option<f64>| end.map_or("-".to_owned(), |end| end.to_string());
        println!("{} {} {}", found.total, end(found.low), end(found.high));
    }
    Ok(())
}
