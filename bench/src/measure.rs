//! What one process costs.
//!
//! The kernel adds up what children cost, and keeps the largest memory among them. So each run is the
//! only child of a small process of its own: this program again, under the verb [`VERB`].

use std::{
    fs::File,
    process::{Command, ExitCode, Stdio},
    time::{Duration, Instant},
};

use nix::sys::resource::{UsageWho, getrusage};
use serde::{Deserialize, Serialize};

/// The hidden verb under which this program measures one child.
pub(crate) const VERB: &str = "measure-child";

/// What a process cost.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Cost {
    /// Seconds of CPU, user and system, of the process and its children.
    pub(crate) cpu: f64,
    /// Seconds from start to end.
    pub(crate) wall: f64,
    /// Most memory resident at once, in MiB.
    pub(crate) peak: f64,
}

/// A comparison that has taken this long is content with [`FEWEST`] rounds.
const LONG: Duration = Duration::from_secs(20);

/// Rounds that count, at least and at most.
const FEWEST: usize = 1;
const MOST: usize = 9;

/// Runs commands in turns, after one round that only warms up, and returns the median cost of each.
pub(crate) fn in_turns(mut commands: Vec<Box<dyn FnMut() -> Command>>) -> Vec<Cost> {
    let mut costs: Vec<Vec<Cost>> = commands.iter().map(|_| Vec::new()).collect();
    let start = Instant::now();
    for round in 0..=MOST {
        if round > FEWEST && start.elapsed() > LONG {
            break;
        }
        for (command, costs) in commands.iter_mut().zip(&mut costs) {
            let cost = measure(&command());
            if round > 0 {
                costs.push(cost);
            }
        }
    }
    costs.iter().map(|costs| median(costs)).collect()
}

/// Runs a command once; its stdout is dropped.
///
/// # Panics
///
/// When it fails: a comparison with a failure says nothing.
fn measure(command: &Command) -> Cost {
    let this = std::env::current_exe().expect("a program knows its file");
    let mut measured = Command::new(this);
    measured.arg(VERB).arg(command.get_program()).args(command.get_args());
    if let Some(folder) = command.get_current_dir() {
        measured.current_dir(folder);
    }
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => measured.env(name, value),
            None => measured.env_remove(name),
        };
    }
    let output = measured.stdin(Stdio::null()).output().expect("this program starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} failed:\n{said}");
    serde_json::from_slice(&output.stdout).expect("the measuring child prints JSON")
}

/// Runs the command as the only child of this process and prints its [`Cost`].
pub(crate) fn run_child(command: &[String]) -> ExitCode {
    let (program, arguments) = command.split_first().expect("a command to measure");
    let nowhere = File::create("/dev/null").expect("the null device");
    let start = Instant::now();
    let status = Command::new(program).args(arguments).stdout(nowhere).status();
    let wall = start.elapsed().as_secs_f64();
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("the kernel counts");
    let seconds = |time: nix::sys::time::TimeVal| {
        Duration::from_secs(time.tv_sec().unsigned_abs())
            + Duration::from_micros(time.tv_usec().unsigned_abs())
    };
    let cpu = (seconds(usage.user_time()) + seconds(usage.system_time())).as_secs_f64();
    let peak = mebibytes(usage.max_rss().unsigned_abs());
    crate::report::data(&serde_json::json!(Cost { cpu, wall, peak }).to_string());
    if status.is_ok_and(|status| status.success()) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Most memory that a running process had resident, and what it has now, in MiB.
pub(crate) fn resident(process: u32) -> (f64, f64) {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"));
    let status = status.expect("the process runs");
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
        mebibytes(line.trim().trim_end_matches(" kB").parse().unwrap_or_default())
    };
    (field("VmHWM:"), field("VmRSS:"))
}

/// The value in the middle, or, of a field each, of several costs.
fn median(costs: &[Cost]) -> Cost {
    let middle = |of: fn(&Cost) -> f64| {
        let mut values: Vec<f64> = costs.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    Cost {
        cpu: middle(|cost| cost.cpu),
        wall: middle(|cost| cost.wall),
        peak: middle(|cost| cost.peak),
    }
}

fn mebibytes(kibibytes: u64) -> f64 {
    f64::from(u32::try_from(kibibytes).unwrap_or(u32::MAX)) / 1024.0
}
