//! ARCHITECTURE.md names tests as its evidence: each of them must exist.

use std::fs;

use veza_standalone::testing::repository;

#[test]
fn every_guarantee_names_a_test_that_exists() {
    let page = fs::read_to_string(repository().join("ARCHITECTURE.md")).unwrap();
    let named: Vec<(&str, &str)> = page
        .split('`')
        .filter_map(|quoted| quoted.split_once(".rs::"))
        .collect();
    assert!(named.len() > 15, "the table of guarantees is gone");
    for (file, test) in named {
        let path = repository().join(format!("{file}.rs"));
        let source = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        assert!(
            source.contains(&format!("fn {test}(")),
            "{path:?} has no test {test}"
        );
    }
}
