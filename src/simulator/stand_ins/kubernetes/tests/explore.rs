//! local only
use super::harness::Harness;
#[tokio::test]
async fn explore() {
    if std::env::var("EXPLORE").is_err() { return }
    let harness = Harness::start().await;
    std::fs::copy(harness.kubeconfig(), "/tmp/s1kube").unwrap();
    tokio::time::sleep(std::time::Duration::from_secs(7200)).await;
}
