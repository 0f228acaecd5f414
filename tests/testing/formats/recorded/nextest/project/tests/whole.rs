use std::sync::atomic::{AtomicUsize, Ordering};

mod deep {
    #[test]
    fn nested() {
        assert!(calc::add(1, 1) == 2);
    }
}

#[test]
fn flaky() {
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    RUNS.fetch_add(1, Ordering::SeqCst);
    let again = std::env::var("NEXTEST_ATTEMPT").unwrap_or_default() != "1";
    assert!(again, "first attempt");
}

#[test]
fn aborts() {
    std::process::abort();
}

#[test]
fn exits() {
    std::process::exit(0);
}
