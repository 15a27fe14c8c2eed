//! The dispatch of the command table: from a window, a name and JSON to the method of that name on [`Desktop`], and back.
//!
//! Invariant: a window reaches exactly the commands of its list; nothing runs before window, name and shape of the request
//! were found right.

use std::sync::Arc;

use serde::{Serialize, de::DeserializeOwned};
use service_tool_contract::code::{Code, Problem};

use crate::{Desktop, command::*};

macro_rules! window {
    (menu) => {
        WindowLabel::Menu
    };
    (work) => {
        WindowLabel::Work
    };
}

/// Calls the body. Requests without content are not handed on; closing needs to know which window asks.
macro_rules! body {
    ($desktop:ident, $window:ident, window_close, Nothing, $request:ident) => {{
        let Nothing {} = $request;
        $desktop.window_close($window)
    }};
    ($desktop:ident, $window:ident, $name:ident, Nothing, $request:ident) => {{
        let Nothing {} = $request;
        $desktop.$name()
    }};
    ($desktop:ident, $window:ident, $name:ident, $type:ident, $request:ident) => {
        $desktop.$name($request)
    };
}

macro_rules! reply {
    (Bytes, $value:expr) => {
        Ok(Reply::Bytes($value))
    };
    ($response:ident, $value:expr) => {
        json($value)
    };
}

macro_rules! dispatch {
    ($($(#[$doc:meta])* $name:ident($request:ident) -> $response:ident $(<$inner:ident>)? [$($window:ident),*];)*) => {
        /// Every command and the windows that may call it.
        pub const COMMANDS: &[(&str, &[WindowLabel])] = &[
            $((stringify!($name), &[$(window!($window)),*])),*
        ];

        impl Desktop {
            /// Carries out a command of a window.
            pub async fn call(
                self: &Arc<Self>,
                window: WindowLabel,
                command: &str,
                request: serde_json::Value,
            ) -> Result<Reply, Problem> {
                may_call(window, command)?;
                match command {
                    $(stringify!($name) => {
                        let request: $request = read(request)?;
                        let answer: Result<$response $(<$inner>)?, Problem> =
                            Box::pin(body!(self, window, $name, $request, request)).await;
                        reply!($response, answer?)
                    })*
                    _ => Err(unknown()),
                }
            }
        }
    };
}

fn unknown() -> Problem {
    Problem::new(Code::NotFound, "no such command")
}

fn may_call(window: WindowLabel, command: &str) -> Result<(), Problem> {
    match COMMANDS.iter().find(|(name, _)| *name == command) {
        None => Err(unknown()),
        Some((_, windows)) if windows.contains(&window) => Ok(()),
        Some(_) => Err(Problem::new(Code::WrongWindow, format!("{} may not call {command}", window.as_str()))),
    }
}

fn read<T: DeserializeOwned>(request: serde_json::Value) -> Result<T, Problem> {
    // serde takes a list for a struct too
    if !request.is_object() {
        return Err(Problem::new(Code::Malformed, "a request is an object"));
    }
    serde_json::from_value(request).map_err(|error| Problem::new(Code::Malformed, error.to_string()))
}

fn json<T: Serialize>(value: T) -> Result<Reply, Problem> {
    serde_json::to_value(value).map(Reply::Json).map_err(|error| Problem::new(Code::Internal, error.to_string()))
}

crate::with_commands!(dispatch);
