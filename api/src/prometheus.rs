//! Questions to Prometheus, which scrapes the services' metrics.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::Context;
use jiff::Timestamp;
use prometheus_http_query::Client;
use prometheus_http_query::response::Sample;
use url::Url;

use crate::error::{ApiError, Result};

/// How long Prometheus may take to answer.
const TIMEOUT: Duration = Duration::from_secs(5);

#[derive(Clone)]
pub struct Prometheus(Client);

/// The labels of a series.
pub type Labels = HashMap<String, String>;

/// A value of a series at a time; none: there is none, as of nothing ÷ nothing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    pub at: Timestamp,
    pub value: Option<f64>,
}

impl Prometheus {
    pub fn new(url: &Url) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder().timeout(TIMEOUT).build()?;
        let client = Client::from(http, url.as_str())
            .context("VEZA_API_PROMETHEUS_URL is not the address of a Prometheus")?;
        Ok(Self(client))
    }

    /// The series of an expression at a time, and their values.
    pub async fn at(
        &self,
        expression: String,
        at: Timestamp,
    ) -> Result<Vec<(Labels, Option<f64>)>> {
        let answer = self.0.query(expression).at(at.as_second()).get().await?;
        let vector = answer.into_inner().0.into_vector();
        let vector = vector.map_err(|_| unexpected())?;
        let series = vector.into_iter().map(|series| {
            let (labels, sample) = series.into_inner();
            (labels, number(&sample))
        });
        Ok(series.collect())
    }

    /// The series of an expression, at `from` and each `step` after it up to `to`.
    pub async fn series(
        &self,
        expression: String,
        from: Timestamp,
        to: Timestamp,
        step: Duration,
    ) -> Result<Vec<(Labels, Vec<Point>)>> {
        let (from, to) = (from.as_second(), to.as_second());
        let query = self.0.query_range(expression, from, to, step.as_secs_f64());
        let matrix = query.get().await?.into_inner().0.into_matrix();
        let matrix = matrix.map_err(|_| unexpected())?;
        let series = matrix.into_iter().map(|series| {
            let (labels, samples) = series.into_inner();
            (labels, samples.iter().filter_map(point).collect())
        });
        Ok(series.collect())
    }
}

fn unexpected() -> ApiError {
    ApiError::Internal(anyhow::anyhow!("Prometheus answered with another type"))
}

fn number(sample: &Sample) -> Option<f64> {
    Some(sample.value()).filter(|value| value.is_finite())
}

fn point(sample: &Sample) -> Option<Point> {
    Some(Point {
        at: Timestamp::from_second(sample.timestamp() as i64).ok()?,
        value: number(sample),
    })
}
