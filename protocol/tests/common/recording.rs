//! An allocator that, while it is told to, looks for known 16-byte pieces in each block that is freed. A test that uses
//! it has a control that leaves a secret behind and must be found, or it says nothing.
#![allow(unsafe_code, dead_code, clippy::unwrap_used, missing_docs)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

const PIECE: usize = 16;
const MOST: usize = 8_192;

static ON: AtomicBool = AtomicBool::new(false);
static FOUND: AtomicUsize = AtomicUsize::new(0);
/// Pieces of secrets; their number. Not on the heap, so that looking allocates nothing.
static PIECES: Mutex<([[u8; PIECE]; MOST], usize)> = Mutex::new(([[0; PIECE]; MOST], 0));
pub static ONE_TEST: Mutex<()> = Mutex::new(());

struct Recording;

#[global_allocator]
static ALLOCATOR: Recording = Recording;

fn look(block: &[u8]) {
    if !ON.load(Ordering::SeqCst) || block.len() < PIECE {
        return;
    }
    let pieces = PIECES.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let (pieces, count) = &*pieces;
    for window in block.windows(PIECE) {
        if pieces[..*count].iter().any(|piece| piece[0] == window[0] && piece == window) {
            FOUND.fetch_add(1, Ordering::SeqCst);
            return;
        }
    }
}

// SAFETY: hands everything to the system's allocator; a block is only read, before it is freed, and a block
// that the allocator grows or moves is copied here so that the old one is looked at as well.
unsafe impl GlobalAlloc for Recording {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // Zeroed, so that reading the spare part of a block on its way back is defined.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        look(unsafe { core::slice::from_raw_parts(block, layout.size()) });
        unsafe { System.dealloc(block, layout) }
    }
    // `realloc` is the default one: alloc, copy, dealloc.
}

pub fn forget_all() {
    PIECES.lock().unwrap().1 = 0;
    FOUND.store(0, Ordering::SeqCst);
}

/// Notes each 16-byte piece of a secret at its start and end.
pub fn watch(secret: &[u8]) {
    let mut pieces = PIECES.lock().unwrap();
    for at in [0, secret.len() - PIECE] {
        let count = pieces.1;
        pieces.0[count].copy_from_slice(&secret[at..at + PIECE]);
        pieces.1 += 1;
    }
}

pub fn found(run: impl FnOnce()) -> usize {
    FOUND.store(0, Ordering::SeqCst);
    ON.store(true, Ordering::SeqCst);
    run();
    ON.store(false, Ordering::SeqCst);
    FOUND.load(Ordering::SeqCst)
}

/// The control: what a caller leaves is found, what the library holds is not.
pub fn assert_control_is_found() {
    forget_all();
    let secret: Vec<u8> = (0..32).map(|i| i * 7 + 3).collect();
    watch(&secret);
    assert!(found(|| drop(secret.clone())) > 0, "a freed copy is found");
    let grown = found(|| {
        let mut grown = secret.clone();
        grown.extend_from_slice(&[0; 1000]);
        grown.fill(0);
    });
    assert!(grown > 0, "the block that a growing vector leaves is found");
    let kept = found(|| drop(sceau::crypto::Secret::from_slice(&secret)));
    assert_eq!(kept, 0, "a wiped one is not");
}
