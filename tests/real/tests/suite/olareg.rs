//! olareg: an OCI 1.1 registry with the referrers API.

use wharf_real_tests::{Server, Tool};

use crate::exchange::{World, agreements};

agreements!(start);

fn start() -> (Server, World) {
    let tool = Tool::built("olareg");
    let server = Server::start(|port, folder| {
        let port = port.to_string();
        let folder = folder.join("storage");
        let folder = folder.to_str().expect("UTF-8");
        tool.command(&[
            "serve",
            "--addr",
            "127.0.0.1",
            "--port",
            &port,
            "--dir",
            folder,
            "--api-delete",
        ])
    });
    let host = server.host();
    (server, World::open(host, true))
}
