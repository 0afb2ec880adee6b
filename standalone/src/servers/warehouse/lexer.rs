//! ClickHouse's tokens: enough to find clauses outside of strings, quoted names, comments and brackets.

/// What a token is. Numbers, operators and bound parameters need no telling apart here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A keyword or an unquoted name
    Word,
    /// A text or a quoted name
    Quoted,
    Open,
    Close,
    Semicolon,
    Other,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    pub kind: Kind,
    pub start: usize,
    /// After the last byte
    pub end: usize,
    /// Brackets open around it
    pub depth: usize,
}

impl Token {
    pub fn is(&self, text: &[u8], keyword: &str) -> bool {
        self.kind == Kind::Word
            && text[self.start..self.end].eq_ignore_ascii_case(keyword.as_bytes())
    }
}

/// Walks over the tokens of a statement, without spaces and comments.
pub struct Lexer<'t> {
    text: &'t [u8],
    at: usize,
    depth: usize,
}

impl<'t> Lexer<'t> {
    pub fn new(text: &'t [u8]) -> Self {
        Self {
            text,
            at: 0,
            depth: 0,
        }
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.text.get(self.at + ahead).copied()
    }

    fn skip_while(&mut self, wanted: impl Fn(u8) -> bool) {
        while self.peek(0).is_some_and(&wanted) {
            self.at += 1;
        }
    }

    fn skip_spaces_and_comments(&mut self) {
        loop {
            match (self.peek(0), self.peek(1)) {
                (Some(b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c), _) => self.at += 1,
                (Some(b'-'), Some(b'-'))
                | (Some(b'/'), Some(b'/'))
                | (Some(b'#'), Some(b' ' | b'!')) => self.skip_while(|byte| byte != b'\n'),
                (Some(b'/'), Some(b'*')) => self.skip_block_comment(),
                _ => return,
            }
        }
    }

    /// Block comments nest.
    fn skip_block_comment(&mut self) {
        let mut level = 0_usize;
        while let Some(byte) = self.peek(0) {
            match (byte, self.peek(1)) {
                (b'/', Some(b'*')) => level += 1,
                (b'*', Some(b'/')) => level -= 1,
                _ => {
                    self.at += 1;
                    continue;
                }
            }
            self.at += 2;
            if level == 0 {
                return;
            }
        }
    }

    /// Behind the closing quote; a doubled quote and one after a backslash belong to the text.
    fn skip_quoted(&mut self, quote: u8) {
        self.at += 1;
        while let Some(byte) = self.peek(0) {
            self.at += 1;
            if byte == b'\\' {
                self.at += 1;
            } else if byte == quote {
                if self.peek(0) != Some(quote) {
                    break;
                }
                self.at += 1;
            }
        }
        self.at = self.at.min(self.text.len());
    }

    /// `$tag$ … $tag$`; false if there is none here.
    fn skip_heredoc(&mut self) -> bool {
        let rest = &self.text[self.at..];
        let is_tag = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        let length = rest[1..].iter().take_while(|byte| is_tag(byte)).count() + 2;
        let Some(tag) = rest.get(..length).filter(|tag| tag.ends_with(b"$")) else {
            return false;
        };
        let Some(close) = rest[length..]
            .windows(length)
            .position(|window| window == tag)
        else {
            return false;
        };
        self.at += length + close + length;
        true
    }
}

impl Iterator for Lexer<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        self.skip_spaces_and_comments();
        let start = self.at;
        let mut depth = self.depth;
        let kind = match self.peek(0)? {
            quote @ (b'\'' | b'"' | b'`') => {
                self.skip_quoted(quote);
                Kind::Quoted
            }
            b'$' if self.skip_heredoc() => Kind::Quoted,
            byte if byte.is_ascii_alphabetic() || byte == b'_' => {
                self.skip_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$'));
                Kind::Word
            }
            byte if byte.is_ascii_digit() => {
                self.skip_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'));
                Kind::Other
            }
            byte => {
                self.at += 1;
                match byte {
                    b'(' | b'[' | b'{' => {
                        self.depth += 1;
                        Kind::Open
                    }
                    b')' | b']' | b'}' => {
                        self.depth = self.depth.saturating_sub(1);
                        depth = self.depth;
                        Kind::Close
                    }
                    b';' => Kind::Semicolon,
                    _ => Kind::Other,
                }
            }
        };
        Some(Token {
            kind,
            start,
            end: self.at,
            depth,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<&str> {
        let tokens = Lexer::new(text.as_bytes()).filter(|token| token.kind == Kind::Word);
        tokens.map(|token| &text[token.start..token.end]).collect()
    }

    #[test]
    fn words_in_texts_names_and_comments_are_none() {
        assert_eq!(
            words("a 'b''c\\'d' e \"f\" `g` -- h\n i /* j /* k */ l */ m # n\n// o\n p"),
            ["a", "e", "i", "m", "p"]
        );
        assert_eq!(
            words("a $x$ b 'c $x$ d $ e"),
            ["a", "d", "e"],
            "heredoc, and a lone dollar"
        );
        assert_eq!(words("a 'never closed b"), ["a"]);
    }

    #[test]
    fn brackets_are_counted() {
        let depths: Vec<_> = Lexer::new(b"a (b [c]) d")
            .map(|token| token.depth)
            .collect();
        assert_eq!(depths, [0, 0, 1, 1, 2, 1, 0, 0]);
    }

    #[test]
    fn any_bytes_end_in_tokens_inside_the_text() {
        proptest::proptest!(|(text: Vec<u8>)| {
            let mut last = 0;
            for token in Lexer::new(&text) {
                assert!(token.start >= last && token.end > token.start && token.end <= text.len());
                last = token.end;
            }
        });
    }
}
