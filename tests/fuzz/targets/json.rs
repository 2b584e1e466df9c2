#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| mh_hook_fuzz::json(bytes));
