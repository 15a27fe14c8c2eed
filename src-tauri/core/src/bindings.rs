//! The TypeScript of everything that travels between a screen and the desktop, as one committed file
//! (`ui/src/bindings/index.ts`). The normal test compares; `UPDATE=1` writes.

use std::{collections::BTreeSet, fmt::Write as _};

use service_tool_contract::{code, form, request, text, wire};
use ts_rs::{Config, TS};

use crate::command::*;

/// Collects the declarations of a type and of all that it is made of.
struct Collector {
    config: Config,
    seen: BTreeSet<String>,
    declarations: Vec<(String, String)>,
}

impl ts_rs::TypeVisitor for Collector {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        T::visit_generics(self);
        if T::output_path().is_none() {
            return;
        }
        let name = T::ident(&self.config);
        if !self.seen.insert(name.clone()) {
            return;
        }
        T::visit_dependencies(self);
        self.declarations.push((name, format!("export {}", T::decl(&self.config))));
    }
}

macro_rules! rows {
    ($($(#[$doc:meta])* $name:ident($request:ty) -> $response:ident $(<$inner:ty>)? [$($window:ident),*];)*) => {
        /// All declarations, sorted by name, and the map of commands.
        fn typescript() -> String {
            use ts_rs::TypeVisitor as _;
            let mut collector =
                Collector { config: Config::new().with_large_int("number"), seen: BTreeSet::new(), declarations: Vec::new() };
            let mut map = String::new();
            $(
                collector.visit::<$request>();
                rows!(@visit collector $response $(<$inner>)?);
                let _ = writeln!(
                    map,
                    "  {}: {{ request: {}; response: {} }};",
                    stringify!($name),
                    <$request as TS>::name(&collector.config),
                    rows!(@name collector $response $(<$inner>)?),
                );
            )*
            collector.visit::<DesktopEvent>();
            collector.visit::<code::Problem>();
            collector.visit::<form::definition::FormDefinition>();
            collector.visit::<request::Action>();
            collector.visit::<text::Text>();
            collector.visit::<wire::HistoryEvent>();
            collector.declarations.sort();
            let mut text = String::from(
                "// Generated from the Rust types (contract, core). Do not edit: `cargo xtask bindings` writes it, a test compares it.\n\n",
            );
            for (_, declaration) in &collector.declarations {
                let _ = writeln!(text, "{declaration}\n");
            }
            let _ = write!(text, "/** Every command of the desktop: what it takes and what it gives. */\nexport interface Commands {{\n{map}}}\n\n");
            let _ = write!(text, "/** Which window may call what. */\nexport const WINDOW_COMMANDS = {{\n");
            $( let _ = writeln!(text, "  {}: {:?},", stringify!($name), [$(stringify!($window)),*]); )*
            text.push_str("} as const;\n");
            text
        }
    };
    (@visit $collector:ident Bytes) => {};
    (@visit $collector:ident $response:ident <$inner:ty>) => { $collector.visit::<$inner>() };
    (@visit $collector:ident $response:ident) => { $collector.visit::<$response>() };
    (@name $collector:ident Bytes) => { "Blob" };
    (@name $collector:ident $response:ident $(<$inner:ty>)?) => { <$response $(<$inner>)? as TS>::name(&$collector.config) };
}

crate::with_commands!(rows);

#[test]
fn bindings_are_those_of_the_rust_types() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../ui/src/bindings/index.ts");
    let now = typescript();
    if std::env::var_os("UPDATE").is_some() {
        fs_err::create_dir_all(std::path::Path::new(path).parent().unwrap()).unwrap();
        fs_err::write(path, &now).unwrap();
    }
    let committed = fs_err::read_to_string(path).unwrap_or_default();
    assert!(committed == now, "the bindings are older than the Rust types: run `cargo xtask bindings`");
}
