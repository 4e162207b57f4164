//! How much memory something takes at most.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicIsize, Ordering::Relaxed};

static ON: AtomicBool = AtomicBool::new(false);
/// Bytes in use since it was turned on, and the most of that.
static USED: AtomicIsize = AtomicIsize::new(0);
static PEAK: AtomicIsize = AtomicIsize::new(0);

/// The system's allocator, which counts while it is told to.
pub struct Counting;

fn count(change: isize) {
    if ON.load(Relaxed) {
        let used = USED.fetch_add(change, Relaxed) + change;
        PEAK.fetch_max(used, Relaxed);
    }
}

// SAFETY: hands everything to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size().cast_signed());
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size().cast_signed());
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        count(-layout.size().cast_signed());
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // Both may be there while the contents move.
        count(size.cast_signed());
        count(-layout.size().cast_signed());
        unsafe { System.realloc(block, layout, size) }
    }
}

/// Most bytes in use while something runs, beyond those in use before; 0 unless [`Counting`] is the program's allocator.
pub fn peak<T>(run: impl FnOnce() -> T) -> usize {
    USED.store(0, Relaxed);
    PEAK.store(0, Relaxed);
    ON.store(true, Relaxed);
    let result = run();
    ON.store(false, Relaxed);
    drop(result);
    PEAK.load(Relaxed).max(0).cast_unsigned()
}
