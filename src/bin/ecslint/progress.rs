//! How far a long run has come.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, IsTerminal};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

/// A bar on standard error, if that is a terminal, from half a second on.
pub struct Progress {
    counts: Arc<[AtomicUsize; 2]>,
    /// Dropped to end the thread.
    running: Option<(mpsc::Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    pub fn start() -> Progress {
        let counts: Arc<[AtomicUsize; 2]> = Arc::default();
        let running = io::stderr().is_terminal().then(|| {
            let (running, stop) = mpsc::channel();
            let counts = counts.clone();
            (running, std::thread::spawn(move || draw(&counts, &stop)))
        });
        Progress { counts, running }
    }

    pub fn set(&self, done: usize, total: usize) {
        self.counts[0].fetch_max(done, Ordering::Relaxed);
        self.counts[1].store(total, Ordering::Relaxed);
    }

    pub fn finish(self) {
        if let Some((running, thread)) = self.running {
            drop(running);
            // It ends at once; a bar that failed is no loss.
            let _ = thread.join();
        }
    }
}

/// Draws until the other end of `stop` is gone.
fn draw(counts: &[AtomicUsize; 2], stop: &mpsc::Receiver<()>) {
    let waits = |time| stop.recv_timeout(time) == Err(mpsc::RecvTimeoutError::Timeout);
    if !waits(Duration::from_millis(500)) {
        return;
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} units");
    bar.set_style(style.expect("the template is well-formed"));
    loop {
        let [done, total] = [0, 1].map(|at| counts[at].load(Ordering::Relaxed) as u64);
        bar.set_length(total);
        bar.set_position(done);
        if !waits(Duration::from_millis(100)) {
            break;
        }
    }
    bar.finish_and_clear();
}
