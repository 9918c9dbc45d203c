//! The promises of the dashboard: what each page says, and what it refuses.

mod door;
mod hostile;
mod pages;
mod world;
