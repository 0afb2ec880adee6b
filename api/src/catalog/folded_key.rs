use unicode_normalization::UnicodeNormalization;

/// What makes two imported tracks one: artist and title, whatever their case, white space and Unicode form.
///
/// Each is folded by NFKC and lower case (as long as that changes it, because either can undo the other), its white space
/// to single spaces.
pub fn folded_key(artist: &str, title: &str) -> String {
    // U+001F, the unit separator, can't be in either.
    format!("{}\u{1f}{}", folded(artist), folded(title))
}

fn folded(text: &str) -> String {
    let once = fold_once(text);
    let twice = fold_once(&once);
    if once == twice { once } else { folded(&twice) }
}

fn fold_once(text: &str) -> String {
    let folded: String = text
        .nfkc()
        .collect::<String>()
        .to_lowercase()
        .nfkc()
        .collect();
    let words: Vec<&str> = folded.split_whitespace().collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_same_track_however_it_is_written() {
        let key = folded_key("Beyoncé", "Déjà Vu (feat. JAY-Z)");
        assert_eq!(
            key,
            folded_key("BEYONCE\u{301}", "  déjà   vu\t(feat. Jay-Z) ")
        );
        assert_eq!(folded_key("ＡＢＢＡ", "①"), folded_key("abba", "1"));
    }

    #[test]
    fn artist_and_title_stay_apart() {
        assert_ne!(folded_key("a b", "c"), folded_key("a", "b c"));
    }

    proptest! {
        #[test]
        fn folding_a_folded_text_changes_nothing(text in "\\PC{0,40}") {
            let once = folded(&text);
            prop_assert_eq!(folded(&once), once);
        }

        #[test]
        fn case_makes_no_difference(text in "[a-zà-ÿ ]{1,40}") {
            prop_assert_eq!(folded(&text.to_uppercase()), folded(&text));
        }
    }
}
