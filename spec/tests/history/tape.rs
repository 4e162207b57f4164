//! The random bytes of a step: one stream, which the library draws from as from a generator and of
//! which the specification gets the named draws in their normative order (page *Randomness*).

use core::convert::Infallible;
use rand_core::{TryCryptoRng, TryRng};
use sceau_spec::octets::{Octets, from_bytes};

/// A stream of bytes that seed and step decide.
#[derive(Clone)]
pub struct Tape {
    state: u64,
    word: [u8; 8],
    /// Bytes drawn.
    pub drawn: usize,
}

impl Tape {
    pub fn new(seed: u64, step: u64) -> Self {
        let mut tape =
            Self { state: seed ^ step.wrapping_mul(0xd1b5_4a32_d192_ed03), word: [0; 8], drawn: 0 };
        tape.word = tape.next().to_be_bytes();
        tape
    }

    /// splitmix64
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn fill(&mut self, out: &mut [u8]) {
        for byte in out {
            *byte = self.word[self.drawn % 8];
            self.drawn += 1;
            if self.drawn.is_multiple_of(8) {
                self.word = self.next().to_be_bytes();
            }
        }
    }

    /// `random(name, n)`
    pub fn draw(&mut self, n: usize) -> Octets {
        let mut bytes = vec![0; n];
        self.fill(&mut bytes);
        from_bytes(&bytes)
    }
}

impl TryRng for Tape {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.fill(&mut bytes);
        Ok(u32::from_be_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        Ok(u64::from_be_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        self.fill(out);
        Ok(())
    }
}

impl TryCryptoRng for Tape {}
