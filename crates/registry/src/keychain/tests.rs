use super::*;

fn reference(text: &str) -> Reference {
    text.parse().unwrap()
}

async fn who(keychain: &Keychain, text: &str) -> String {
    keychain.credential(&reference(text)).await.unwrap().who()
}

fn secret(json: &str) -> Keychain {
    Keychain::pull_secret(json.as_bytes(), "Secret shop/pull").unwrap()
}

#[tokio::test]
async fn the_longest_path_wins_and_a_like_named_neighbor_does_not() {
    let keychain = secret(
        r#"{"auths":{"ghcr.io":{"username":"host","password":"x"},
            "https://ghcr.io/acme/":{"username":"team","password":"x"},
            "ghcr.io/acme/shop":{"auth":"c2hvcDp4"}}}"#,
    );
    assert_eq!(who(&keychain, "ghcr.io/acme/shop").await, "user `shop`");
    assert_eq!(who(&keychain, "ghcr.io/acme/shop/web").await, "user `shop`");
    assert_eq!(who(&keychain, "ghcr.io/acme/shopper").await, "user `team`");
    assert_eq!(who(&keychain, "ghcr.io/acmeco/shop").await, "user `host`");
    assert_eq!(who(&keychain, "quay.io/acme/shop").await, "anonymous");
}

#[tokio::test]
async fn docker_hub_is_found_under_each_of_its_names() {
    for key in
        ["https://index.docker.io/v1/", "index.docker.io", "docker.io", "registry-1.docker.io"]
    {
        let keychain = secret(&format!(r#"{{"auths":{{"{key}":{{"auth":"aHViOng="}}}}}}"#));
        assert_eq!(who(&keychain, "nginx").await, "user `hub`", "{key}");
    }
}

#[tokio::test]
async fn tokens_and_the_old_format_are_read() {
    let keychain = secret(r#"{"auths":{"a.io":{"auth":"MDo=","identitytoken":"t"}}}"#);
    assert_eq!(who(&keychain, "a.io/x").await, "an identity token");
    let keychain = secret(r#"{"https://a.io":{"auth":"b2xkOng="}}"#);
    assert_eq!(who(&keychain, "a.io/x").await, "user `old`");
    let keychain = secret(r#"{"auths":{"*.a.io":{"auth":"b2xkOng="},"b.io":{}}}"#);
    assert_eq!(who(&keychain, "eu.a.io/x").await, "user `old`");
    assert_eq!(who(&keychain, "x.eu.a.io/x").await, "anonymous");
    assert_eq!(who(&keychain, "b.io/x").await, "anonymous");
}

#[tokio::test]
async fn the_first_source_that_knows_wins() {
    let flag = Keychain::for_path("a.io", Credential::parse("flag:x"));
    let keychain =
        flag.or(secret(r#"{"auths":{"a.io":{"auth":"b2xkOng="},"b.io":{"auth":"b2xkOng="}}}"#));
    assert_eq!(who(&keychain, "a.io/x").await, "user `flag`");
    assert_eq!(who(&keychain, "b.io/x").await, "user `old`");
}

#[test]
fn an_error_does_not_quote_the_secret() {
    for json in [
        r#"{"auths":{"a":{"auth":"hunter2!"}}}"#,
        "hunter2",
        r#"{"auths":{"a":{"auth":"aHVudGVyMg=="}}}"#,
    ] {
        let error = Keychain::pull_secret(json.as_bytes(), "Secret a/b").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
    }
    assert!(!format!("{:?}", Credential::parse("me:hunter2")).contains("hunter2"));
}

#[cfg(unix)]
mod helpers {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn with_helper(script: &str, config: &str) -> (tempfile::TempDir, Keychain) {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("docker-credential-fake");
        std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        std::fs::write(folder.path().join("config.json"), config).unwrap();
        let folders = [folder.path().to_owned()];
        let keychain = Keychain::docker_config(folder.path(), &folders).unwrap();
        (folder, keychain)
    }

    #[tokio::test]
    async fn a_helper_is_asked_for_its_registry_only() {
        let script = r#"read server; echo "{\"Username\":\"$server\",\"Secret\":\"s\"}""#;
        let (_folder, keychain) = with_helper(script, r#"{"credHelpers":{"a.io":"fake"}}"#);
        assert_eq!(who(&keychain, "a.io/x").await, "user `a.io`");
        assert_eq!(who(&keychain, "b.io/x").await, "anonymous");
    }

    #[tokio::test]
    async fn the_store_answers_for_docker_hub_by_its_old_address_and_may_give_a_token() {
        let script = r#"read s; case $s in https://index.docker.io/v1/) echo '{"Username":"<token>","Secret":"s"}';; *) echo "credentials not found in native keychain"; exit 1;; esac"#;
        let (_folder, keychain) = with_helper(script, r#"{"credsStore":"fake"}"#);
        assert_eq!(who(&keychain, "nginx").await, "an identity token");
        assert_eq!(who(&keychain, "a.io/x").await, "anonymous");
    }

    #[tokio::test]
    async fn a_broken_helper_is_an_error_that_names_it() {
        let (_folder, keychain) = with_helper("echo locked; exit 1", r#"{"credsStore":"fake"}"#);
        let error = keychain.credential(&reference("a.io/x")).await.unwrap_err().to_string();
        assert!(error.contains("docker-credential-fake") && error.contains("locked"), "{error}");
        let absent = r#"{"credsStore":"absent-from-here"}"#;
        let (_folder, keychain) = with_helper("", absent);
        assert!(keychain.credential(&reference("a.io/x")).await.is_err());
    }
}
