//! Rows and columns of a view, for whoever prints them.

use serde::Serialize;

/// A view as a table; every row has as many cells as there are columns.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Table {
    /// Headings in capitals, as `kubectl` writes them.
    pub columns: Vec<&'static str>,
    /// Cells as text; `-` where there is nothing.
    pub rows: Vec<Vec<String>>,
}

/// The text, or `-` when there is none.
pub(crate) fn or_dash(text: Option<&str>) -> String {
    text.filter(|text| !text.is_empty()).unwrap_or("-").to_owned()
}

/// `True` and `False` as `flux get` writes them.
pub(crate) fn yes_no(is_so: bool) -> String {
    if is_so { "True" } else { "False" }.to_owned()
}
