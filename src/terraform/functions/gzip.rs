//! The gzip that Terraform's `base64gzip` writes: that of Go's `compress/gzip` at its default level,
//! byte for byte. The format is RFC 1951 and 1952; which of its many spellings of a text is chosen
//! is Go's.

/// The bytes that Go's writer gives for a text that is written at once, flushed and closed.
pub(super) fn gzip(text: &[u8]) -> Vec<u8> {
    // Deflate, no flags, no time, neither fast nor best, an operating system that is not known.
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    out.extend(deflate(text));
    out.extend(crc32(text).to_le_bytes());
    out.extend((text.len() as u32).to_le_bytes());
    out
}

pub fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc: u32, _| match crc & 1 {
            0 => crc >> 1,
            _ => crc >> 1 ^ 0xedb8_8320,
        })
    })
}

/// How far back a match may reach.
const WINDOW: usize = 1 << 15;

/// The shortest match that Go looks for; the format has matches of three bytes also.
const MIN_MATCH: usize = 4;
const MAX_MATCH: usize = 258;

/// A match of this length is taken without a look at the next byte.
const LAZY: usize = 16;

/// A match of this length is not bettered.
const NICE: usize = 128;

/// How many earlier places are looked at.
const CHAIN: usize = 128;

/// A match of the shortest length must be this near.
const NEAR: usize = 4096;

const BLOCK_TOKENS: usize = 1 << 14;
const MAX_STORED: usize = 0xffff;

#[derive(Clone, Copy)]
enum Token {
    Literal(u8),
    Match(Match),
}

#[derive(Clone, Copy)]
struct Match {
    length: usize,
    distance: usize,
}

fn deflate(text: &[u8]) -> Vec<u8> {
    let mut out = Bits::default();
    let mut window = Window::new(text);
    let mut tokens = Vec::new();
    // Where the block starts; nothing once that has left the window, so that it cannot be stored.
    let mut block = Some(0);
    let mut flush = |tokens: &mut Vec<Token>, block: &mut Option<usize>, end: usize| {
        let raw = block.map(|start| &text[start..end]);
        write_block(&mut out, tokens, raw);
        tokens.clear();
        *block = Some(end);
    };
    // The match at the byte before, and whether that byte is still to be written.
    let mut previous: Option<Match> = None;
    let mut pending = false;
    let mut at = 0;
    while at < text.len() {
        if window.slide(at) && block.is_some_and(|start| start < window.start) {
            block = None;
        }
        let head = window.insert(at);
        let length = previous.map_or(MIN_MATCH - 1, |previous| previous.length);
        let found = match text.len() - at > length && length < LAZY {
            true => window.longest_match(at, head),
            false => None,
        };
        if let Some(previous_match) = previous
            && found.is_none_or(|found| found.length <= length)
        {
            tokens.push(Token::Match(previous_match));
            let end = at + length - 1;
            for next in at + 1..end {
                window.insert(next);
            }
            (at, previous, pending) = (end, None, false);
            if tokens.len() == BLOCK_TOKENS {
                flush(&mut tokens, &mut block, at);
            }
            continue;
        }
        if pending {
            tokens.push(Token::Literal(text[at - 1]));
            if tokens.len() == BLOCK_TOKENS {
                flush(&mut tokens, &mut block, at);
            }
        }
        (at, previous, pending) = (at + 1, found, true);
    }
    if pending {
        tokens.push(Token::Literal(text[at - 1]));
    }
    if !tokens.is_empty() {
        flush(&mut tokens, &mut block, at);
    }
    // The flush is an empty block, and so is the end.
    out.stored(&[], false);
    out.stored(&[], true);
    out.bytes
}

/// The text that matches may be in, and where its strings of four bytes were seen.
struct Window<'a> {
    text: &'a [u8],
    start: usize,
    /// The end of what Go has read.
    end: usize,
    /// By hash: one more than the last place, 0 for none.
    heads: Vec<u32>,
    /// By place: what the head was before.
    earlier: Vec<u32>,
}

const HASH_BITS: u32 = 17;

impl Window<'_> {
    fn new(text: &[u8]) -> Window<'_> {
        Window {
            text,
            start: 0,
            end: text.len().min(2 * WINDOW),
            heads: vec![0; 1 << HASH_BITS],
            earlier: vec![0; WINDOW],
        }
    }

    /// Reads on where a longest match might not fit, and forgets half of what was read. Returns
    /// whether it did.
    fn slide(&mut self, at: usize) -> bool {
        let slides = self.end < self.text.len() && self.end - at < MIN_MATCH + MAX_MATCH;
        if slides {
            self.start += WINDOW;
            self.end = self.text.len().min(self.start + 2 * WINDOW);
        }
        slides
    }

    /// Notes the string at a place, and returns the last place before with the same hash, plus
    /// one.
    fn insert(&mut self, at: usize) -> u32 {
        let Some(&[a, b, c, d]) = self.text[at..].first_chunk() else {
            return 0;
        };
        let hash = u32::from_be_bytes([a, b, c, d]).wrapping_mul(0x1e35_a7bd);
        let head = &mut self.heads[(hash >> (32 - HASH_BITS)) as usize];
        let before = std::mem::replace(head, at as u32 + 1);
        self.earlier[at % WINDOW] = before;
        before
    }

    fn longest_match(&self, at: usize, head: u32) -> Option<Match> {
        let here = &self.text[at..self.text.len().min(at + MAX_MATCH)];
        let oldest = self.start.max(at.saturating_sub(WINDOW));
        let mut longest = None;
        let mut length = MIN_MATCH - 1;
        let mut next = head;
        for _ in 0..CHAIN {
            let Some(place) = next.checked_sub(1).map(|place| place as usize) else {
                break;
            };
            if place < oldest {
                break;
            }
            let there = &self.text[place..];
            if there[length] == here[length] {
                let same = there.iter().zip(here).take_while(|(a, b)| a == b).count();
                let distance = at - place;
                if same > length && (same > MIN_MATCH || distance <= NEAR) {
                    length = same;
                    longest = Some(Match { length, distance });
                    if same >= here.len().min(NICE) {
                        break;
                    }
                }
            }
            // What lies a whole window back has lost its place to this string.
            if at - place == WINDOW {
                break;
            }
            next = self.earlier[place % WINDOW];
        }
        longest
    }
}

/// The least length of each length code from 257 on, less three.
const LENGTH_BASES: [usize; 29] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 56, 64, 80, 96, 112, 128,
    160, 192, 224, 255,
];

/// The least distance of each distance code, less one.
const DISTANCE_BASES: [usize; 30] = [
    0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536,
    2048, 3072, 4096, 6144, 8192, 12288, 16384, 24576,
];

const END_OF_BLOCK: usize = 256;
const LITERALS: usize = END_OF_BLOCK + 1 + LENGTH_BASES.len();

/// A symbol of an alphabet and the bits that follow its code.
struct Symbol {
    symbol: usize,
    extra: u32,
    extra_bits: u32,
}

impl Match {
    fn length_symbol(self) -> Symbol {
        let value = self.length - 3;
        let code = LENGTH_BASES.partition_point(|&base| base <= value) - 1;
        let extra_bits = match code {
            8..28 => code as u32 / 4 - 1,
            _ => 0,
        };
        Symbol {
            symbol: END_OF_BLOCK + 1 + code,
            extra: (value - LENGTH_BASES[code]) as u32,
            extra_bits,
        }
    }

    fn distance_symbol(self) -> Symbol {
        let value = self.distance - 1;
        let symbol = DISTANCE_BASES.partition_point(|&base| base <= value) - 1;
        Symbol {
            symbol,
            extra: (value - DISTANCE_BASES[symbol]) as u32,
            extra_bits: (symbol as u32 / 2).saturating_sub(1),
        }
    }
}

/// Writes tokens in the shortest of the three kinds of blocks.
fn write_block(out: &mut Bits, tokens: &[Token], raw: Option<&[u8]>) {
    let mut literal_counts = [0; LITERALS];
    let mut distance_counts = [0; DISTANCE_BASES.len()];
    let mut extra_bits = 0;
    literal_counts[END_OF_BLOCK] = 1;
    for token in tokens {
        match token {
            Token::Literal(byte) => literal_counts[usize::from(*byte)] += 1,
            Token::Match(found) => {
                let (length, distance) = (found.length_symbol(), found.distance_symbol());
                literal_counts[length.symbol] += 1;
                distance_counts[distance.symbol] += 1;
                extra_bits += (length.extra_bits + distance.extra_bits) as usize;
            }
        }
    }
    if distance_counts.iter().all(|&count| count == 0) {
        // A tree needs a leaf.
        distance_counts[0] = 1;
    }
    let tree = Tree::new(&literal_counts, &distance_counts);
    let fixed = (Code::fixed_literals(), Code::new(vec![5; 30]));
    let size = |literals: &Code, distances: &Code| {
        literals.bits_for(&literal_counts) + distances.bits_for(&distance_counts) + extra_bits
    };
    let fixed_size = 3 + size(&fixed.0, &fixed.1);
    let dynamic_size = 3 + tree.size() + size(&tree.literals, &tree.distances);
    if let Some(raw) = raw
        && raw.len() <= MAX_STORED
        && (raw.len() + 5) * 8 < fixed_size.min(dynamic_size)
    {
        out.stored(raw, false);
    } else if dynamic_size < fixed_size {
        out.push(0b100, 3);
        tree.write(out);
        write_tokens(out, tokens, &tree.literals, &tree.distances);
    } else {
        out.push(0b010, 3);
        write_tokens(out, tokens, &fixed.0, &fixed.1);
    }
}

fn write_tokens(out: &mut Bits, tokens: &[Token], literals: &Code, distances: &Code) {
    let mut write = |code: &Code, of: Symbol| {
        code.write(out, of.symbol);
        out.push(of.extra, of.extra_bits);
    };
    for token in tokens {
        match token {
            Token::Literal(byte) => write(literals, plain(usize::from(*byte))),
            Token::Match(found) => {
                write(literals, found.length_symbol());
                write(distances, found.distance_symbol());
            }
        }
    }
    write(literals, plain(END_OF_BLOCK));
}

fn plain(symbol: usize) -> Symbol {
    Symbol {
        symbol,
        extra: 0,
        extra_bits: 0,
    }
}

/// A Huffman code. A symbol of length 0 is not used.
struct Code {
    lengths: Vec<u8>,
    /// As they are written: the first bit is the lowest.
    codes: Vec<u16>,
}

impl Code {
    /// The code that follows from the lengths (RFC 1951, section 3.2.2).
    fn new(lengths: Vec<u8>) -> Code {
        let mut codes = vec![0; lengths.len()];
        let mut next = 0u16;
        for bits in 1..=15u8 {
            next <<= 1;
            for (code, _) in codes.iter_mut().zip(&lengths).filter(|it| *it.1 == bits) {
                *code = next.reverse_bits() >> (16 - bits);
                next += 1;
            }
        }
        Code { lengths, codes }
    }

    fn fixed_literals() -> Code {
        let length = |symbol| match symbol {
            0..144 => 8,
            144..256 => 9,
            256..280 => 7,
            _ => 8,
        };
        // The code has two symbols that nothing uses.
        Code::new((0..288).map(length).collect())
    }

    /// The best code of which no symbol has more than `max_length` bits.
    fn of_counts(counts: &[usize], max_length: usize) -> Code {
        let used = counts.iter().enumerate().filter(|(_, count)| **count > 0);
        let mut leaves: Vec<(usize, usize)> =
            used.map(|(symbol, count)| (*count, symbol)).collect();
        leaves.sort_unstable();
        let mut lengths = vec![0; counts.len()];
        if leaves.len() <= 2 {
            for (_, symbol) in leaves {
                lengths[symbol] = 1;
            }
            return Code::new(lengths);
        }
        let levels = packages(&leaves, max_length.min(leaves.len() - 1));
        // A symbol is as long as there are levels in which its leaf is chosen.
        let mut wanted = 2 * leaves.len() - 2;
        for level in levels.iter().rev() {
            let chosen = level[..wanted].iter().filter(|it| it.is_leaf).count();
            for (_, symbol) in &leaves[..chosen] {
                lengths[*symbol] += 1;
            }
            wanted = 2 * (wanted - chosen);
        }
        Code::new(lengths)
    }

    fn bits_for(&self, counts: &[usize]) -> usize {
        let each = counts.iter().zip(&self.lengths);
        each.map(|(count, length)| count * usize::from(*length))
            .sum()
    }

    fn write(&self, out: &mut Bits, symbol: usize) {
        out.push(
            u32::from(self.codes[symbol]),
            u32::from(self.lengths[symbol]),
        );
    }
}

#[derive(Clone, Copy)]
struct Package {
    weight: usize,
    is_leaf: bool,
}

/// The levels of the package-merge algorithm, the deepest first: in each, the leaves and the pairs
/// of the level below by weight. Of equals, Go takes the pair first.
fn packages(leaves: &[(usize, usize)], depth: usize) -> Vec<Vec<Package>> {
    let mut levels: Vec<Vec<Package>> = Vec::with_capacity(depth);
    for _ in 0..depth {
        let below = levels.last().map_or(&[][..], Vec::as_slice);
        let pairs = below.chunks_exact(2).map(|pair| Package {
            weight: pair[0].weight + pair[1].weight,
            is_leaf: false,
        });
        let mut level: Vec<Package> = pairs.collect();
        level.extend(leaves.iter().map(|(weight, _)| Package {
            weight: *weight,
            is_leaf: true,
        }));
        level.sort_by_key(|package| package.weight);
        level.truncate(2 * leaves.len() - 2);
        levels.push(level);
    }
    levels
}

/// The codes of a block and the way in which they are written before it.
struct Tree {
    literals: Code,
    distances: Code,
    /// The lengths of both codes with runs shortened (RFC 1951, section 3.2.7).
    runs: Vec<Symbol>,
    run_counts: [usize; 19],
    run_code: Code,
}

/// The order in which the lengths of the code of runs are written.
const RUN_ORDER: [usize; 19] = [
    16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
];

impl Tree {
    fn new(literal_counts: &[usize], distance_counts: &[usize]) -> Tree {
        let used = |counts: &[usize]| {
            counts
                .iter()
                .rposition(|&count| count > 0)
                .map_or(1, |at| at + 1)
        };
        let mut literals = Code::of_counts(literal_counts, 15);
        let mut distances = Code::of_counts(distance_counts, 15);
        literals.lengths.truncate(used(literal_counts));
        distances.lengths.truncate(used(distance_counts));
        let runs = runs(&[&literals.lengths[..], &distances.lengths[..]].concat());
        let mut run_counts = [0; 19];
        for run in &runs {
            run_counts[run.symbol] += 1;
        }
        let run_code = Code::of_counts(&run_counts, 7);
        Tree {
            literals,
            distances,
            runs,
            run_counts,
            run_code,
        }
    }

    /// How many of the lengths of the code of runs are written.
    fn run_lengths(&self) -> usize {
        let last = RUN_ORDER.iter().rposition(|&run| self.run_counts[run] > 0);
        last.map_or(4, |last| (last + 1).max(4))
    }

    fn size(&self) -> usize {
        let extra = self.runs.iter().map(|run| run.extra_bits as usize);
        let runs = self.run_code.bits_for(&self.run_counts) + extra.sum::<usize>();
        5 + 5 + 4 + 3 * self.run_lengths() + runs
    }

    fn write(&self, out: &mut Bits) {
        let written = self.run_lengths();
        out.push(self.literals.lengths.len() as u32 - 257, 5);
        out.push(self.distances.lengths.len() as u32 - 1, 5);
        out.push(written as u32 - 4, 4);
        for &run in &RUN_ORDER[..written] {
            out.push(u32::from(self.run_code.lengths[run]), 3);
        }
        for run in &self.runs {
            self.run_code.write(out, run.symbol);
            out.push(run.extra, run.extra_bits);
        }
    }
}

fn runs(lengths: &[u8]) -> Vec<Symbol> {
    let mut runs = Vec::new();
    for run in lengths.chunk_by(|a, b| a == b) {
        let length = usize::from(run[0]);
        let mut left = run.len();
        let mut repeat = |symbol, least, most: usize, extra_bits, left: &mut usize| {
            while *left >= least {
                let taken = most.min(*left);
                runs.push(Symbol {
                    symbol,
                    extra: (taken - least) as u32,
                    extra_bits,
                });
                *left -= taken;
            }
        };
        if length == 0 {
            repeat(18, 11, 138, 7, &mut left);
            repeat(17, 3, 10, 3, &mut left);
        } else {
            repeat(length, 1, 1, 0, &mut 1);
            left -= 1;
            repeat(16, 3, 6, 2, &mut left);
        }
        repeat(length, 1, 1, 0, &mut left);
    }
    runs
}

/// Bytes that are filled from their lowest bit on.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    open: u64,
    count: u32,
}

impl Bits {
    fn push(&mut self, bits: u32, count: u32) {
        self.open |= u64::from(bits) << self.count;
        self.count += count;
        while self.count >= 8 {
            self.bytes.push(self.open as u8);
            self.open >>= 8;
            self.count -= 8;
        }
    }

    /// A block as it is, from the next whole byte on.
    fn stored(&mut self, raw: &[u8], is_last: bool) {
        self.push(u32::from(is_last), 3);
        self.push(0, (8 - self.count) % 8);
        let length = raw.len() as u16;
        self.bytes.extend(length.to_le_bytes());
        self.bytes.extend((!length).to_le_bytes());
        self.bytes.extend(raw);
    }
}
