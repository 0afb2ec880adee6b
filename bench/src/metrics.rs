//! What a service measures of itself.

use anyhow::Context;
use veza_standalone::services::Service;

/// The text of `/metrics`.
pub struct Metrics(String);

impl Metrics {
    pub async fn of(service: &Service) -> anyhow::Result<Self> {
        let url = format!("http://127.0.0.1:{}/metrics", service.metrics.0);
        let answer = reqwest::get(&url).await.with_context(|| service.name)?;
        Ok(Self(answer.error_for_status()?.text().await?))
    }

    /// The sum of all series of this name.
    pub fn sum(&self, name: &str) -> f64 {
        self.values(name).sum()
    }

    /// How many series of this name are above zero.
    pub fn above_zero(&self, name: &str) -> usize {
        self.values(name).filter(|value| *value > 0.0).count()
    }

    fn values(&self, name: &str) -> impl Iterator<Item = f64> {
        self.0.lines().filter_map(move |line| value(line, name))
    }
}

/// The value of a line of the series `name`, with labels or without.
fn value(line: &str, name: &str) -> Option<f64> {
    let rest = line.strip_prefix(name)?;
    if !rest.starts_with(['{', ' ']) {
        return None;
    }
    rest.rsplit(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_of_one_name_are_summed_and_others_left_out() {
        let metrics = Metrics("# TYPE a counter\na{x=\"1 2\"} 3\na 4.5\na_sum 100\n".into());
        assert_eq!((metrics.sum("a"), metrics.above_zero("a")), (7.5, 2));
    }
}
