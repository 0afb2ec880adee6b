//! ClickHouse's error numbers, told apart: those that pass, and those that the same bytes meet for ever.
//!
//! Permanent is only what is known to be: everything else is tried again, for a range may wait but never be lost.

/// Numbers (`ErrorCodes.cpp`) that say that the statement or its data can never be accepted as they are.
const PERMANENT: [u32; 19] = [
    6,   // CANNOT_PARSE_TEXT
    8,   // THERE_IS_NO_COLUMN
    16,  // NO_SUCH_COLUMN_IN_TABLE
    26,  // CANNOT_PARSE_QUOTED_STRING
    27,  // CANNOT_PARSE_INPUT_ASSERTION_FAILED
    36,  // BAD_ARGUMENTS
    38,  // CANNOT_PARSE_DATE
    41,  // CANNOT_PARSE_DATETIME
    43,  // ILLEGAL_TYPE_OF_ARGUMENT
    44,  // ILLEGAL_COLUMN
    47,  // UNKNOWN_IDENTIFIER
    53,  // TYPE_MISMATCH
    62,  // SYNTAX_ERROR
    70,  // CANNOT_CONVERT_TYPE
    73,  // UNKNOWN_FORMAT
    115, // UNKNOWN_SETTING
    117, // INCORRECT_DATA
    131, // TOO_LARGE_STRING_SIZE
    376, // CANNOT_PARSE_UUID
];

/// TOO_MANY_PARTS, in both of its meanings.
const TOO_MANY_PARTS: u32 = 252;

/// Whether the same request may succeed later. `code`: none when something between us and ClickHouse answered.
pub fn is_retriable(code: Option<u32>, message: &str) -> bool {
    match code {
        None => true,
        // Merges will catch up with too many parts; a block over too many table partitions stays one.
        Some(TOO_MANY_PARTS) => !message.contains("partitions for single INSERT block"),
        Some(code) => !PERMANENT.contains(&code),
    }
}

/// Whether a body is an exception: one that comes after the head of the answer can't change its status.
pub fn is_exception(text: &str) -> bool {
    in_text(text).is_some() && text.contains("DB::Exception")
}

/// The number in `Code: 252. DB::Exception: …`.
pub fn in_text(text: &str) -> Option<u32> {
    let (_, rest) = text.split_once("Code: ")?;
    rest.split(|c: char| !c.is_ascii_digit())
        .next()?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_many_parts_passes_and_too_many_partitions_does_not() {
        let parts = "Code: 252. DB::Exception: Too many parts (3001) in table 'veza.plays'. Merges are processing significantly slower than inserts. (TOO_MANY_PARTS)";
        let partitions = "Code: 252. DB::Exception: Too many partitions for single INSERT block (more than 100). (TOO_MANY_PARTS)";
        assert!(is_retriable(in_text(parts), parts));
        assert!(!is_retriable(in_text(partitions), partitions));
    }

    #[test]
    fn memory_load_and_a_missing_table_pass_and_unreadable_data_does_not() {
        for (code, retriable) in [
            (241, true),
            (242, true),
            (202, true),
            (60, true),
            (81, true),
            (516, true),
            (33, true),
            (117, false),
            (16, false),
            (53, false),
        ] {
            assert_eq!(is_retriable(Some(code), ""), retriable, "{code}");
        }
        assert!(is_retriable(None, "502 Bad Gateway"));
    }

    #[test]
    fn the_number_is_found_where_there_is_one() {
        assert_eq!(in_text("Code: 241. DB::Exception: Memory limit"), Some(241));
        assert_eq!(in_text("Code: none"), None);
        assert_eq!(in_text("<html>502</html>"), None);
        assert!(is_exception("1\n2\nCode: 241. DB::Exception: Memory limit"));
        assert!(!is_exception("a title with Code: 3 in it"));
    }
}
