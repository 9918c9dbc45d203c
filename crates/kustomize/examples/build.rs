//! `kustomize build FOLDER…`, one folder after the other; for comparisons with the real one.

use std::io::Write as _;
use std::process::ExitCode;

use wharf_kustomize::{Folder, LoadRestrictor, Options, build};

fn main() -> ExitCode {
    let mut options = Options::default();
    let mut failed = false;
    let mut out = std::io::stdout().lock();
    for argument in std::env::args().skip(1) {
        if argument == "--load-restrictor=LoadRestrictionsNone" {
            options.load_restrictor = LoadRestrictor::None;
            continue;
        }
        match build(&Folder::new("."), &argument, &options) {
            Ok(output) => failed |= out.write_all(output.as_yaml().as_bytes()).is_err(),
            Err(error) => {
                failed = true;
                let mut stderr = std::io::stderr().lock();
                failed |= writeln!(stderr, "Error: {}", error.chain()).is_err();
            }
        }
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
