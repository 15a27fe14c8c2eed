//! Who may decide on what (A1, A3, A4), as pure functions with table tests.
