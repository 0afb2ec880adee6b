//! `GET /analytics/geography`: countries, and of one country its regions and cities.

use std::collections::HashMap;

use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;
use veza_service::reply::Reply;

use super::breakdown::{Asked, Breakdown, Counts, Entry, List, ListTable, Rest, cells};
use super::context::Context;
use super::csv::{Answer, Format, Table, Tabular};
use super::meta::ReportMeta;
use super::parameters::{ListLimit, parameters};
use super::query::{Dimension, Selection, Total, Warehouse, place_id};
use super::series::is_known;
use crate::error::Result;
use crate::extract::Query;

/// Entries of each list, unless asked for otherwise.
const DEFAULT_LIMIT: ListLimit = ListLimit(20);
/// No country has as many.
const ALL_REGIONS: usize = 100_000;

parameters! { Parameters: range, filters {
    /// Most entries of each list.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 300, default = 20)]
    limit: Option<ListLimit>,
} }

/// Countries; with exactly one country in the filter, its regions and cities too.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct Geography {
    /// Keys and labels are ISO 3166-1 alpha-2.
    pub countries: Vec<Entry>,
    pub rest: Rest,
    pub unknown: Counts,
    pub total: Counts,
    /// Keys are `country/region`. Null unless the filter has exactly one country; so are the lists and sums that follow.
    #[schema(required)]
    pub regions: Option<Vec<Entry>>,
    #[schema(required)]
    pub regions_rest: Option<Rest>,
    #[schema(required)]
    pub regions_unknown: Option<Counts>,
    /// Keys are `country/region/city`.
    #[schema(required)]
    pub cities: Option<Vec<Entry>>,
    #[schema(required)]
    pub cities_rest: Option<Rest>,
    #[schema(required)]
    pub cities_unknown: Option<Counts>,
}

/// Where people listen
#[utoipa::path(get, path = "/analytics/geography", operation_id = "geography", tag = "analytics", params(Parameters),
    responses((status = 200, description = "Countries, and of one country its regions and cities",
               content((Reply<Geography, ReportMeta> = "application/json"), (String = "text/csv")))))]
pub async fn geography(
    context: Context,
    format: Format,
    Query(asked): Query<Parameters>,
) -> Result<impl IntoResponse> {
    let range = context.range(&asked.range())?;
    let (selection, completeness) = context
        .select(&asked.filter(), range.from, range.to)
        .await?;
    let ListLimit(limit) = asked.limit.unwrap_or(DEFAULT_LIMIT);
    let warehouse = &context.warehouse;
    let by = |dimension| Asked {
        dimension,
        unknown: &[],
        limit,
    };
    let by_country = by(Dimension::Country);
    let (countries, total, within) = match selection.filter.only_country() {
        None => {
            let ([countries], total) =
                Breakdown::query(warehouse, &selection, [by_country]).await?;
            (countries, total, None)
        }
        Some(country) => {
            let without_city = places_without_city(warehouse, &selection, country).await?;
            let by_city = Asked {
                unknown: &without_city,
                ..by(Dimension::City)
            };
            let asked = [by_country, by(Dimension::Region), by_city];
            let ([countries, regions, cities], total) =
                Breakdown::query(warehouse, &selection, asked).await?;
            let within = Within {
                country: country.to_owned(),
                names: city_names(warehouse, &selection, &cities).await?,
                regions,
                cities,
            };
            (countries, total, Some(within))
        }
    };
    let is_known = is_known(range.from, total.plays > 0, completeness.as_of);
    let countries = List::plain(countries, is_known, &total);
    let mut data = Geography {
        countries: countries.entries,
        rest: countries.rest,
        unknown: countries.unknown,
        total: Counts::of(&total, is_known),
        ..Geography::default()
    };
    if let Some(within) = within {
        data.add(within, is_known, &total);
    }
    let meta = ReportMeta::of_breakdown(
        &range,
        &asked.filter(),
        &selection,
        completeness,
        is_known.then_some(&total),
    );
    Ok(Answer::new(format, "geography", data, meta))
}

/// Regions and cities of one country.
struct Within {
    country: String,
    regions: Breakdown,
    cities: Breakdown,
    /// `country/region/city` and the city, by the place's id.
    names: HashMap<String, (String, String)>,
}

/// A place without a city is one of a region: together they make up what is unknown of the cities.
async fn places_without_city(
    warehouse: &Warehouse,
    selection: &Selection,
    country: &str,
) -> Result<Vec<String>> {
    let regions = warehouse
        .ranked(selection, Dimension::Region, &[], ALL_REGIONS)
        .await?;
    let places = regions
        .iter()
        .map(|region| place_id(country, &region.key, "").to_string());
    Ok(places.collect())
}

async fn city_names(
    warehouse: &Warehouse,
    selection: &Selection,
    cities: &Breakdown,
) -> Result<HashMap<String, (String, String)>> {
    let places: Vec<String> = cities.entries.iter().map(|city| city.key.clone()).collect();
    if places.is_empty() {
        return Ok(HashMap::new());
    }
    let names = warehouse.place_names(selection, &places).await?.into_iter();
    let names = names.map(|name| {
        let key = format!("{}/{}/{}", name.country, name.region, name.city);
        (name.place, (key, name.city))
    });
    Ok(names.collect())
}

impl Geography {
    fn add(&mut self, within: Within, is_known: bool, total: &Total) {
        let regions = List::of(within.regions, is_known, |group| {
            let key = format!("{}/{}", within.country, group.key);
            Entry::new(key, group.key, group.plays, group.listeners, total)
        });
        let cities = List::of(within.cities, is_known, |group| {
            let (key, label) = within.names.get(&group.key).cloned().unwrap_or_default();
            Entry::new(key, label, group.plays, group.listeners, total)
        });
        self.regions = Some(regions.entries);
        self.regions_rest = Some(regions.rest);
        self.regions_unknown = Some(regions.unknown);
        self.cities = Some(cities.entries);
        self.cities_rest = Some(cities.rest);
        self.cities_unknown = Some(cities.unknown);
    }
}

impl Tabular for Geography {
    fn table(&self) -> Table {
        let lists = if self.regions.is_some() { 3 } else { 1 };
        let mut table = ListTable::new(lists).list(
            "countries",
            cells(&self.countries),
            &self.rest,
            &self.unknown,
        );
        let further = [
            (
                "regions",
                &self.regions,
                self.regions_rest,
                self.regions_unknown,
            ),
            (
                "cities",
                &self.cities,
                self.cities_rest,
                self.cities_unknown,
            ),
        ];
        for (name, entries, rest, unknown) in further {
            if let (Some(entries), Some(rest), Some(unknown)) = (entries, rest, unknown) {
                table = table.list(name, cells(entries), &rest, &unknown);
            }
        }
        table.total(&self.total)
    }
}
