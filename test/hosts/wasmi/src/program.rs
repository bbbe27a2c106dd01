//! The numbers, texts and bytes of a conformance program, and the digest that its answers are folded into.

pub const DIGEST_START: i64 = 0xcbf2_9ce4_8422_2325_u64 as i64;

pub fn fold(digest: i64, word: i64) -> i64 {
    let mixed = (digest ^ word).wrapping_mul(0x100_0000_01b3);
    mixed ^ (mixed >> 29)
}

pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub fn done(&self) -> bool {
        self.rest.is_empty()
    }

    pub fn take(&mut self, length: usize) -> &'a [u8] {
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        taken
    }

    /// A LEB128 number as its bits, and how many they are.
    fn bits(&mut self) -> (u64, u32) {
        let (mut value, mut shift) = (0, 0);
        loop {
            let byte = self.take(1)[0];
            value |= u64::from(byte & 127) << shift;
            shift += 7;
            if byte < 128 {
                return (value, shift);
            }
        }
    }

    pub fn number(&mut self) -> usize {
        self.bits().0 as usize
    }

    pub fn signed(&mut self) -> i64 {
        let (value, bits) = self.bits();
        let unused = 64_u32.saturating_sub(bits);
        (value << unused) as i64 >> unused
    }

    pub fn text(&mut self) -> String {
        let length = self.number();
        String::from_utf8_lossy(self.take(length)).into_owned()
    }
}
