//! Lists, tables, discovery.

use serde_json::{Value, json};

use super::{Http, start};

const MAPS: &str = "/api/v1/namespaces/default/configmaps";

async fn fill(http: &Http) {
    for index in 0..5 {
        let map = json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": { "name": format!("m{index}"), "labels": { "even": (index % 2 == 0).to_string() } },
        });
        http.post(MAPS, &map).await;
    }
}

fn names(list: &Value) -> Vec<String> {
    let items = list["items"].as_array().cloned().unwrap_or_default();
    items.iter().filter_map(|item| item["metadata"]["name"].as_str().map(str::to_owned)).collect()
}

#[tokio::test]
async fn a_list_comes_in_pages() {
    let cluster = start().await;
    let http = Http::new(&cluster);
    fill(&http).await;
    let (_, first) = http.get(&format!("{MAPS}?limit=2&labelSelector=even=true")).await;
    assert_eq!(names(&first), ["m0", "m2"]);
    let token = first["metadata"]["continue"].as_str().unwrap();
    let (_, rest) =
        http.get(&format!("{MAPS}?limit=2&labelSelector=even=true&continue={token}")).await;
    assert_eq!(names(&rest), ["m4"]);
    assert_eq!(rest["metadata"]["resourceVersion"], first["metadata"]["resourceVersion"]);
    assert_eq!(rest["metadata"].get("continue"), None);
}

#[tokio::test]
async fn field_selectors_select_and_unknown_ones_are_refused() {
    let cluster = start().await;
    let http = Http::new(&cluster);
    fill(&http).await;
    let (_, one) = http.get(&format!("{MAPS}?fieldSelector=metadata.name=m3")).await;
    assert_eq!(names(&one), ["m3"]);
    assert_eq!(http.get(&format!("{MAPS}?fieldSelector=data.x=m3")).await.0, 400);
    assert_eq!(http.get(&format!("{MAPS}?labelSelector=a%20b")).await.0, 400);
}

#[tokio::test]
async fn a_table_and_bare_metadata_are_given_to_who_asks() {
    let cluster = start().await;
    let http = Http::new(&cluster);
    fill(&http).await;
    let get = |accept: &'static str| {
        http.send(http.client.get(format!("{}{MAPS}", http.url)).header("accept", accept))
    };
    let (_, table) = get("application/json;as=Table;v=v1;g=meta.k8s.io,application/json").await;
    assert_eq!(table["kind"], "Table");
    let headings: Vec<&str> = table["columnDefinitions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|column| column["name"].as_str().unwrap())
        .collect();
    assert_eq!(headings, ["Name", "Data", "Age"]);
    let (_, metadata) =
        get("application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io").await;
    assert_eq!(metadata["kind"], "PartialObjectMetadataList");
    assert_eq!(metadata["items"][0]["kind"], "PartialObjectMetadata");
}

#[tokio::test]
async fn discovery_comes_in_both_forms() {
    let cluster = start().await;
    let http = Http::new(&cluster);
    let (_, groups) = http.get("/apis").await;
    assert_eq!(groups["kind"], "APIGroupList");
    let (_, apps) = http.get("/apis/apps/v1").await;
    let has = |name: &str| apps["resources"].as_array().unwrap().iter().any(|r| r["name"] == name);
    assert!(has("deployments") && has("deployments/status") && has("deployments/scale"));
    let request = http
        .client
        .get(format!("{}/apis", http.url))
        .header("accept", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList");
    assert_eq!(http.send(request).await.1["kind"], "APIGroupDiscoveryList");
    assert_eq!(http.get("/apis/no.such/v1").await.0, 404);
    assert_eq!(http.get("/openapi/v3/apis/apps/v1").await.1["openapi"], "3.0.0");
}

#[tokio::test]
async fn a_misspelled_field_is_a_warning_or_an_error_as_asked() {
    let cluster = start().await;
    let http = Http::new(&cluster);
    let map = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "a" }, "dta": { "x": "1" },
    });
    let (code, refused) = http.post(&format!("{MAPS}?fieldValidation=Strict"), &map).await;
    assert_eq!(code, 400);
    assert_eq!(
        refused["message"],
        "ConfigMap in version \"v1\" cannot be handled as a ConfigMap: strict decoding error: unknown field \"dta\""
    );
    let response = http.client.post(format!("{}{MAPS}", http.url)).json(&map).send().await.unwrap();
    assert_eq!(response.status().as_u16(), 201);
    assert_eq!(response.headers()["warning"], "299 - \"unknown field \\\"dta\\\"\"");
}
