//! Owns `cargo xtask help`.

use crate::suite::Suite;

pub fn print() {
    println!("{TEXT}");
    for suite in Suite::ALL {
        println!("  {:<8} {:>2} min  {}", suite.name(), suite.budget_minutes(), suite.purpose());
    }
}

const TEXT: &str = "\
cargo xtask VERB

  run            build, start the hub with sample firms, and a desktop enrolled as one of its people
                 --as staff|approver|agent  who sits there (staff); a second one goes into another terminal
                 --fresh                    begin anew: remove the data directory first
                 --data DIRECTORY           where everything is kept (target/run)
                 --browser                  the same interface in a browser; always so without a display
  test [SUITE…]  install what tests need, run all suites or the named ones
  windows check  compile everything for Windows
  setup [build|test|windows|all]
                 install system packages (listed first) and the interface's packages
  bindings       write the TypeScript types anew from the Rust ones
  pictures       make the pictures under docs/pictures anew
  help           this

Installing needs root or sudo; without them the packages are named.

Suites and their budgets:";
