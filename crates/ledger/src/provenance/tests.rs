use super::*;

fn read(variables: &str) -> String {
    let variables = variables
        .split_whitespace()
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let found = Provenance::from_environment(&variables);
    let fields = [
        found.system,
        found.actor,
        found.pipeline,
        found.run_id,
        found.commit,
        found.change_request,
    ];
    fields.map(|field| field.unwrap_or_else(|| "-".to_owned())).join(" ")
}

const ACTIONS: &str = "GITHUB_ACTIONS=true GITHUB_ACTOR=ann GITHUB_SERVER_URL=https://git.example.com \
    GITHUB_REPOSITORY=acme/shop GITHUB_RUN_ID=900 GITHUB_RUN_NUMBER=17 GITHUB_SHA=6b7f \
    GITHUB_REF=refs/pull/3/merge";

#[test]
fn every_ci_system_is_known_by_its_own_variables() {
    let cases = [
        (
            ACTIONS.to_owned(),
            "github ann https://git.example.com/acme/shop/actions/runs/900 900 6b7f https://git.example.com/acme/shop/pull/3",
        ),
        (
            format!("{ACTIONS} GITHUB_TRIGGERING_ACTOR=bob GITHUB_RUN_ATTEMPT=2 GITHUB_REF=refs/heads/main"),
            "github bob https://git.example.com/acme/shop/actions/runs/900/attempts/2 900 6b7f -",
        ),
        (
            format!("{ACTIONS} GITEA_ACTIONS=true"),
            "gitea ann https://git.example.com/acme/shop/actions/runs/17 900 6b7f https://git.example.com/acme/shop/pulls/3",
        ),
        (
            format!("{ACTIONS} GITEA_ACTIONS=true FORGEJO_ACTIONS=true"),
            "forgejo ann https://git.example.com/acme/shop/actions/runs/17 900 6b7f https://git.example.com/acme/shop/pulls/3",
        ),
        (
            "GITLAB_CI=true GITLAB_USER_LOGIN=ann CI_PIPELINE_URL=https://gl/p/1 CI_PIPELINE_ID=1 CI_COMMIT_SHA=6b7f CI_MERGE_REQUEST_PROJECT_URL=https://gl/acme/shop CI_MERGE_REQUEST_IID=3".to_owned(),
            "gitlab ann https://gl/p/1 1 6b7f https://gl/acme/shop/-/merge_requests/3",
        ),
        (
            "JENKINS_URL=https://j/ BUILD_USER_ID=ann BUILD_URL=https://j/job/shop/4/ BUILD_TAG=jenkins-shop-4 GIT_COMMIT=6b7f CHANGE_URL=https://git/3".to_owned(),
            "jenkins ann https://j/job/shop/4/ jenkins-shop-4 6b7f https://git/3",
        ),
        (
            "TEKTON_PIPELINE_RUN=ship-x7 TEKTON_ACTOR=ann TEKTON_PIPELINE_URL=https://t/ship-x7 COMMIT_SHA=6b7f".to_owned(),
            "tekton ann https://t/ship-x7 ship-x7 6b7f -",
        ),
        (
            "BUILDKITE=true BUILDKITE_BUILD_CREATOR=ann BUILDKITE_BUILD_URL=https://bk/4 BUILDKITE_BUILD_ID=u-u BUILDKITE_COMMIT=6b7f BUILDKITE_PULL_REQUEST=false".to_owned(),
            "buildkite ann https://bk/4 u-u 6b7f -",
        ),
        (
            "CIRCLECI=true CIRCLE_USERNAME=ann CIRCLE_BUILD_URL=https://cc/4 CIRCLE_WORKFLOW_ID=w CIRCLE_SHA1=6b7f CIRCLE_PULL_REQUEST=https://git/3".to_owned(),
            "circleci ann https://cc/4 w 6b7f https://git/3",
        ),
        (
            "TF_BUILD=True BUILD_REQUESTEDFOREMAIL=ann@acme.example SYSTEM_COLLECTIONURI=https://dev.azure.com/acme/ SYSTEM_TEAMPROJECT=shop BUILD_BUILDID=4 BUILD_SOURCEVERSION=6b7f SYSTEM_PULLREQUEST_PULLREQUESTID=3".to_owned(),
            "azure ann@acme.example https://dev.azure.com/acme/shop/_build/results?buildId=4 4 6b7f 3",
        ),
        ("USER=ann HOME=/home/ann".to_owned(), "- ann - - - -"),
        (String::new(), "- - - - - -"),
    ];
    for (variables, expected) in cases {
        assert_eq!(read(&variables), expected);
    }
}

#[test]
fn what_is_given_wins_over_what_is_found() {
    let found = Provenance {
        actor: Some("ci".into()),
        commit: Some("6b7f".into()),
        ..Provenance::default()
    };
    let given = Provenance { actor: Some("ann".into()), ..Provenance::default() };
    let both = found.overridden_by(given);
    assert_eq!((both.actor.as_deref(), both.commit.as_deref()), (Some("ann"), Some("6b7f")));
}
