//! Distribution v3, the registry that most others are made from.

use wharf_real_tests::{Server, Tool};

use crate::{
    debian_registry::serve,
    exchange::{World, agreements},
};

agreements!(start);

fn start() -> (Server, World) {
    let tool = Tool::built("distribution");
    let server = Server::start(|port, folder| serve(&tool, port, folder));
    let host = server.host();
    (server, World::open(host, false))
}
