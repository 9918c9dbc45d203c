//! Who moves a channel, and from which run: read from the CI system's own environment.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Where a move comes from, as far as the environment tells. It is a claim; only a signature proves it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Provenance {
    /// The CI system: `github`, `gitlab`, `forgejo`, `gitea`, `jenkins`, `tekton`, `buildkite`,
    /// `circleci`, `azure`; absent on a laptop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// The person or robot that started the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// The address of the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pipeline: Option<String>,
    /// The run's number or name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
    /// The commit that the run works on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The address or number of the pull or merge request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change_request: Option<String>,
}

/// An environment whose empty variables count as absent.
struct Environment<'a>(&'a BTreeMap<String, String>);

impl Environment<'_> {
    fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    fn first(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| self.get(name))
    }

    fn is_true(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| value.eq_ignore_ascii_case("true") || value == "1")
    }
}

impl Provenance {
    /// Reads what the CI system says about the run; on a laptop only the user's name.
    ///
    /// # Source
    ///
    /// The documented default variables of each system. Tekton sets none by itself: a task passes
    /// `$(context.pipelineRun.name)` as `TEKTON_PIPELINE_RUN` (or `PIPELINERUN_NAME`), and what else
    /// it knows as `TEKTON_ACTOR`, `TEKTON_PIPELINE_URL`, `TEKTON_COMMIT`.
    pub fn from_environment(variables: &BTreeMap<String, String>) -> Self {
        let environment = &Environment(variables);
        if environment.is_true("FORGEJO_ACTIONS") {
            gitea(environment, "forgejo")
        } else if environment.is_true("GITEA_ACTIONS") {
            gitea(environment, "gitea")
        } else if environment.is_true("GITHUB_ACTIONS") {
            github(environment)
        } else if environment.is_true("GITLAB_CI") {
            gitlab(environment)
        } else if environment.is_true("BUILDKITE") {
            buildkite(environment)
        } else if environment.is_true("CIRCLECI") {
            circleci(environment)
        } else if environment.is_true("TF_BUILD") {
            azure(environment)
        } else if environment.first(&["JENKINS_URL", "HUDSON_URL"]).is_some() {
            jenkins(environment)
        } else if environment.first(TEKTON_RUN).is_some() {
            tekton(environment)
        } else {
            Self { actor: environment.first(&["USER", "LOGNAME", "USERNAME"]), ..Self::default() }
        }
    }

    /// The same, with every field that `given` has taken from there.
    #[must_use]
    pub fn overridden_by(self, given: Self) -> Self {
        Self {
            system: given.system.or(self.system),
            actor: given.actor.or(self.actor),
            pipeline: given.pipeline.or(self.pipeline),
            run_id: given.run_id.or(self.run_id),
            commit: given.commit.or(self.commit),
            change_request: given.change_request.or(self.change_request),
        }
    }

    fn of(system: &str) -> Self {
        Self { system: Some(system.to_owned()), ..Self::default() }
    }
}

fn github(environment: &Environment<'_>) -> Provenance {
    let repository = github_repository(environment);
    let run_id = environment.get("GITHUB_RUN_ID");
    let attempt = environment.get("GITHUB_RUN_ATTEMPT").filter(|attempt| attempt != "1");
    let attempt = attempt.map(|attempt| format!("/attempts/{attempt}")).unwrap_or_default();
    let pipeline = repository.as_ref().zip(run_id.as_ref());
    Provenance {
        actor: environment.first(&["GITHUB_TRIGGERING_ACTOR", "GITHUB_ACTOR"]),
        pipeline: pipeline.map(|(address, run)| format!("{address}/actions/runs/{run}{attempt}")),
        run_id,
        commit: environment.get("GITHUB_SHA"),
        change_request: github_change(environment, "pull"),
        ..Provenance::of("github")
    }
}

fn gitea(environment: &Environment<'_>, system: &str) -> Provenance {
    // The address of a run has its number in the repository, not its id.
    let number = environment.first(&["GITHUB_RUN_NUMBER", "GITHUB_RUN_ID"]);
    let pipeline = github_repository(environment).zip(number.as_ref());
    Provenance {
        actor: environment.first(&["GITHUB_ACTOR", "GITHUB_TRIGGERING_ACTOR"]),
        pipeline: pipeline.map(|(address, run)| format!("{address}/actions/runs/{run}")),
        run_id: environment.get("GITHUB_RUN_ID"),
        commit: environment.get("GITHUB_SHA"),
        change_request: github_change(environment, "pulls"),
        ..Provenance::of(system)
    }
}

fn github_repository(environment: &Environment<'_>) -> Option<String> {
    let server = environment.get("GITHUB_SERVER_URL")?;
    let repository = environment.get("GITHUB_REPOSITORY")?;
    Some(format!("{}/{repository}", server.trim_end_matches('/')))
}

fn github_change(environment: &Environment<'_>, folder: &str) -> Option<String> {
    let reference = environment.get("GITHUB_REF")?;
    let number = reference.strip_prefix("refs/pull/")?.split('/').next()?.to_owned();
    Some(format!("{}/{folder}/{number}", github_repository(environment)?))
}

fn gitlab(environment: &Environment<'_>) -> Provenance {
    let project = environment.first(&["CI_MERGE_REQUEST_PROJECT_URL", "CI_PROJECT_URL"]);
    let change = project.zip(environment.get("CI_MERGE_REQUEST_IID"));
    Provenance {
        actor: environment.first(&["GITLAB_USER_LOGIN", "GITLAB_USER_EMAIL"]),
        pipeline: environment.first(&["CI_PIPELINE_URL", "CI_JOB_URL"]),
        run_id: environment.first(&["CI_PIPELINE_ID", "CI_JOB_ID"]),
        commit: environment.get("CI_COMMIT_SHA"),
        change_request: change.map(|(project, id)| format!("{project}/-/merge_requests/{id}")),
        ..Provenance::of("gitlab")
    }
}

fn jenkins(environment: &Environment<'_>) -> Provenance {
    Provenance {
        actor: environment.first(&["BUILD_USER_ID", "BUILD_USER", "CHANGE_AUTHOR"]),
        pipeline: environment.first(&["BUILD_URL", "RUN_DISPLAY_URL"]),
        run_id: environment.first(&["BUILD_TAG", "BUILD_NUMBER", "BUILD_ID"]),
        commit: environment.get("GIT_COMMIT"),
        change_request: environment.first(&["CHANGE_URL", "CHANGE_ID"]),
        ..Provenance::of("jenkins")
    }
}

const TEKTON_RUN: &[&str] =
    &["TEKTON_PIPELINE_RUN", "PIPELINERUN_NAME", "PIPELINE_RUN_NAME", "TASKRUN_NAME"];

fn tekton(environment: &Environment<'_>) -> Provenance {
    Provenance {
        actor: environment.get("TEKTON_ACTOR"),
        pipeline: environment.get("TEKTON_PIPELINE_URL"),
        run_id: environment.first(TEKTON_RUN),
        commit: environment.first(&["TEKTON_COMMIT", "GIT_COMMIT", "COMMIT_SHA"]),
        change_request: environment.get("TEKTON_CHANGE_REQUEST"),
        ..Provenance::of("tekton")
    }
}

fn buildkite(environment: &Environment<'_>) -> Provenance {
    let change = environment.get("BUILDKITE_PULL_REQUEST").filter(|number| number != "false");
    Provenance {
        actor: environment.first(&[
            "BUILDKITE_UNBLOCKER",
            "BUILDKITE_BUILD_CREATOR",
            "BUILDKITE_BUILD_AUTHOR",
        ]),
        pipeline: environment.get("BUILDKITE_BUILD_URL"),
        run_id: environment.first(&["BUILDKITE_BUILD_ID", "BUILDKITE_BUILD_NUMBER"]),
        commit: environment.get("BUILDKITE_COMMIT").filter(|commit| commit != "HEAD"),
        change_request: change,
        ..Provenance::of("buildkite")
    }
}

fn circleci(environment: &Environment<'_>) -> Provenance {
    Provenance {
        actor: environment.first(&["CIRCLE_USERNAME", "CIRCLE_PR_USERNAME"]),
        pipeline: environment.get("CIRCLE_BUILD_URL"),
        run_id: environment.first(&["CIRCLE_WORKFLOW_ID", "CIRCLE_BUILD_NUM"]),
        commit: environment.get("CIRCLE_SHA1"),
        change_request: environment.first(&["CIRCLE_PULL_REQUEST", "CIRCLE_PR_NUMBER"]),
        ..Provenance::of("circleci")
    }
}

fn azure(environment: &Environment<'_>) -> Provenance {
    let run_id = environment.get("BUILD_BUILDID");
    let collection =
        environment.first(&["SYSTEM_COLLECTIONURI", "SYSTEM_TEAMFOUNDATIONCOLLECTIONURI"]);
    let place = collection.zip(environment.get("SYSTEM_TEAMPROJECT")).zip(run_id.as_ref());
    let pipeline = place.map(|((collection, project), run)| {
        let (collection, project) = (collection.trim_end_matches('/'), project.replace(' ', "%20"));
        format!("{collection}/{project}/_build/results?buildId={run}")
    });
    Provenance {
        actor: environment.first(&["BUILD_REQUESTEDFOREMAIL", "BUILD_REQUESTEDFOR"]),
        pipeline,
        run_id,
        commit: environment.get("BUILD_SOURCEVERSION"),
        change_request: environment
            .first(&["SYSTEM_PULLREQUEST_PULLREQUESTNUMBER", "SYSTEM_PULLREQUEST_PULLREQUESTID"]),
        ..Provenance::of("azure")
    }
}

#[cfg(test)]
mod tests;
