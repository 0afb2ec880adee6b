/// What `percent` (0 to 100) is off `list_minor`: rounded half up.
pub fn discount(list_minor: i64, percent: i32) -> i64 {
    (list_minor * i64::from(percent) + 50) / 100
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_rounded_up() {
        // 217.5: through a float, 750 × 0.29 is 217.49999999999997.
        assert_eq!(discount(750, 29), 218);
        assert_eq!(discount(999, 50), 500);
        assert_eq!(discount(1, 49), 0);
        assert_eq!(discount(0, 90), 0);
        assert_eq!(discount(100_000_000, 90), 90_000_000);
    }
}
