//! The dispatch of the command table.

use std::sync::Arc;

use service_tool_contract::code::{Code, Problem};

use crate::{
    Desktop,
    command::{Reply, WindowLabel},
};

macro_rules! window {
    (menu) => {
        WindowLabel::Menu
    };
    (work) => {
        WindowLabel::Work
    };
}

macro_rules! dispatch {
    ($($(#[$doc:meta])* $name:ident($request:ty) -> $response:ident $(<$inner:ty>)? [$($window:ident),*];)*) => {
        /// Every command and the windows that may call it.
        pub const COMMANDS: &[(&str, &[WindowLabel])] = &[
            $((stringify!($name), &[$(window!($window)),*])),*
        ];
    };
}

crate::with_commands!(dispatch);

impl Desktop {
    /// Carries out a command of a window.
    pub async fn call(
        self: &Arc<Self>,
        window: WindowLabel,
        command: &str,
        request: serde_json::Value,
    ) -> Result<Reply, Problem> {
        let _ = (window, command, request);
        Err(Problem::new(Code::Internal, "not yet"))
    }
}
