//! What the local cluster promises, through the clients that people use.

mod objects;
