//! The kinds wharf serves, with their schemas, conditions, reasons and the `Stage`.
//!
//! Start reading at this page.
