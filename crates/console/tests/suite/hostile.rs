//! Texts from outside stay text.

use crate::world::{get, harbour};

#[tokio::test]
async fn markup_in_names_reasons_and_messages_is_escaped() {
    let dashboard = harbour();
    for path in ["/", "/app/evil", "/explain/Kustomization/apps/evil", "/events"] {
        let page = get(&dashboard, path).await.text;
        for forbidden in ["<script>alert", "<img", "</bdi></p><script", "javascript:alert(5)\""] {
            assert!(!page.contains(forbidden), "{path}: {forbidden}");
        }
    }
    let app = get(&dashboard, "/app/evil").await.text;
    assert!(app.contains("&#60;script&#62;alert(3)"), "{app}");
}

#[tokio::test]
async fn text_that_runs_backwards_is_made_harmless() {
    let page = get(&harbour(), "/explain/Kustomization/apps/evil").await.text;
    assert!(!page.contains('\u{202e}'));
    assert!(page.contains("\u{fffd}gnp.exe"));
}

#[tokio::test]
async fn an_address_in_the_path_is_escaped_too() {
    let page = get(&harbour(), "/app/%3Cscript%3Ealert(1)%3C%2Fscript%3E").await.text;
    assert!(!page.contains("<script>alert"), "{page}");
    assert!(page.contains("&#60;script&#62;"), "{page}");
}

#[tokio::test]
async fn no_page_holds_inline_script_or_style_or_a_foreign_resource() {
    let dashboard = harbour();
    for path in ["/", "/app/evil", "/explain/Kustomization/apps/evil", "/events", "/nothing"] {
        let page = get(&dashboard, path).await.text;
        assert_eq!(page.matches("<script").count(), 1, "{path}");
        assert!(page.contains("<script src=\"/assets/live.js\" defer></script>"), "{path}");
        for forbidden in
            [" style=", " onclick=", "<style", "src=\"http", "<link rel=\"stylesheet\" href=\"http"]
        {
            assert!(!page.contains(forbidden), "{path}: {forbidden}");
        }
    }
}
