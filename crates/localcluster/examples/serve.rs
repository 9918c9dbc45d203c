//! Serves an empty local cluster: `cargo run --example serve -- [FOLDER]`; prints the kubeconfig.

use wharf_localcluster::{LocalCluster, Options};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut options = match std::env::args().nth(1) {
        Some(folder) if folder != "-" => Options::persistent(folder),
        _ => Options::in_memory(),
    };
    if let Some(port) = std::env::args().nth(2) {
        options.listen.set_port(port.parse()?);
    }
    let cluster = LocalCluster::start(options).await?;
    #[expect(clippy::print_stdout, reason = "the kubeconfig is what this example is for")]
    {
        println!("{}", cluster.kubeconfig());
    }
    std::future::pending::<()>().await;
    Ok(())
}
