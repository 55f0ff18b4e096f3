//! Sixty-four bytes of JSON at once: which of them are quotes and brackets, and which are inside of
//! a string. A template of a megabyte has some tens of thousands of strings, few of which are read.

use wide::u8x64;

/// Bytes in a block: a bit each in a word.
pub(super) const BYTES: usize = 64;

/// Where in a block the bytes are that structure is made of. The lowest bit is the first byte.
pub(super) struct Block {
    quotes: u64,
    backslashes: u64,
    /// Brackets and braces, also those inside of strings.
    brackets: u64,
}

impl Block {
    /// The block that starts at `at`; after the end of the bytes nothing is set.
    pub fn at(bytes: &[u8], at: usize) -> Block {
        let rest = &bytes[at..];
        match rest.first_chunk() {
            Some(block) => Block::of(block),
            None => {
                let mut block = [0; BYTES];
                block[..rest.len()].copy_from_slice(rest);
                Block::of(&block)
            }
        }
    }

    /// On its own: where its words are used in the same function, the compiler takes them apart bit
    /// by bit.
    #[inline(never)]
    fn of(block: &[u8; BYTES]) -> Block {
        let block = u8x64::from(*block);
        // With the bit of lower case set, `[` is `{` and `]` is `}`.
        let lower = block | u8x64::splat(0x20);
        let equal = |bytes: u8x64, byte| bytes.simd_eq(u8x64::splat(byte));
        Block {
            quotes: equal(block, b'"').to_bitmask(),
            backslashes: equal(block, b'\\').to_bitmask(),
            brackets: (equal(lower, b'{') | equal(lower, b'}')).to_bitmask(),
        }
    }
}

/// What goes on from one block to the next.
#[derive(Default)]
pub(super) struct Strings {
    /// The quote of the string that was begun last.
    opened: usize,
    is_open: bool,
    /// The next byte is escaped.
    is_escaped: bool,
}

impl Strings {
    /// The brackets of the next block, which starts at `at`, that are outside of strings.
    pub fn brackets(&mut self, block: &Block, at: usize) -> u64 {
        let quotes = match block.backslashes == 0 && !self.is_escaped {
            true => block.quotes,
            false => self.unescaped(block),
        };
        // Bits from each quote that opens to the one before that which closes.
        let mut inside = quotes;
        for distance in [1, 2, 4, 8, 16, 32] {
            inside ^= inside << distance;
        }
        if self.is_open {
            inside = !inside;
        }
        self.is_open = inside >> (BYTES - 1) == 1;
        let opening = quotes & inside;
        if opening != 0 {
            self.opened = at + opening.ilog2() as usize;
        }
        block.brackets & !inside
    }

    /// The quote of the string that is not closed.
    pub fn open(&self) -> Option<usize> {
        self.is_open.then_some(self.opened)
    }

    /// The quotes that begin or end a string. Only in a string is a backslash an escape.
    fn unescaped(&mut self, block: &Block) -> u64 {
        let mut left = block.quotes | block.backslashes;
        if std::mem::take(&mut self.is_escaped) {
            left &= !1;
        }
        let mut is_open = self.is_open;
        let mut quotes = 0;
        while left != 0 {
            let byte = left & left.wrapping_neg();
            left ^= byte;
            if block.quotes & byte != 0 {
                quotes |= byte;
                is_open = !is_open;
            } else if is_open {
                left &= !(byte << 1);
                self.is_escaped = byte << 1 == 0;
            }
        }
        quotes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn brackets(text: &[u8]) -> (Vec<usize>, Option<usize>) {
        let mut strings = Strings::default();
        let mut found = Vec::new();
        for at in (0..text.len()).step_by(BYTES) {
            let brackets = strings.brackets(&Block::at(text, at), at);
            let bits = (0..BYTES).filter(|bit| brackets >> bit & 1 == 1);
            found.extend(bits.map(|bit| at + bit));
        }
        (found, strings.open())
    }

    /// The same, a byte at a time.
    fn one_by_one(text: &[u8]) -> (Vec<usize>, Option<usize>) {
        let (mut found, mut open, mut at) = (Vec::new(), None, 0);
        while at < text.len() {
            match (text[at], open) {
                (b'"', None) => open = Some(at),
                (b'"', Some(_)) => open = None,
                (b'\\', Some(_)) => at += 1,
                (b'{' | b'}' | b'[' | b']', None) => found.push(at),
                _ => {}
            }
            at += 1;
        }
        (found, open)
    }

    /// Bytes of which many are of the kind that is looked for, or nearly.
    fn text() -> impl Strategy<Value = Vec<u8>> {
        let special = proptest::sample::select(b"\"\"\"\\\\{}[];\x02\x5a\xdb\xfb\xa2 a".to_vec());
        let byte = prop_oneof![3 => special, 1 => any::<u8>(), 4 => Just(b'a')];
        proptest::collection::vec(byte, 0..300)
    }

    proptest! {
        #[test]
        fn blocks_find_what_bytes_do(text in text()) {
            prop_assert_eq!(brackets(&text), one_by_one(&text));
        }
    }

    #[test]
    fn an_escape_reaches_over_the_end_of_a_block() {
        for shift in 0..3 {
            let mut text = vec![b'a'; BYTES * 2];
            let at = BYTES - 3 + shift;
            text[0] = b'"';
            text[at..at + 4].copy_from_slice(b"\\\"\"[");
            assert_eq!(brackets(&text), (vec![at + 3], None));
        }
    }
}
