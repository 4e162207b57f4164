//! The program's beginning and its end.

use core::arch::{asm, global_asm};
use core::panic::PanicInfo;

// The kernel enters here with the stack aligned to 16 bytes, and no return address on it.
global_asm!(".globl _start", "_start:", "xor ebp, ebp", "call {begin}", "ud2", begin = sym begin);

extern "C" fn begin() -> ! {
    exit(if crate::exercise() { 0 } else { 1 })
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    exit(101)
}

fn exit(code: i32) -> ! {
    // SAFETY: the system call `exit_group` (231) ends the process; it touches no memory.
    unsafe { asm!("syscall", in("rax") 231, in("edi") code, options(noreturn, nostack)) }
}

// The compiled `alloc` names these two for unwinding, which a program with `panic = "abort"` never does.

#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() -> ! {
    exit(102)
}

#[unsafe(no_mangle)]
extern "C" fn _Unwind_Resume() -> ! {
    exit(103)
}
